//! Dates that could not change the moment.

use super::*;
use crate::model::event::EventClass;
use crate::model::event_kind::EventKind;

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
