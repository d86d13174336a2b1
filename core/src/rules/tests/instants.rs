//! Instants of rules: local ones need what the event says of its days.

use super::*;
use crate::model::Zone;
use crate::model::code::Code;
use insta::assert_snapshot;

/// A rule about `kinds` whose claim begins at `from`.
fn beginning(kinds: &str, from: &str) -> String {
    format!(
        "rules: [{{name: r, on: [{kinds}], assert: {{claim: c, precedence: leave, from: '{from}', \
         want: {{active: false}}}}}}]"
    )
}

/// A termination at `effective_at` with these days.
fn termination(effective_at: Option<&str>, calendar: Calendar) -> Event {
    let effective_at = effective_at.map(|text| text.parse().unwrap());
    Event { effective_at, calendar, ..event("worker.terminated", json!({})) }
}

fn calendar(zone: &str, effective_date: Option<&str>, last_day: Option<&str>) -> Calendar {
    let date = |text: Option<&str>| text.map(|text| text.parse().unwrap());
    Calendar {
        zone: (!zone.is_empty()).then(|| Zone::named(zone).unwrap()),
        effective_date: date(effective_date),
        last_day_of_work: date(last_day),
    }
}

/// When the claim begins, or why nobody can tell.
fn from(text: &str, event: &Event) -> String {
    match load(&beginning("worker.terminated", text)).evaluate(event) {
        Ok(statements) => match &statements[..] {
            [Statement::Assert { assertion, .. }] => assertion.from.to_string(),
            other => panic!("{}", told(other)),
        },
        Err(error) => format!("{} ({})", error.why.code, error.why.field.unwrap()),
    }
}

#[test]
fn last_day_of_work_ends_with_its_day_or_at_a_time_of_it() {
    let event = termination(None, calendar("Europe/Berlin", None, Some("2026-09-30")));
    assert_snapshot!(from("last_day_of_work", &event), @"2026-09-30T22:00:00Z");
    assert_snapshot!(from("last_day_of_work at 18:00", &event), @"2026-09-30T16:00:00Z");
    assert_snapshot!(from("last_day_of_work at 00:00", &event), @"2026-09-29T22:00:00Z");
    assert_snapshot!(from("last_day_of_work at 18:00 - 2d", &event), @"2026-09-28T16:00:00Z");
    assert_snapshot!(from("last_day_of_work+1h", &event), @"2026-09-30T23:00:00Z");
}

#[test]
fn local_time_is_of_the_day_that_was_said() {
    // The end of September in Sydney; in words, the 30th.
    let ends = Some("2026-09-30T14:00:00Z");
    let event = termination(ends, calendar("Australia/Sydney", Some("2026-09-30"), None));
    assert_snapshot!(from("effective_at", &event), @"2026-09-30T14:00:00Z");
    assert_snapshot!(from("effective_at at 09:00", &event), @"2026-09-29T23:00:00Z");
    assert_snapshot!(from("effective_at at 09:00 + 1h", &event), @"2026-09-30T00:00:00Z");
    // Without the word it is the day on which the instant falls.
    let event = termination(ends, calendar("Australia/Sydney", None, None));
    assert_snapshot!(from("effective_at at 09:00", &event), @"2026-09-30T23:00:00Z");
    assert_snapshot!(from("time at 09:00", &event), @"2026-09-29T23:00:00Z");
    assert_snapshot!(from("2026-10-01T20:00:00Z at 09:00", &event), @"2026-10-01T23:00:00Z");
    // An event that names no effective time takes effect when it happened.
    let event = termination(None, calendar("Australia/Sydney", None, None));
    assert_snapshot!(from("effective_at at 09:00", &event), @"2026-09-29T23:00:00Z");
}

#[test]
fn local_time_follows_the_clocks() {
    let last_day = |zone: &str, day: &str, time: &str| {
        let event = termination(None, calendar(zone, None, Some(day)));
        from(&format!("last_day_of_work at {time}"), &event)
    };
    assert_snapshot!(last_day("Europe/Berlin", "2026-03-29", "02:30"), @"2026-03-29T01:30:00Z");
    assert_snapshot!(last_day("Europe/Berlin", "2026-10-25", "02:30"), @"2026-10-25T01:30:00Z");
    assert_snapshot!(last_day("America/Sao_Paulo", "2018-11-04", "00:00"), @"2018-11-04T03:00:00Z");
    assert_snapshot!(last_day("Australia/Lord_Howe", "2026-10-04", "02:15"), @"2026-10-03T15:45:00Z");
    assert_snapshot!(last_day("Pacific/Apia", "2011-12-30", "18:00"), @"2011-12-31T04:00:00Z");
}

#[test]
fn what_the_event_does_not_tell_is_an_error_and_not_a_guess() {
    let nowhere = termination(None, calendar("", None, Some("2026-09-30")));
    assert_snapshot!(from("last_day_of_work", &nowhere), @"instant.no_zone (data.time_zone)");
    assert_snapshot!(from("last_day_of_work at 18:00", &nowhere), @"instant.no_zone (data.time_zone)");
    assert_snapshot!(from("effective_at at 18:00", &nowhere), @"instant.no_zone (data.time_zone)");
    assert_snapshot!(from("time at 18:00", &nowhere), @"instant.no_zone (data.time_zone)");
    assert_snapshot!(from("effective_at", &nowhere), @"2026-09-30T12:00:00Z");
    let dayless = termination(None, calendar("Europe/Berlin", None, None));
    assert_snapshot!(from("last_day_of_work", &dayless), @"instant.absent (data.last_day_of_work)");
    assert_snapshot!(from("last_day_of_work at 18:00", &dayless), @"instant.absent (data.last_day_of_work)");
}

#[test]
fn error_names_rule_field_and_cure() {
    let text = |from: &str, event: &Event| {
        let rules = load(&beginning("worker.terminated", from));
        rules.evaluate(event).unwrap_err().why.text
    };
    let event = termination(None, calendar("", None, None));
    assert_snapshot!(text("last_day_of_work at 18:00 + 1h", &event), @"rule `r` reckons from `last_day_of_work at 18:00`, and the event has no `last_day_of_work`; let the source send it, or ask with has(data.last_day_of_work) in the rule's `when` first");
    assert_snapshot!(text("effective_at at 09:00", &event), @"rule `r` reckons from `effective_at at 09:00`, a local time, and nothing says in which time zone; let the source send `time_zone`, or set `time_zone` of the source or of the tenant");
}

#[test]
fn guarded_rule_says_nothing_of_an_event_without_the_day() {
    let rules = "rules: [{name: r, on: [worker.terminated], when: has(data.last_day_of_work), \
                 assert: {claim: c, precedence: leave, from: last_day_of_work, \
                 want: {active: false}}}]";
    let event = termination(None, calendar("Europe/Berlin", None, None));
    assert_eq!(load(rules).evaluate(&event).unwrap(), []);
}

#[test]
fn ends_and_withdrawals_may_be_local_too() {
    let rules = "rules:
  - name: notice
    on: [worker.terminated]
    assert:
      claim: notice
      precedence: leave
      from: time
      until: last_day_of_work at 18:00
      want: { groups: { add: [Leavers] } }
  - name: back
    on: [worker.termination.cancelled]
    withdraw: { claim: notice, at: effective_at at 06:00 }
";
    let calendar = calendar("America/New_York", None, Some("2026-10-09"));
    let event = termination(None, calendar);
    assert_snapshot!(told(&load(rules).evaluate(&event).unwrap()), @r#"notice: assert notice by Person Leave Normal 2026-09-30T12:00:00Z to 2026-10-09T22:00:00Z {"groups":{"add":["Leavers"]}}"#);
    let mut cancelled = Event { kind: EventKind::TerminationCancelled, ..event };
    assert_snapshot!(told(&load(rules).evaluate(&cancelled).unwrap()), @"back: withdraw notice by Person at 2026-09-30T10:00:00Z");
    cancelled.calendar.zone = None;
    let error = load(rules).evaluate(&cancelled).unwrap_err();
    assert_eq!((error.rule.as_str(), error.why.code.as_str()), ("back", "instant.no_zone"));
}

/// The hash stands in every claim that is kept, so what a rule could say before must keep its own.
#[test]
fn hash_knows_the_local_time() {
    let hash = |from: &str| {
        let event = termination(None, calendar("UTC", None, Some("2026-09-30")));
        match &load(&beginning("worker.terminated", from)).evaluate(&event).unwrap()[..] {
            [Statement::Assert { assertion, .. }] => assertion.rule_hash.clone(),
            other => panic!("{}", told(other)),
        }
    };
    assert_snapshot!(hash("effective_at - 14d"), @"ad09a370f6a1d2d1");
    assert_snapshot!(hash("last_day_of_work at 18:00"), @"21fa65baccfe88f2");
    assert_eq!(hash("last_day_of_work  at  18:00 +0s"), hash("last_day_of_work at 18:00"));
    assert_ne!(hash("last_day_of_work at 18:01"), hash("last_day_of_work at 18:00"));
}

#[test]
fn claims_of_a_local_span_that_would_never_be_in_force_are_refused() {
    let span = |from: &str, until: &str| {
        let rules = format!(
            "rules: [{{name: r, on: [worker.terminated], assert: {{claim: c, precedence: leave, \
             from: {from}, until: {until}, want: {{active: false}}}}}}]"
        );
        RuleSet::load(&[file(&rules)]).map(|_| ()).map_err(|error| error.code())
    };
    let never = Err(Code::RulesNeverInForce);
    assert_eq!(span("last_day_of_work at 18:00", "last_day_of_work at 09:00"), never);
    assert_eq!(span("last_day_of_work", "last_day_of_work at 23:59"), never);
    assert_eq!(span("last_day_of_work at 18:00", "last_day_of_work at 18:00"), never);
    assert_eq!(span("last_day_of_work at 18:00", "last_day_of_work"), Ok(()));
    assert_eq!(span("effective_at at 18:00", "effective_at at 09:00 + 1d"), Ok(()));
    // Only the event tells.
    assert_eq!(span("effective_at", "effective_at at 18:00"), Ok(()));
    assert_eq!(span("effective_at at 18:00", "last_day_of_work at 09:00"), Ok(()));
    let literal = "'2026-10-02T00:00:00Z'";
    assert_eq!(span(literal, "'2026-10-01T00:00:00Z at 09:00'"), Ok(()));
}

#[test]
fn rule_that_would_park_every_revocation_is_refused() {
    let rules = |from: &str| beginning("worker.terminated, worker.access.revoked", from);
    assert_snapshot!(refusal(&rules("last_day_of_work")), @"rules.yaml:1: rule `r` reckons from `last_day_of_work`, which an event of the type `worker.access.revoked` never tells, for it takes effect at once; give that type a rule of its own");
    assert_snapshot!(refusal(&rules("effective_at at 18:00 - 1h")), @"rules.yaml:1: rule `r` reckons from `effective_at at 18:00`, which an event of the type `worker.access.revoked` never tells, for it takes effect at once; give that type a rule of its own");
    load(&rules("effective_at - 1h"));
}

/// The page is what rule authors copy from.
#[test]
fn example_of_the_page_does_what_it_says() {
    let page = include_str!("../../../../docs/time.md");
    let rules = page.split("```yaml\n").find(|block| block.starts_with("rules:")).unwrap();
    let rules = load(rules.split("```").next().unwrap());
    let mut hired = event("worker.hired", json!({"last_day_of_work": "2026-12-31"}));
    hired.calendar = calendar("Asia/Tokyo", None, Some("2026-12-31"));
    assert_snapshot!(told(&rules.evaluate(&hired).unwrap()), @r#"contract-over: assert contract-over by Person Leaver Normal 2026-12-31T09:00:00Z to ever {"groups":{"remove":["VPN_Allowed"]}}"#);
    assert_eq!(rules.evaluate(&event("worker.hired", json!({}))).unwrap(), []);
}
