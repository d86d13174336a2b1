//! What must still be right after weeks: caps, and traces that are forgotten.

use crate::engine::people::fold::{self, Folded};
use crate::engine::people::forget::{forget_old, make_room};
use crate::engine::said::claims::{Instance, Mark, Word};
use crate::engine::state::Person;
use crate::model::claim::{Assertion, By, Precedence, Statement, Want};
use crate::model::event::{Calendar, Event, EventClass, OrderKey};
use crate::model::event_kind::EventKind;
use crate::model::ids::{PersonId, RuleName, TenantName};
use crate::model::position::{EventPosition, Position};
use crate::model::{Alias, AliasKind, Decision, Urgency};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn day(day: i64) -> Timestamp {
    Timestamp::from_second(day * 24 * 60 * 60).unwrap()
}

fn event(kind: &str, id: &str, at: Timestamp) -> Event {
    Event {
        source: "src".to_owned(),
        id: id.to_owned(),
        kind: EventKind::parse(kind).unwrap(),
        time: at,
        is_timed: true,
        sequence: None,
        aliases: vec![Alias::parse(AliasKind::UserName, "kim@example.com").unwrap()],
        employment_id: None,
        detection_id: None,
        effective_at: None,
        calendar: Calendar::default(),
        correlation_id: None,
        trace: None,
        data: json!({}),
        remarks: Vec::new(),
    }
}

fn fold(person: &mut Person, event: &Event, statements: Vec<Statement>) -> Folded {
    let record = Position { topic: "hr".to_owned(), generation: 0, partition: 0, offset: 0 };
    fold::fold(person, event, &EventPosition { record, index: 0 }, statements)
}

fn kim() -> Person {
    Person::new(PersonId::new("p-kim"), TenantName::new("acme"))
}

fn assertion(from: Timestamp) -> Assertion {
    Assertion {
        precedence: Precedence::Leaver,
        from,
        until: None,
        want: Want { active: Some(false), ..Want::default() },
        then: Vec::new(),
        urgency: Urgency::Urgent,
        at_once: false,
        observed: false,
        of_account: None,
        rule: RuleName::new("r"),
        rule_hash: "0".to_owned(),
    }
}

fn assert_by(by: By, from: Timestamp) -> Vec<Statement> {
    vec![Statement::Assert { claim: "terminated".to_owned(), by, assertion: assertion(from) }]
}

fn withdraw_by(by: By, at: Timestamp) -> Vec<Statement> {
    let rule = RuleName::new("w");
    vec![Statement::Withdraw { claim: "terminated".to_owned(), by, at, rule }]
}

fn in_force(person: &Person, at: Timestamp) -> bool {
    let all = &person.claims;
    all.iter().flat_map(|one| one.spans(all)).any(|span| span.is_in_force(at))
}

#[test]
fn a_rehire_whose_date_is_said_again_and_again_lets_nobody_in_before_it() {
    let mut claim = Instance::new("terminated".to_owned(), By::Person);
    let mut says = |number: i64, word| {
        let id = number.to_string();
        let key = OrderKey { sequence: None, time: day(number), came: 0, tie: 0, id };
        claim.note(Mark { source: "hr".to_owned(), key, word, at: None });
    };
    says(1, Word::Assert(Box::new(assertion(day(1)))));
    for number in 2..40 {
        says(number, Word::Withdraw { at: day(100) });
    }
    let all = [claim];
    let spans: Vec<_> = all[0].spans(&all);
    assert!(spans.iter().any(|span| span.is_in_force(day(50))), "{spans:?}");
    assert!(!spans.iter().any(|span| span.is_in_force(day(100))), "{spans:?}");
    assert!(all[0].marks.len() <= 12);
}

#[test]
fn a_rehire_dated_beyond_the_horizon_is_not_forgotten_before_it_comes() {
    let mut person = kim();
    let employment = By::Employment("E-1".to_owned());
    fold(&mut person, &event("worker.terminated", "1", day(1)), assert_by(employment, day(1)));
    // Said without the employment: it goes for all of them.
    fold(&mut person, &event("worker.rehired", "2", day(2)), withdraw_by(By::Person, day(60)));
    forget_old(&mut person, SignedDuration::from_hours(24 * 30), day(40));
    assert!(in_force(&person, day(50)));
    assert!(!in_force(&person, day(61)), "the rehire has come: {:?}", person.claims);
}

#[test]
fn what_was_withdrawn_and_forgotten_does_not_come_back_with_a_re_delivery() {
    let mut person = kim();
    let raised = event("worker.terminated", "1", day(1));
    fold(&mut person, &raised, assert_by(By::Person, day(1)));
    fold(&mut person, &event("worker.rehired", "2", day(2)), withdraw_by(By::Person, day(2)));
    forget_old(&mut person, SignedDuration::from_hours(24 * 30), day(40));
    assert!(person.claims.is_empty());
    person.recent.clear(); // Sixty-four events later.
    let again = fold(&mut person, &raised, assert_by(By::Person, day(1)));
    assert_eq!(again.decision, Decision::Stale);
    assert!(!in_force(&person, day(40)));
    let newer = event("worker.terminated", "3", day(39));
    let decision = fold(&mut person, &newer, assert_by(By::Person, day(39))).decision;
    assert_eq!(decision, Decision::Asserted);
}

#[test]
fn an_employment_that_ended_and_is_forgotten_does_not_go_on_with_a_re_delivery() {
    let of_first = |kind, id, at| {
        let employment_id = Some("E-1".to_owned());
        Event { employment_id, ..event(kind, id, at) }
    };
    let mut person = kim();
    let hired = of_first("worker.hired", "1", day(1));
    fold(&mut person, &hired, Vec::new());
    fold(&mut person, &of_first("worker.terminated", "2", day(2)), Vec::new());
    forget_old(&mut person, SignedDuration::from_hours(24 * 30), day(40));
    assert!(person.employments.is_empty());
    person.recent.clear(); // Sixty-four events later.
    fold(&mut person, &hired, Vec::new());
    assert!(person.employments.is_empty(), "{:?}", person.employments);
}

/// What `source` says; its ids need not differ from another's.
fn from(source: &str, kind: &str, id: &str, at: Timestamp) -> Event {
    Event { source: source.to_owned(), ..event(kind, id, at) }
}

fn detection(source: &str, id: &str) -> By {
    By::Detection { source: source.to_owned(), id: id.to_owned() }
}

#[test]
fn a_cut_of_a_source_that_lags_behind_counts_though_what_others_said_since_is_forgotten() {
    let mut person = kim();
    let raised = from("near", "risk.raised", "1", day(1));
    fold(&mut person, &raised, assert_by(detection("near", "1"), day(1)));
    let cleared = from("near", "risk.cleared", "2", day(5));
    fold(&mut person, &cleared, withdraw_by(detection("near", "1"), day(5)));
    forget_old(&mut person, SignedDuration::ZERO, day(6));
    assert!(person.claims.is_empty());
    let late = from("far", "risk.raised", "1", day(3));
    let decided = fold(&mut person, &late, assert_by(detection("far", "1"), day(3)));
    assert_eq!((decided.decision, decided.is_blind), (Decision::Asserted, true));
    assert!(in_force(&person, day(6)));
    // What the first source said comes back with no re-delivery all the same.
    person.recent.clear();
    let again = fold(&mut person, &raised, assert_by(detection("near", "1"), day(1)));
    assert_eq!((again.decision, again.is_blind), (Decision::Stale, false));
}

#[test]
fn what_gives_access_and_is_older_than_what_was_forgotten_lets_nobody_in() {
    let mut person = kim();
    let employed = |from| {
        let assertion =
            Assertion { precedence: Precedence::Profile, want: Want::default(), ..assertion(from) };
        vec![Statement::Assert { claim: "employed".to_owned(), by: By::Person, assertion }]
    };
    let rule = RuleName::new("w");
    let cancelled = vec![Statement::Withdraw {
        claim: "employed".to_owned(),
        by: By::Person,
        at: day(5),
        rule,
    }];
    fold(&mut person, &from("near", "worker.hired", "1", day(1)), employed(day(1)));
    fold(&mut person, &from("near", "worker.hire.cancelled", "2", day(5)), cancelled);
    forget_old(&mut person, SignedDuration::ZERO, day(6));
    // Another source tells of the same hire, and not yet of its cancellation.
    let late = from("far", "worker.hired", "1", day(1));
    let late = fold(&mut person, &late, employed(day(1)));
    assert_eq!((late.decision, late.is_blind), (Decision::Stale, true));
    // What is said after all that counts, and nothing is asked.
    let new = fold(&mut person, &from("far", "worker.hired", "2", day(6)), employed(day(6)));
    assert_eq!((new.decision, new.is_blind), (Decision::Asserted, false));
}

#[test]
fn a_record_that_is_full_forgets_first_what_has_been_over_for_longest() {
    let mut person = kim();
    let mut last = 0;
    while !person.is_too_large_for(EventClass::Security) {
        last += 1;
        let (by, at) = (detection("src", &last.to_string()), day(last));
        let over = at + SignedDuration::from_hours(1);
        let raised = event("risk.raised", &format!("{last} raised"), at);
        fold(&mut person, &raised, assert_by(by.clone(), at));
        let cleared = event("risk.cleared", &format!("{last} cleared"), over);
        fold(&mut person, &cleared, withdraw_by(by, over));
    }
    assert!(make_room(&mut person, EventClass::Security, day(last + 1)));
    let knows = |number: i64| {
        let by = detection("src", &number.to_string());
        person.claims.iter().any(|claim| claim.by == by)
    };
    assert!(knows(last) && !knows(1));
}

#[test]
fn of_many_sources_that_are_forgotten_the_traces_stay_few_and_nothing_comes_back() {
    let mut person = kim();
    for number in 1..100 {
        let source = format!("export-{number}");
        let raised = from(&source, "risk.raised", "1", day(number));
        fold(&mut person, &raised, assert_by(detection(&source, "1"), day(number)));
        let over = day(number) + SignedDuration::from_hours(1);
        let cleared = from(&source, "risk.cleared", "2", over);
        fold(&mut person, &cleared, withdraw_by(detection(&source, "1"), over));
    }
    forget_old(&mut person, SignedDuration::ZERO, day(200));
    assert!(person.claims.is_empty() && person.last_words.len() <= 32);
    person.recent.clear();
    for number in [1, 50, 99] {
        let source = format!("export-{number}");
        let again = from(&source, "risk.raised", "1", day(number));
        let decided = fold(&mut person, &again, assert_by(detection(&source, "1"), day(number)));
        assert_eq!(decided.decision, Decision::Stale, "{source}");
    }
}
