//! The audit, a line each.

use super::at;
use crate::audit::line::{LineKind, Ordered};
use crate::cli::questions::audit::line;
use crate::cli::questions::time::Zone;
use crate::model::call_record::{Action, CallOutcome};
use crate::model::code::Code;
use crate::model::ids::{PersonId, TargetName};
use crate::model::ordered::{Became, CommandRow, SignedBy};
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

fn row(person: &str) -> CommandRow {
    let (hold, target, why) = (None, Some(TargetName::new("main")), None);
    CommandRow { hold, person: Some(PersonId::new(person)), target, became: Became::Undone, why }
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
        word: Some("undo".to_owned()),
        signers: vec![signer],
        reason: Some("the feed is false".to_owned()),
        rows: ["p-1", "p-2"].map(row).into(),
        rows_untold: 3,
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
    result.line.verified = Some(true);
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
    let takes = |wanted: Wanted| [decision(), command()].map(|entry| wanted.of(entry).is_some());
    assert_eq!(takes(all.clone()), [true, true]);
    assert_eq!(takes(Wanted { kinds: [LineKind::Command].into(), ..all.clone() }), [false, true]);
    let of = |person| Wanted { person: Some([PersonId::new(person)].into()), ..all.clone() };
    assert_eq!(takes(of("p-1")), [true, true]);
    assert_eq!(takes(of("p-2")), [false, true]);
    assert_eq!(takes(of("p-3")), [false, false]);
    let told = of("p-2").of(command()).unwrap().command.unwrap();
    assert_eq!((told.rows, told.rows_untold), (vec![row("p-2")], 0), "and of nobody else");
    let globex = Some("globex".to_owned());
    assert_eq!(takes(Wanted { tenant: globex, ..all.clone() }), [false, false]);
    assert_eq!(takes(Wanted { since: Some(at("2026-10-02T08:01Z")), ..all }), [false, false]);
}
