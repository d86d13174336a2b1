//! The audit, a line each.

use super::at;
use crate::audit::line::{LineKind, Ordered};
use crate::cli::questions::audit::line;
use crate::cli::questions::time::Zone;
use crate::model::call_record::{Action, CallOutcome};
use crate::model::code::Code;
use crate::model::ids::{PersonId, TargetName};
use crate::model::ordered::SignedBy;
use crate::view::entry::{Entry, Wanted};
use crate::view::history::{Call, Event, Line, Why};
use insta::assert_snapshot;

fn entry(kind: LineKind, outcome: &str) -> Entry {
    Entry {
        tenant: Some("acme".to_owned()),
        person: Some("p-1".to_owned()),
        line: Line {
            at: at("2026-10-02T08:00Z"),
            kind,
            outcome: outcome.to_owned(),
            target: None,
            revision: None,
            event: None,
            why: None,
            effects: Vec::new(),
            remarks: Vec::new(),
            calls: Vec::new(),
            verified: None,
            because: Vec::new(),
        },
        command: None,
    }
}

fn decision() -> Entry {
    let mut decision = entry(LineKind::Decision, "asserted");
    decision.line.event = Some(Event {
        kind: Some("worker.terminated".to_owned()),
        source: "https://hr.example.com".to_owned(),
        id: "47\u{1b}[31m11".to_owned(),
        time: None,
    });
    decision
}

fn command() -> Entry {
    let signer = SignedBy {
        operator: "ann@example.com".to_owned(),
        key: "SHA256:x".to_owned(),
        group: "analysts".to_owned(),
        touched: false,
        file_sha256: String::new(),
    };
    let ordered = Ordered {
        word: Some("pause".to_owned()),
        signers: vec![signer],
        reason: Some("the feed is false".to_owned()),
        ..Ordered::default()
    };
    Entry { person: None, command: Some(ordered), ..entry(LineKind::Command, "obeyed") }
}

#[test]
fn each_line_says_when_what_whose_where_and_why() {
    let mut note = entry(LineKind::Note, "held");
    note.line.target = Some(TargetName::new("main"));
    note.line.why = Some(Why { code: Code::LimitReached.into(), text: "25 were cut".to_owned() });
    let mut result = entry(LineKind::Result, "applied");
    result.line.target = Some(TargetName::new("main"));
    result.line.calls.push(Call {
        action: Action::Change,
        account: None,
        touched: vec!["active".to_owned()],
        cleared: Vec::new(),
        status: Some(200),
        outcome: CallOutcome::Done,
    });
    let zone = Zone::named(None).unwrap();
    let lines = [decision(), note, result, command()].map(|entry| line(&entry, &zone));
    assert_snapshot!(lines.concat());
}

#[test]
fn json_tells_whose_line_it_is_beside_what_explain_tells() {
    assert_snapshot!(format!("{:#}", serde_json::json!(command())));
}

#[test]
fn only_what_is_wanted_is_told() {
    let all = Wanted::default();
    let takes = |wanted: Wanted| [decision(), command()].map(|entry| wanted.takes(&entry));
    assert_eq!(takes(all.clone()), [true, true]);
    assert_eq!(takes(Wanted { kinds: [LineKind::Command].into(), ..all.clone() }), [false, true]);
    let kim = Some([PersonId::new("p-1")].into());
    assert_eq!(takes(Wanted { person: kim, ..all.clone() }), [true, false]);
    let globex = Some("globex".to_owned());
    assert_eq!(takes(Wanted { tenant: globex, ..all.clone() }), [false, false]);
    assert_eq!(takes(Wanted { since: Some(at("2026-10-02T08:01Z")), ..all }), [false, false]);
}
