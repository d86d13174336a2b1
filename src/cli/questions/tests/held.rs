//! What waits, as a page and as CSV.

use super::at;
use crate::cli::questions::rows_of_holds::{csv, page};
use crate::cli::questions::time::Zone;
use crate::command::instruction::Scope;
use crate::engine::brakes::halt::PauseOrder;
use crate::model::code::Code;
use crate::model::hold::HoldDigest;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::view::held::{Held, Release, Row, Said};
use crate::view::history::Event;
use insta::assert_snapshot;

fn row(known_as: &str, verdict: Said) -> Row {
    Row {
        tenant: TenantName::new("acme"),
        person: PersonId::new(format!("p-{known_as}")),
        known_as: known_as.to_owned(),
        target: TargetName::new("main"),
        what: "deactivate active".to_owned(),
        code: Code::LimitReached.into(),
        text: "25 people were cut in the last hour, and 25 is the limit".to_owned(),
        since: at("2026-10-02T08:00Z"),
        event: Some(Event {
            kind: Some("worker.terminated".to_owned()),
            source: "https://hr.example.com".to_owned(),
            id: "4711".to_owned(),
            time: None,
        }),
        verdict,
        digest: HoldDigest::of([known_as.as_bytes()]),
        released_by: Release::Verdict,
    }
}

fn held() -> Held {
    let until = at("2026-10-09T08:00Z");
    let rows = vec![
        row("kim", Said::Seconded { by: vec!["ann".to_owned()] }),
        row("=lee", Said::Rejected { by: "ann".to_owned(), until }),
    ];
    let pause = PauseOrder {
        tenant: Some(TenantName::new("acme")),
        scope: Scope::Target(TargetName::new("main")),
        since: at("2026-10-02T07:00Z"),
        by: "bob".to_owned(),
        reason: "the feed is false".to_owned(),
        command: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned().try_into().unwrap(),
    };
    Held::new(rows, [pause.clone(), pause])
}

#[test]
fn a_page_says_who_waits_why_and_what_would_release_it() {
    assert_snapshot!(page(&held(), &Zone::named(None).unwrap()));
}

#[test]
fn nothing_held_is_said() {
    let nothing = Held::new(Vec::new(), []);
    assert_eq!(page(&nothing, &Zone::named(None).unwrap()), "nothing is held\n");
}

#[test]
fn csv_has_a_row_a_line_and_no_formulas() {
    assert_snapshot!(csv(held().rows()).unwrap());
}

#[test]
fn json_has_the_members_that_are_promised() {
    assert_snapshot!(format!("{:#}", serde_json::json!(held())));
}
