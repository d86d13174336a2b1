//! Members near to ours and dates in wrong places: set aside where they could change the moment, the
//! person or the meaning; never where they could not.

use super::*;
use crate::model::event::{DATA_MEMBERS, EventClass};
use crate::model::event_kind::EventKind;
use crate::model::fields::inside;
use proptest::prelude::*;

/// Three weeks after the event.
const LATER: &str = "2026-10-21";

/// An event of the type, without any date, and with `members` in `data`, by path.
fn undated(kind: &str, members: &[(&str, Value)]) -> Value {
    let mut body = without("/data/effective_at");
    body["type"] = json!(format!("io.usher.{kind}.v1"));
    for (path, value) in members {
        put(&mut body["data"], path, value.clone());
    }
    body
}

fn put(into: &mut Value, path: &str, value: Value) {
    match path.split_once('/') {
        Some((name, rest)) => {
            if into.get(name).is_none() {
                into[name] = json!({});
            }
            put(&mut into[name], rest, value);
        }
        None => into[path] = value,
    }
}

/// The field that the event is parked for, and what was probably meant.
fn misspelt(body: &Value) -> (String, String) {
    let refused = parked(decode_body(body));
    let (code, field) = reason(&refused);
    assert_eq!(code, "field.misspelt", "{body}");
    let meant = refused.why.text.split('`').nth(3).unwrap().to_owned();
    (field.to_owned(), meant)
}

fn accepted(body: &Value) {
    match only(decode_body(body)) {
        Item::Event(_) => {}
        other => panic!("{body} gives {other:?}"),
    }
}

#[test]
fn termination_dated_under_a_name_near_to_ours_is_parked_with_what_was_meant() {
    for (path, field, meant) in [
        ("effectiveAt", "data.effectiveAt", "data.effective_at"),
        ("Effective_At", "data.Effective_At", "data.effective_at"),
        ("effective-at", "data.effective-at", "data.effective_at"),
        ("effective at", "data.…", "data.effective_at"),
        ("EFFECTIVEAT", "data.EFFECTIVEAT", "data.effective_at"),
        ("efective_at", "data.efective_at", "data.effective_at"),
        ("effective_att", "data.effective_att", "data.effective_at"),
        ("effectiveDate", "data.effectiveDate", "data.effective_date"),
        ("effective_dat", "data.effective_dat", "data.effective_at"),
        ("effektive_date", "data.effektive_date", "data.effective_date"),
        ("EffectiveDate", "data.EffectiveDate", "data.effective_date"),
        ("lastDayOfWork", "data.lastDayOfWork", "data.last_day_of_work"),
        ("last_day_at_work", "data.last_day_at_work", "data.last_day_of_work"),
        ("last_day", "data.last_day", "data.last_day_of_work"),
        ("lastWorkingDay", "data.lastWorkingDay", "data.last_day_of_work"),
        ("final_day", "data.final_day", "data.last_day_of_work"),
        ("termination_date", "data.termination_date", "data.effective_at"),
        ("terminationDate", "data.terminationDate", "data.effective_at"),
        ("TerminationDate", "data.TerminationDate", "data.effective_at"),
        ("date_of_termination", "data.date_of_termination", "data.effective_at"),
        ("end_date", "data.end_date", "data.effective_at"),
        ("endDate", "data.endDate", "data.effective_at"),
        ("employment_end_date", "data.employment_end_date", "data.effective_at"),
        ("exit_date", "data.exit_date", "data.effective_at"),
        ("leaving_date", "data.leaving_date", "data.effective_at"),
        ("separationDate", "data.separationDate", "data.effective_at"),
        ("term_date", "data.term_date", "data.effective_at"),
        ("effective_on", "data.effective_on", "data.effective_at"),
        ("effective_from", "data.effective_from", "data.effective_at"),
        ("effective", "data.effective", "data.effective_at"),
        ("termination_effective_date", "data.termination_effective_date", "data.effective_at"),
        ("contract_end", "data.contract_end", "data.effective_at"),
        ("notice_period_end", "data.notice_period_end", "data.effective_at"),
        ("employment/effective_at", "data.employment.effective_at", "data.effective_at"),
        ("employment/effectiveDate", "data.employment.effectiveDate", "data.effective_date"),
        ("employment/last_day", "data.employment.last_day", "data.last_day_of_work"),
        (
            "employment/last_day_of_work",
            "data.employment.last_day_of_work",
            "data.last_day_of_work",
        ),
        ("employment/end_date", "data.employment.end_date", "data.effective_at"),
        ("employment/end", "data.employment.end", "data.effective_at"),
        ("worker/termination_date", "data.worker.termination_date", "data.effective_at"),
        ("profile/effective_at", "data.profile.effective_at", "data.effective_at"),
        ("termination/date", "data.termination.date", "data.effective_at"),
        ("termination/effective_date", "data.termination.effective_date", "data.effective_date"),
        ("details/dates/effective_at", "data.details.dates.effective_at", "data.effective_at"),
    ] {
        for value in [json!(LATER), json!("2026-10-21T17:00:00+02:00")] {
            let body = undated("worker.terminated", &[(path, value)]);
            assert_eq!(misspelt(&body), (field.to_owned(), meant.to_owned()));
        }
    }
}

#[test]
fn termination_whose_only_date_nobody_can_read_is_parked() {
    for value in ["next Friday", "TBD", "unknown", "2026-13-45", "31/31/2026"] {
        let body = undated("worker.terminated", &[("terminationDate", json!(value))]);
        assert_eq!(misspelt(&body).1, "data.effective_at", "{value}");
        let mut dated = body;
        dated["data"]["effective_at"] = json!("2026-10-01T17:00:00+02:00");
        accepted(&dated);
    }
    for value in [
        "",
        "-",
        "N/A",
        "none",
        "9999-12-31",
        "0000-00-00",
        "00000000",
        "0",
        "NaT",
        "ASAP",
        "Immediately",
    ] {
        accepted(&undated("worker.terminated", &[("terminationDate", json!(value))]));
    }
    // Words under the name of an end are no dates.
    accepted(&undated("worker.terminated", &[("termination", json!("voluntary"))]));
}

#[test]
fn termination_dated_in_a_list_or_the_envelope_is_parked() {
    let events = json!([{"termination_date": LATER}]);
    let in_list = undated("worker.terminated", &[("employments", events)]);
    assert_eq!(parked(decode_body(&in_list)).why.code, "field.misspelt");
    for name in [
        "effective_at",
        "effectiveat",
        "effectiveDate",
        "effectivedate",
        "terminationdate",
        "lastdayofwork",
    ] {
        let mut body = undated("worker.terminated", &[]);
        body[name] = json!(LATER);
        let refused = parked(decode_body(&body));
        assert_eq!(reason(&refused), ("field.misspelt", name));
        assert!(refused.takes_access);

        let headers = [
            ("ce_specversion".to_owned(), "1.0"),
            ("ce_id".to_owned(), "1"),
            ("ce_source".to_owned(), "hr"),
            ("ce_type".to_owned(), "io.usher.worker.terminated.v1"),
            (format!("ce_{name}"), LATER),
        ];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let data = undated("worker.terminated", &[])["data"].to_string();
        let refused = parked(decode(&with_headers(record(data), &headers), &source()));
        assert_eq!(reason(&refused), ("field.misspelt", format!("header ce_{name}").as_str()));
    }
}

#[test]
fn dates_of_other_forms_are_dates() {
    for value in [
        json!("21.10.2026"),
        json!("10/21/2026"),
        json!("21/10/2026"),
        json!("20261021"),
        json!(20_261_021),
        json!("2026/10/21"),
        json!("21 Oct 2026"),
        json!("2026-10-21 17:00"),
        json!(1_792_600_000),
        json!(1_792_600_000_000_u64),
        json!("1792600000000"),
        json!("/Date(1792600000000)/"),
    ] {
        let body = undated("worker.terminated", &[("end_date", value)]);
        assert_eq!(misspelt(&body).0, "data.end_date");
    }
}

#[test]
fn each_type_is_parked_for_what_could_be_its_own_date() {
    for (kind, path) in [
        ("worker.hired", "start_date"),
        ("worker.hired", "hireDate"),
        ("worker.hired", "employment/start_date"),
        ("worker.hired", "effective_start_date"),
        ("worker.rehired", "rehire_date"),
        ("worker.leave.started", "leave_start_date"),
        ("worker.leave.started", "start_date"),
        ("worker.leave.started", "last_day_worked"),
        ("worker.leave.started", "leave/first_day"),
        ("worker.leave.ended", "return_date"),
        ("worker.leave.ended", "leave_end_date"),
        ("worker.leave.ended", "leave/end"),
        ("worker.transferred", "transfer_date"),
        ("worker.transferred", "start_date"),
        ("worker.converted", "conversion_date"),
        ("worker.updated", "effective_from"),
        ("worker.updated", "change_effective_date"),
    ] {
        let body = undated(kind, &[(path, json!(LATER))]);
        assert_eq!(parked(decode_body(&body)).why.code, "field.misspelt", "{kind} {path}");
    }
}

/// What HR systems send besides, and what it may not hold up.
const HEALTHY: &[(&str, &str)] = &[
    ("birth_date", "1990-04-01"),
    ("date_of_birth", "1990-04-01"),
    ("hire_date", "2019-03-01"),
    ("original_hire_date", "2015-03-01"),
    ("start_date", "2019-03-01"),
    ("employment/start_date", "2019-03-01"),
    ("employment/hire_date", "2019-03-01"),
    ("seniority_date", "2019-03-01"),
    ("updated_at", "2026-09-30T15:02:11Z"),
    ("created_at", "2019-02-01T09:00:00Z"),
    ("last_updated", "2026-09-30"),
    ("last_modified_date", "2026-09-30"),
    ("lastLoginAt", "2026-09-29T08:00:00Z"),
    ("last_name", "Lee"),
    ("last_promotion_date", "2024-01-01"),
    ("exported_at", "2026-09-30T15:02:12Z"),
    ("probation_end_date", "2026-12-31"),
    ("visa_expiry_date", "2027-06-30"),
    ("worker/visa/end_date", "2027-06-30"),
    ("next_review_date", "2027-01-15"),
    ("compensation/effective_date", "2026-01-01"),
    ("salary_effective_date", "2026-01-01"),
    ("manager/start_date", "2012-01-01"),
    ("manager/end_date", "2030-01-01"),
    ("benefits/end_date", "2026-12-31"),
    ("profile/time_zone", "Asia/Tokyo"),
    ("worker/timezone", "Asia/Tokyo"),
    ("terminated_by", "hr"),
    ("termination_reason", "voluntary"),
    ("termination_type", "involuntary"),
    ("notice_date", "2026-08-01"),
    ("contract", "fixed-term"),
    ("end_reason", "2026"),
    ("term", "fixed"),
    ("exit_interview", "done"),
    ("previous_end_date", "2018-01-01"),
    ("effective_end_date", "4712-12-31"),
    ("end_date", "9999-12-31"),
    ("employment/valid_to", "9999-12-31"),
    ("raw_ref", "s3://exports/2026-10-21/termination_date"),
];

#[test]
fn dates_that_could_not_change_the_moment_do_no_harm() {
    for kind in EventKind::ALL.iter().filter(|kind| kind.class() == EventClass::Hr) {
        for &(path, value) in HEALTHY {
            let body = undated(kind.word(), &[(path, json!(value))]);
            accepted(&body);
            let mut dated = body;
            dated["data"]["effective_at"] = json!("2026-10-01T17:00:00+02:00");
            accepted(&dated);
        }
    }
    // All of them at once, as a whole record of HR has them.
    let all: Vec<_> = HEALTHY.iter().map(|(path, value)| (*path, json!(value))).collect();
    accepted(&undated("worker.updated", &all));
}

#[test]
fn date_of_something_else_beside_the_events_own_does_no_harm() {
    for (kind, path, value) in [
        ("worker.terminated", "contract_end", "2026-12-31"),
        ("worker.terminated", "contract_end_date", "2027-03-31"),
        ("worker.terminated", "notice_period_end", "2026-12-31"),
        ("worker.terminated", "resignation_date", "2026-08-01"),
        ("worker.terminated", "terminated_at", "2026-09-01T10:00:00Z"),
        ("worker.terminated", "retirement_date", "2056-04-01"),
        ("worker.terminated", "leave_end_date", "2027-01-01"),
        ("worker.hired", "contract_end", "2027-12-31"),
        ("worker.hired", "end_date", "2027-12-31"),
        ("worker.hired", "start_date", "2026-11-01"),
        ("worker.leave.ended", "employment/end_date", "2027-12-31"),
        ("worker.leave.started", "expected_return_date", "2027-01-01"),
        ("worker.leave.started", "leave_end_date", "2027-01-01"),
        ("worker.updated", "start_date", "2027-01-01"),
        ("worker.updated", "termination_date", "2027-01-01"),
        ("worker.termination.cancelled", "termination_date", LATER),
    ] {
        let body =
            undated(kind, &[("effective_at", json!("2026-10-01T17:00:00Z")), (path, json!(value))]);
        accepted(&body);
    }
}

/// Without a date of its own an event takes effect at once; so it does if the other date is past.
#[test]
fn date_that_has_passed_does_no_harm() {
    for (kind, path, value) in [
        ("worker.hired", "start_date", "2026-09-01"),
        ("worker.hired", "hire_date", "2026-09-30"),
        ("worker.terminated", "contract_end", "2026-08-31"),
        ("worker.terminated", "terminated_at", "2026-09-30T15:00:00Z"),
        ("worker.leave.ended", "return_date", "2026-09-30"),
        ("worker.leave.ended", "employment/end_date", "2027-12-31"),
    ] {
        accepted(&undated(kind, &[(path, json!(value))]));
    }
}

#[test]
fn date_that_says_the_same_as_the_events_own_does_no_harm_and_another_parks() {
    let dated = |path: &str, value: &str| {
        undated(
            "worker.terminated",
            &[("effective_at", json!("2026-10-21T17:00:00+02:00")), (path, json!(value))],
        )
    };
    for (path, value) in [
        ("effectiveAt", "2026-10-21T15:00:00Z"),
        ("effectiveDate", "2026-10-21"),
        ("employment/effective_at", "2026-10-21T15:00:00Z"),
        ("termination_date", "2026-10-21"),
        ("termination_date", "21.10.2026"),
        ("end_date", "2026-10-21"),
        ("employment/end_date", "2026-10-22"),
    ] {
        accepted(&dated(path, value));
    }
    for (path, value) in [
        ("effectiveAt", "2026-10-21T17:00:00Z"),
        ("effectiveDate", "2026-11-21"),
        ("employment/effective_at", "2026-10-01T15:00:00Z"),
        ("termination_date", "2026-11-30"),
        ("termination_date", "30.11.2026"),
        ("end_date", "2026-10-01"),
        // Rules may reckon with it, and cannot see it.
        ("lastDayOfWork", "2026-10-21"),
        ("last_day", "2026-09-30"),
    ] {
        assert_eq!(misspelt(&dated(path, value)).0, format!("data.{}", path.replace('/', ".")));
    }
    let mut both = dated("lastDayOfWork", "2026-10-15");
    both["data"]["last_day_of_work"] = json!("2026-10-15");
    accepted(&both);
    both["data"]["last_day_of_work"] = json!("2026-10-14");
    misspelt(&both);
}

#[test]
fn near_name_that_says_nothing_does_no_harm() {
    for nothing in [json!(null), json!(""), json!("  "), json!("\u{a0}")] {
        for path in
            ["effectiveAt", "termination_date", "employment/effective_at", "worker/employeeId"]
        {
            accepted(&undated("worker.terminated", &[(path, nothing.clone())]));
        }
    }
}

#[test]
fn what_takes_access_at_once_looks_at_no_date_under_any_name() {
    for path in
        ["effectiveAt", "termination_date", "employment/effective_at", "timeZone", "last_day"]
    {
        accepted(&undated("worker.access.revoked", &[(path, json!(LATER))]));
    }
}

#[test]
fn members_that_change_the_person_or_the_meaning_are_parked_if_misspelt() {
    for (kind, remove, path, meant) in [
        (
            "worker.terminated",
            "/data/worker/employee_id",
            "worker/employeeId",
            "data.worker.employee_id",
        ),
        (
            "worker.terminated",
            "/data/worker/employee_id",
            "worker/Employee_ID",
            "data.worker.employee_id",
        ),
        (
            "worker.terminated",
            "/data/worker/employee_id",
            "worker/employe_id",
            "data.worker.employee_id",
        ),
        (
            "worker.terminated",
            "/data/worker/employee_id",
            "worker/employeeNumber",
            "data.worker.employee_id",
        ),
        ("worker.terminated", "/data/worker/employee_id", "employee_id", "data.worker.employee_id"),
        ("worker.terminated", "/data/worker/user_name", "worker/username", "data.worker.user_name"),
        (
            "worker.terminated",
            "/data/worker/work_email",
            "worker/workEmail",
            "data.worker.work_email",
        ),
        ("worker.terminated", "", "worker/workerId", "data.worker.worker_id"),
        ("worker.terminated", "", "worker/externalIds", "data.worker.external_ids"),
        ("worker.terminated", "/data/worker", "Worker", "data.worker"),
        ("worker.terminated", "/data/employment/id", "employment/ID", "data.employment.id"),
        (
            "worker.terminated",
            "/data/employment/id",
            "employment/employmentId",
            "data.employment.id",
        ),
        ("worker.terminated", "/data/employment/id", "employment_id", "data.employment.id"),
        ("worker.terminated", "/data/employment/type", "employment/Type", "data.employment.type"),
        ("worker.terminated", "", "legalHold", "data.legal_hold"),
        ("worker.terminated", "", "employment/legal_hold", "data.legal_hold"),
        ("worker.terminated", "", "timeZone", "data.time_zone"),
        ("worker.terminated", "", "effectiveEdge", "data.effective_edge"),
        ("risk.raised", "", "risk/Level", "data.risk.level"),
        ("risk.raised", "", "riskLevel", "data.risk.level"),
        ("risk.raised", "", "risk/detectionId", "data.risk.detection_id"),
        ("risk.raised", "", "detectionId", "data.detection_id"),
    ] {
        let mut body = undated(kind, &[]);
        if let Some((parent, name)) = remove.rsplit_once('/') {
            body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        }
        let is_object = path == "Worker" || path == "worker/externalIds";
        put(&mut body["data"], path, if is_object { json!({"x": "1"}) } else { json!("high") });
        let (field, said) = misspelt(&body);
        assert_eq!((field, said), (format!("data.{}", path.replace('/', ".")), meant.to_owned()));
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
    for kind in EventKind::ALL {
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
        prop_assert_eq!(refused.why.code, "field.misspelt");
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
