//! Answers as values, and what their members are called.

use super::{at, kim, rules, scope};
use crate::engine::state::{Binding, Seat, Stage};
use crate::model::code::{Code, WrittenCode};
use crate::model::decision::{NoteWord, ResultWord};
use crate::model::ids::{PersonId, ScimId, TargetName};
use crate::view::history::History;
use crate::view::matter::Matter;
use crate::view::moved::moved;
use crate::view::people::Found;
use crate::view::simulated::{Note, Part, Range, Simulation};
use serde_json::{Value, json};

const NOW: &str = "2026-10-01T08:00:00Z";

/// The seat of somebody who is at this stage, in JSON.
fn seat(stage: Stage, binding: Binding, notes: &[(NoteWord, &str)]) -> Value {
    let mut kim = kim();
    let mut seat = Seat::new(at(NOW));
    (seat.stage, seat.binding) = (stage, binding);
    seat.notes = notes.iter().map(|(word, code)| (*word, WrittenCode::read(code))).collect();
    kim.seats.insert(TargetName::new("main"), seat);
    let (scope, history) = (scope(), History::default());
    let matter = Matter { scope: &scope, kept: &kim, at: at(NOW), is_now: true, history };
    json!(matter.judge().targets[0].seat)
}

#[test]
fn seat_says_what_it_waits_for_whatever_its_stage() {
    let again_at = at("2026-10-02T08:00:00Z");
    let (unknown, none) = (|| Binding::Unknown, || Binding::NoAccount);
    let told = |stage: Value| {
        let mut seat = json!({"revision": 0, "began_at": NOW, "pending": 0, "unanswered": 0});
        for (name, value) in stage.as_object().unwrap() {
            seat[name] = value.clone();
        }
        seat
    };
    let rest = Stage::AtRest { word: ResultWord::Applied };
    assert_eq!(
        seat(rest, Binding::Bound(ScimId::new("u-1")), &[]),
        told(
            json!({"account": "bound", "scim_id": "u-1", "stage": "at_rest", "result": "applied"})
        )
    );
    assert_eq!(
        seat(Stage::Working, unknown(), &[]),
        told(json!({"account": "unknown", "stage": "working"}))
    );
    let notes = [(NoteWord::Held, "baseline.unknown"), (NoteWord::Waiting, "groups")];
    assert_eq!(
        seat(Stage::Held, none(), &notes),
        told(json!({"account": "none", "stage": "held", "code": "baseline.unknown"}))
    );
    assert_eq!(seat(Stage::Held, none(), &[]), told(json!({"account": "none", "stage": "held"})));
    assert_eq!(
        seat(Stage::Stuck { code: Code::TargetRefuses.into(), again_at }, none(), &[]),
        told(json!({"account": "none", "stage": "stuck", "code": "target.refuses",
                    "again_at": again_at}))
    );
    assert_eq!(
        seat(Stage::Unverified { looks: 2, again_at }, none(), &[]),
        told(json!({"account": "none", "stage": "unverified", "again_at": again_at}))
    );
}

#[test]
fn last_word_on_a_key_says_who_goes_by_a_name() {
    let mut found = Found::by("KIM@example.com");
    let mut lee = kim();
    lee.person.id = PersonId::new("p-2");
    found.take("acme/p-1".to_owned(), Some(kim()));
    found.take("acme/p-2".to_owned(), Some(lee.clone()));
    lee.person.aliases.clear();
    found.take("acme/p-2".to_owned(), Some(lee));
    assert_eq!((found.known(), found.kinds().count()), (2, 1));
    found.take("acme/p-1".to_owned(), None);
    assert_eq!(found.known(), 1);
    assert!(found.into_people().is_empty());
}

#[test]
fn answer_about_other_rules_keeps_its_members_in_order() {
    let others = rules("rules: []");
    let told = moved(&scope(), [kim()].iter(), &others, at(NOW));
    let wanted = concat!(
        r#"{"tenant":"acme","judged_at":"2026-10-01T08:00:00Z","people":1,"would_change":0,"#,
        r#""notes":["profile_stays"],"rules":{},"rows":[]}"#
    );
    assert_eq!(json!(told).to_string(), wanted);
}

#[test]
fn simulation_of_nothing_says_what_is_missing_in_order() {
    let scope = scope();
    let timing = crate::engine::settings::Timing::default();
    let simulation = Simulation::new(&scope, &["acme.hr".to_owned()], Some(&scope.rules), timing);
    let part = |partition, is_cut_off| Part {
        topic: "acme.hr".to_owned(),
        partition,
        before: 4,
        is_cut_off,
    };
    let range = Range {
        from: Some(at("2026-09-01T08:00:00Z")),
        to: at(NOW),
        parts: vec![part(0, false), part(1, true)],
    };
    let told = simulation.end(&scope, &range);
    let cut_off = Note::CutOff { topic: "acme.hr".to_owned(), partition: 1, begins: None };
    assert_eq!(
        told.notes,
        [Note::NothingRead, cut_off, Note::RecordsBefore(8), Note::AccountsUnknown]
    );
    let json = json!(told);
    let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["tenant", "from", "to", "notes", "people", "today", "rows", "new"]);
    let run = r#"{"people":0,"records":0,"events":0,"decisions":{},"skipped":{},"parked":{}}"#;
    assert_eq!(json["today"].to_string(), run);
}

#[test]
fn simulation_of_all_there_is_begins_at_the_earliest() {
    let scope = scope();
    let timing = crate::engine::settings::Timing::default();
    let range = Range { from: None, to: at(NOW), parts: Vec::new() };
    let told = Simulation::new(&scope, &[], None, timing).end(&scope, &range);
    let json = json!(told);
    assert_eq!((&json["from"], json.get("new")), (&json!("earliest"), None));
}
