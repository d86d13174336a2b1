//! Events of usher's own form are as the schema says, and as the decoder takes them.

use super::*;
use crate::model::checked::Checked;
use crate::model::event::DATA_MEMBERS;
use crate::model::fields::{Carried, carried};

fn of_events() -> Checked {
    Checked::by(&schema())
}

/// An event with every member that its type may carry.
fn full(kind: EventKind) -> Value {
    let all = json!({
        "worker": {
            "employee_id": "88213", "worker_id": "w-1", "user_name": "kim@example.com",
            "work_email": "kim@example.com", "external_ids": { "okta": "00u1" },
        },
        "employment": { "id": "E-2", "type": "employee", "status": "active" },
        "profile": { "given_name": "Kim", "department": null, "badge": 7 },
        "previous": { "employee_id": "17" },
        "risk": { "level": "high", "previous_level": "low", "score": 91, "detection_id": "d-1" },
        "device": { "id": "dev-1", "status": "compliant" },
        "credential": { "type": "password", "change": "update" },
        "assurance": { "namespace": "NIST-AAL", "level": "1", "direction": "decrease" },
        "initiating_entity": "policy",
        "account": { "target": "main", "id": "4711", "active": true },
        "request": { "group": "VPN_Allowed" },
        "finding": { "misses": 2, "because": [] },
        "reason": "left",
        "voluntary": false,
        "legal_hold": true,
        "effective_at": "2026-10-01T17:00:00+02:00",
        "effective_edge": "end_of_day",
        "time_zone": "Europe/Berlin",
        "raw_ref": { "any": ["thing"] },
    });
    let Value::Object(all) = all else { panic!() };
    let may = |(member, _): &(String, Value)| {
        carried(kind, std::slice::from_ref(member)) != Carried::Never
    };
    let data: serde_json::Map<String, Value> = all.into_iter().filter(may).collect();
    json!({
        "specversion": "1.0",
        "id": "1",
        "source": "urn:hr",
        "type": format!("io.usher.{kind}.v1"),
        "time": "2026-09-30T15:02:11Z",
        "data": data,
    })
}

fn taken(kind: EventKind, body: &Value) -> Vec<Item> {
    let source = match kind.class() {
        EventClass::Account => SourceSettings::of_findings("usher.events"),
        EventClass::Hr | EventClass::Security | EventClass::Request => source(),
    };
    decode(&record(body.to_string()), &source)
}

const ENVELOPE: [&str; 5] = ["/specversion", "/id", "/source", "/type", "/data"];

#[test]
fn every_type_is_as_the_schema_says_and_taken() {
    let schema = of_events();
    for kind in EventKind::ALL {
        let body = full(*kind);
        schema.keeps_and_needs(&body, &ENVELOPE);
        event(taken(*kind, &body));
    }
    schema.keeps_and_needs(&termination(), &ENVELOPE);
}

#[test]
fn what_must_be_there_is_missed() {
    let schema = of_events();
    for kind in EventKind::ALL {
        let mut needed = match kind.class() {
            EventClass::Account if kind.only_informs() => vec![],
            EventClass::Account => {
                vec!["/data/account", "/data/account/id", "/data/account/target"]
            }
            EventClass::Hr | EventClass::Security => vec!["/data/worker"],
            EventClass::Request => vec!["/data/account", "/data/account/target"],
        };
        match kind {
            EventKind::RiskRaised => needed.extend(["/data/risk", "/data/risk/level"]),
            EventKind::LegalHoldChanged => needed.push("/data/legal_hold"),
            EventKind::MembershipRequested | EventKind::MembershipWithdrawn => {
                needed.extend(["/data/request", "/data/request/group"]);
            }
            _ => {}
        }
        schema.keeps_and_needs(&full(*kind), &needed);
    }
    let nobody = changed("/data/worker", json!({ "name": "Kim" }));
    assert_ne!(schema.complaints(&nobody), Vec::<String>::new());
    parked(decode_body(&nobody));
}

#[test]
fn a_member_of_the_wrong_form_is_seen_by_both() {
    let schema = of_events();
    for (pointer, value) in [
        ("/specversion", json!("0.3")),
        ("/id", json!("")),
        ("/time", json!("yesterday")),
        ("/type", json!("io.usher.worker.terminatd.v1")),
        ("/data", json!([])),
        ("/data/worker", json!("kim")),
        ("/data/worker/employee_id", json!(88_213)),
        ("/data/employment/id", json!(2)),
        ("/data/effective_at", json!(true)),
        ("/data/effective_edge", json!("noon")),
        ("/data/voluntary", json!("no")),
    ] {
        let body = changed(pointer, value);
        assert_ne!(schema.complaints(&body), Vec::<String>::new(), "{pointer}");
        parked(decode_body(&body));
    }
}

#[test]
fn every_member_that_is_known_has_a_form() {
    let schema = schema();
    for (member, _) in DATA_MEMBERS {
        assert!(schema["definitions"][member].is_object(), "{member}");
    }
}
