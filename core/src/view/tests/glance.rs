//! People at a glance, and answers without names.

use super::{at, kim, scope};
use crate::engine::state::{Seat, Sleep, Stage};
use crate::model::account::{AttributeName, Value};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::OrderKey;
use crate::model::hold::{Effect, Hold, HoldDigest, Verdict};
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::model::operation::{Field, Operation};
use crate::model::wish::Membership;
use crate::view::glance::{Glance, State, leads_to, sought};
use crate::view::history::History;
use crate::view::matter::Matter;
use crate::view::words::{cell, quoted};
use serde_json::json;

const NOW: &str = "2026-10-02T08:00:00Z";

fn rejected_until(until: &str) -> Hold {
    let account = ScimId::new("u-1");
    Hold {
        digest: HoldDigest::of([b"row".as_slice()]),
        as_heard: None,
        effect: Effect::Operation(Operation::Delete { account }),
        why: Why::new(Code::Deletion, None, "it waits"),
        since: at("2026-10-01T08:00:00Z"),
        cause: None,
        verdict: Verdict::Rejected { until: at(until), by: "ann@example.com".to_owned() },
    }
}

#[test]
fn what_waits_is_seen_and_a_rejection_counts_for_its_time() {
    let mut kept = kim();
    let mut seat =
        Seat { holds: vec![rejected_until("2026-10-09T08:00:00Z")], ..Seat::new(at(NOW)) };
    seat.stage = Stage::Held;
    seat.wish.groups.insert(GroupName::new("VPN"), Membership::Member);
    seat.wish.groups.insert(GroupName::new("Admins"), Membership::Outside);
    kept.seats.insert(TargetName::new("main"), seat);
    let glance = Glance::of(&kept, at(NOW));
    let Glance { standing, waiting, .. } = glance;
    assert_eq!(standing.places[0].state, State::Held);
    assert_eq!(*standing.places[0].groups, [GroupName::new("VPN")]);
    assert_eq!(standing.places[0].code, Some(Code::Deletion.into()));
    assert!(!standing.waits(&waiting, at(NOW)));
    assert!(standing.waits(&waiting, at("2026-10-09T08:00:00Z")), "it is asked about again");
}

#[test]
fn whoever_is_stuck_waits_and_whoever_rests_does_not() {
    let mut kept = kim();
    let again_at = at("2026-10-03T08:00:00Z");
    for (stage, waits) in [
        (Stage::Stuck { code: Code::GroupMissing.into(), again_at }, true),
        (Stage::Working, false),
        (Stage::Unverified { looks: 1, again_at }, false),
    ] {
        let seat = Seat { stage, ..Seat::new(at(NOW)) };
        kept.seats.insert(TargetName::new("main"), seat);
        let Glance { standing, waiting, .. } = Glance::of(&kept, at(NOW));
        assert_eq!(standing.waits(&waiting, at(NOW)), waits);
        assert!(!standing.is_plain(), "it is on some list");
    }
}

#[test]
fn a_sleeper_without_a_claim_that_takes_is_no_leaver() {
    let mut kept = kim();
    kept.person.asleep = Some(Sleep { until: None });
    let glance = Glance::of(&kept, at(NOW));
    let Glance { standing, .. } = glance;
    assert!(standing.asleep && !standing.left_uncut && !standing.is_plain());
}

#[test]
fn names_are_found_as_they_are_compared() {
    let names: Vec<String> = leads_to(&kim()).filter_map(sought).collect();
    assert_eq!(names, ["p-1", "kim@example.com"]);
    assert_eq!(sought(" KIM@example.com "), Some("kim@example.com".to_owned()));
    assert_eq!(sought(" \u{200b}"), None);
}

#[test]
fn an_answer_without_names_has_none_anywhere() {
    let mut kept = kim();
    let mark = |value: &str| crate::engine::state::ProfileMark {
        source: "hr".to_owned(),
        key: OrderKey { sequence: None, time: at(NOW), came: 0, tie: 0, id: "e-1".to_owned() },
        from: None,
        asked: false,
        value: Field::Set(Value::Text(value.to_owned())),
    };
    let title = AttributeName::parse("title").unwrap();
    kept.person.profile.insert(title, vec![mark("Secret title"), mark("Secret title of before")]);
    kept.seats.insert(TargetName::new("main"), Seat::new(at(NOW)));
    let scope = scope();
    let judge = || {
        let history = History::default();
        Matter { scope: &scope, kept: &kept, at: at(NOW), is_now: true, history }.judge()
    };
    let open = json!(judge()).to_string();
    assert!(open.contains("kim@example.com") && open.contains("Secret title"), "{open}");
    let veiled = json!(judge().veiled()).to_string();
    assert!(!veiled.contains("kim") && !veiled.contains("Secret"), "{veiled}");
    assert!(veiled.contains("(text of 15)"), "{veiled}");
}

#[test]
fn cells_are_no_formulas_and_words_no_commands() {
    assert_eq!(cell("=1+1"), "'=1+1");
    assert_eq!(cell("a=1"), "a=1");
    assert_eq!(quoted("main-1"), "main-1");
    assert_eq!(quoted("it's; rm"), "'it'\\''s; rm'");
    assert_eq!(quoted(""), "''");
}
