//! Members that are misspelt, unknown, or known.

use super::*;
use crate::model::code::Code;
use crate::model::event::DATA_MEMBERS;
use crate::model::event_kind::EventKind;
use crate::model::fields::inside;
use proptest::prelude::*;

#[test]
fn members_that_change_the_person_or_the_meaning_are_parked_if_misspelt() {
    for (kind, path, meant) in [
        ("worker.terminated", "worker/employeeId", "worker.employee_id"),
        ("worker.terminated", "worker/Employee_ID", "worker.employee_id"),
        ("worker.terminated", "worker/employe_id", "worker.employee_id"),
        ("worker.terminated", "worker/employeeNumber", "worker.employee_id"),
        ("worker.terminated", "employee_id", "worker.employee_id"),
        ("worker.terminated", "worker/username", "worker.user_name"),
        ("worker.terminated", "worker/workEmail", "worker.work_email"),
        ("worker.terminated", "worker/workerId", "worker.worker_id"),
        ("worker.terminated", "worker/externalIds", "worker.external_ids"),
        ("worker.terminated", "Worker", "worker"),
        ("worker.terminated", "employment/ID", "employment.id"),
        ("worker.terminated", "employment/employmentId", "employment.id"),
        ("worker.terminated", "employment_id", "employment.id"),
        ("worker.terminated", "employment/Type", "employment.type"),
        ("worker.terminated", "legalHold", "legal_hold"),
        ("worker.terminated", "employment/legal_hold", "legal_hold"),
        ("worker.terminated", "timeZone", "time_zone"),
        ("worker.terminated", "effectiveEdge", "effective_edge"),
        ("risk.raised", "risk/Level", "risk.level"),
        ("risk.raised", "riskLevel", "risk.level"),
        ("risk.raised", "risk/detectionId", "risk.detection_id"),
        ("risk.raised", "detectionId", "detection_id"),
    ] {
        let mut body = undated(kind, &[]);
        let own = format!("/data/{}", meant.replace('.', "/"));
        let (parent, name) = own.rsplit_once('/').unwrap();
        if let Some(parent) = body.pointer_mut(parent) {
            parent.as_object_mut().unwrap().remove(name);
        }
        let is_object = path == "Worker" || path == "worker/externalIds";
        put(&mut body["data"], path, if is_object { json!({"x": "1"}) } else { json!("high") });
        let said = misspelt(&body);
        assert_eq!(said, (format!("data.{}", path.replace('/', ".")), format!("data.{meant}")));
    }
}

#[test]
fn near_member_beside_the_right_one_counts_only_if_it_contradicts() {
    for (path, value) in [
        ("worker/employeeId", json!("88213")),
        ("worker/employeeId", json!(88213)),
        ("worker/username", json!("KIM@example.com ")),
        ("employee_id", json!("88213")),
        ("employment/ID", json!("E-2")),
    ] {
        accepted(&undated("worker.updated", &[(path, value)]));
    }
    for (path, value) in [
        ("worker/employeeId", json!("88214")),
        ("worker/username", json!("lee@example.com")),
        ("employee_id", json!("88214")),
        ("employment/ID", json!("E-3")),
    ] {
        misspelt(&undated("worker.updated", &[(path, value)]));
    }
}

#[test]
fn other_members_are_read_over_and_told() {
    let body = undated(
        "worker.terminated",
        &[
            ("shoe_size", json!(43)),
            ("region", json!("EMEA")),
            ("involuntary", json!(true)),
            ("manager", json!({"employee_id": "7", "user_name": "lee@example.com"})),
            ("worker/employer_id", json!("ACME")),
            ("worker/personal_email", json!("kim@home.example.com")),
            ("worker/badge", json!("B-7")),
            ("profile/costCenter", json!("4711")),
            ("employments", json!([{"id": "E-1"}])),
            ("kim@example.com", json!({"seen": true})),
            ("previous", json!({"termination_date": LATER})),
            ("raw_ref", json!({"effectiveAt": LATER, "end_date": LATER})),
        ],
    );
    let data = event(decode_body(&body)).data;
    let mut unknown = unknown_members(&data);
    unknown.sort();
    assert_eq!(
        unknown,
        [
            "data.employments",
            "data.involuntary",
            "data.manager",
            "data.previous.termination_date",
            "data.profile.costCenter",
            "data.region",
            "data.shoe_size",
            "data.worker.badge",
            "data.worker.employer_id",
            "data.worker.personal_email",
            "data.…",
        ]
    );
}

/// An event that carries every known member under its own name.
fn whole(kind: &str) -> Value {
    let mut body = undated(kind, &[]);
    for (name, _) in DATA_MEMBERS {
        let known = inside(if *name == "previous" { "worker" } else { name }).unwrap_or_default();
        let members = known.iter().map(|inner| {
            let value = match *inner {
                "external_ids" => json!({"entra": "4f0c"}),
                "level" | "previous_level" => json!("high"),
                _ => json!(format!("{inner} 1")),
            };
            ((*inner).to_owned(), value)
        });
        body["data"][*name] = match *name {
            "voluntary" | "legal_hold" => json!(true),
            "effective_at" => json!("2026-10-21T17:00:00+02:00"),
            "effective_date" | "last_day_of_work" => json!(LATER),
            "time_zone" => json!("Europe/Berlin"),
            "effective_edge" => json!("end_of_day"),
            _ if known.is_empty() => json!("x"),
            _ => Value::Object(members.collect()),
        };
    }
    body
}

#[test]
fn no_known_member_is_parked_for_its_own_name() {
    for kind in sent() {
        let body = whole(kind.word());
        accepted(&body);
        let names: Vec<String> = body["data"].as_object().unwrap().keys().cloned().collect();
        for name in names.iter().filter(|name| *name != "worker") {
            let mut less = body.clone();
            less["data"].as_object_mut().unwrap().remove(name);
            accepted(&less);
        }
    }
}

proptest! {
    /// However ours are spelt, no letters and no signs between words make them pass unread.
    #[test]
    fn date_of_ours_in_other_letters_is_parked(
        name in prop::sample::select(&["effective_at", "effective_date", "last_day_of_work"][..]),
        upper in prop::collection::vec(any::<bool>(), 20),
        sign in prop::sample::select(&["", "-", " ", ".", "__", "\u{a0}", "\u{200b}"][..]),
        place in prop::sample::select(&["", "employment/", "worker/", "profile/", "details/"][..]),
    ) {
        let letters = name.replace('_', sign).chars().zip(upper).map(|(letter, upper)| {
            if upper { letter.to_ascii_uppercase() } else { letter }
        }).collect::<String>();
        let body = undated("worker.terminated", &[(&format!("{place}{letters}"), json!(LATER))]);
        let refused = parked(decode_body(&body));
        prop_assert_eq!(refused.why.code, Code::FieldMisspelt);
    }

    #[test]
    fn event_with_any_member_anywhere_is_answered(
        name in ".{0,20}|[A-Za-z_-]{1,24}|(last|end|effective|term|date|day|at|of){1,6}",
        place in prop::sample::select(&["", "employment/", "worker/", "risk/", "x/y/"][..]),
        value in prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,24}".prop_map(Value::from),
            "[0-9]{1,8}[-/. ][0-9]{1,3}[-/. ][0-9]{1,5}".prop_map(Value::from),
        ],
        kind in prop::sample::select(EventKind::ALL),
    ) {
        let name = name.replace('/', "");
        let body = undated(kind.word(), &[(&format!("{place}{name}"), value)]);
        prop_assert_eq!(decode_body(&body).len(), 1);
    }
}
