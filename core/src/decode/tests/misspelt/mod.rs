//! Members near to ours and dates in wrong places: set aside where they could change the moment, the
//! person or the meaning; never where they could not.

mod harmless;
mod members;

use super::*;
use crate::model::code::Code;

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
    for (path, meant) in [
        ("effectiveAt", "effective_at"),
        ("Effective_At", "effective_at"),
        ("effective-at", "effective_at"),
        ("effective at", "effective_at"),
        ("EFFECTIVEAT", "effective_at"),
        ("efective_at", "effective_at"),
        ("effective_att", "effective_at"),
        ("effectiveDate", "effective_date"),
        ("effective_dat", "effective_at"),
        ("effektive_date", "effective_date"),
        ("EffectiveDate", "effective_date"),
        ("lastDayOfWork", "last_day_of_work"),
        ("last_day_at_work", "last_day_of_work"),
        ("last_day", "last_day_of_work"),
        ("lastWorkingDay", "last_day_of_work"),
        ("final_day", "last_day_of_work"),
        ("termination_date", "effective_at"),
        ("terminationDate", "effective_at"),
        ("TerminationDate", "effective_at"),
        ("date_of_termination", "effective_at"),
        ("end_date", "effective_at"),
        ("endDate", "effective_at"),
        ("employment_end_date", "effective_at"),
        ("exit_date", "effective_at"),
        ("leaving_date", "effective_at"),
        ("separationDate", "effective_at"),
        ("term_date", "effective_at"),
        ("effective_on", "effective_at"),
        ("effective_from", "effective_at"),
        ("effective", "effective_at"),
        ("termination_effective_date", "effective_at"),
        ("contract_end", "effective_at"),
        ("notice_period_end", "effective_at"),
        ("employment/effective_at", "effective_at"),
        ("employment/effectiveDate", "effective_date"),
        ("employment/last_day", "last_day_of_work"),
        ("employment/last_day_of_work", "last_day_of_work"),
        ("employment/end_date", "effective_at"),
        ("employment/end", "effective_at"),
        ("worker/termination_date", "effective_at"),
        ("profile/effective_at", "effective_at"),
        ("termination/date", "effective_at"),
        ("termination/effective_date", "effective_date"),
        ("details/dates/effective_at", "effective_at"),
    ] {
        for value in [json!(LATER), json!("2026-10-21T17:00:00+02:00")] {
            let body = undated("worker.terminated", &[(path, value)]);
            // What does not look like a name is not shown.
            let field =
                if path == "effective at" { "…".to_owned() } else { path.replace('/', ".") };
            assert_eq!(misspelt(&body), (format!("data.{field}"), format!("data.{meant}")));
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
    assert_eq!(parked(decode_body(&in_list)).why.code, Code::FieldMisspelt);
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
        assert_eq!(parked(decode_body(&body)).why.code, Code::FieldMisspelt, "{kind} {path}");
    }
}
