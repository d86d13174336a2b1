//! What the audit says becomes what a program is told.

use super::outcome::{Outcomes, State};
use crate::audit::line::Line;
use serde_json::{Value, json};
use std::collections::HashMap;

const SOURCE: &str = "urn:usher:client:portal";

fn line(kind: &str, outcome: &str, more: &Value) -> Line {
    let mut own = json!({ "kind": kind, "outcome": outcome, "shard": 0, "person": "p-1" });
    let id = more.get("id").and_then(Value::as_str).map(str::to_owned);
    own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    own.as_object_mut().unwrap().shift_remove("id");
    serde_json::from_value(json!({
        "metadata": { "version": "1.8.0", "uid": "1", "product": { "name": "usher", "vendor_name": "usher",
            "version": "0" }, "log_name": "usher.audit", "event_code": kind, "processed_time": 0,
            "original_event_uid": id },
        "category_uid": 3, "category_name": "", "class_uid": 3004, "class_name": "", "activity_id": 99,
        "activity_name": "", "type_uid": 1, "type_name": "", "severity_id": 1, "severity": "", "time": 0,
        "status_id": 1, "status": "", "message": "", "actor": { "app_name": "usher", "app_uid": "a" },
        "entity": { "type": "User", "uid": "account-1" }, "unmapped": own,
    }))
    .unwrap()
}

fn decided(id: &str, outcome: &str, why: &Value) -> Line {
    let event = json!({ "type": "access.requested", "source": SOURCE });
    line("decision", outcome, &json!({ "id": id, "event": event, "why": why }))
}

fn outcomes(events: usize) -> (Outcomes, (String, String)) {
    let outcomes = Outcomes::new(HashMap::from([(SOURCE.to_owned(), "main".to_owned())]));
    let key = (SOURCE.to_owned(), "k.1".to_owned());
    outcomes.expect(&key, events);
    (outcomes, key)
}

#[test]
fn it_is_applied_when_every_event_is_decided_and_the_account_is_read_back() {
    let (outcomes, key) = outcomes(2);
    let applied = line("result", "applied", &json!({ "target": "main" }));
    outcomes.hear(&applied);
    outcomes.hear(&decided("k.1.0", "asserted", &Value::Null));
    assert_eq!(outcomes.of(&key).unwrap().state(), State::Taken, "what was before is not of it");
    outcomes.hear(&decided("k.1.1", "withdrew", &Value::Null));
    outcomes.hear(&line("result", "superseded", &json!({ "target": "main" })));
    outcomes.hear(&line("result", "applied", &json!({ "target": "other" })));
    assert_eq!(outcomes.of(&key).unwrap().state(), State::Taken);
    outcomes.hear(&applied);
    outcomes.hear(&decided("k.1.0", "duplicate", &Value::Null));
    let outcome = outcomes.of(&key).unwrap();
    assert_eq!((outcome.state(), outcome.account()), (State::Applied, Some("account-1")));
}

#[test]
fn what_is_held_and_what_is_refused_says_why() {
    let (outcomes, key) = outcomes(1);
    let why = json!({ "code": "limit.reached", "text": "the limit of the hour is reached" });
    outcomes.hear(&decided("k.1.0", "asserted", &Value::Null));
    outcomes.hear(&line("note", "held", &json!({ "target": "main", "why": why })));
    let outcome = outcomes.of(&key).unwrap();
    assert_eq!(outcome.state(), State::Held);
    assert_eq!(outcome.why().unwrap().code.to_string(), "limit.reached");

    let why = json!({ "code": "rule.none", "text": "no rule" });
    outcomes.hear(&decided("k.2.0", "skipped", &why));
    let other = (SOURCE.to_owned(), "k.2".to_owned());
    let outcome = outcomes.of(&other).unwrap();
    assert_eq!(outcome.state(), State::Refused);
    assert_eq!(outcome.why().unwrap().code.to_string(), "rule.none");
}

#[test]
fn a_group_is_there_when_it_is_so_for_all_its_members() {
    let (outcomes, key) = outcomes(2);
    let of = |kind: &str, word: &str, person: &str, more: &Value| {
        let mut line = line(kind, word, more);
        line.unmapped.person = Some(person.to_owned());
        line
    };
    let event = json!({ "type": "membership.requested", "source": SOURCE });
    for (index, person) in ["p-1", "p-2"].into_iter().enumerate() {
        let told = json!({ "id": format!("k.1.{index}"), "event": event });
        outcomes.hear(&of("decision", "asserted", person, &told));
    }
    let of_target = json!({ "target": "main" });
    outcomes.hear(&of("result", "applied", "p-1", &of_target));
    let outcome = outcomes.of(&key).unwrap();
    assert_eq!((outcome.state(), outcome.person()), (State::Taken, None), "one of two is no group");
    let why = json!({ "code": "limit.reached", "text": "the limit of the hour is reached" });
    outcomes.hear(&of("note", "held", "p-2", &json!({ "target": "main", "why": why })));
    let outcome = outcomes.of(&key).unwrap();
    assert_eq!(outcome.state(), State::Held);
    assert_eq!(outcome.why().unwrap().code.to_string(), "limit.reached");
    outcomes.hear(&of("result", "already_so", "p-2", &of_target));
    let outcome = outcomes.of(&key).unwrap();
    assert_eq!((outcome.state(), outcome.account()), (State::Applied, None));
}
