//! What must still be right after weeks: caps, and traces that are forgotten.

use crate::engine::claims::{Instance, Mark, Word};
use crate::engine::fold::{fold, forget_old};
use crate::engine::state::Person;
use crate::model::claim::{Assertion, By, Precedence, Statement, Want};
use crate::model::event::{Calendar, Event, EventClass, OrderKey};
use crate::model::ids::{PersonId, RuleName, TenantName};
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
        kind: kind.to_owned(),
        class: EventClass::of(kind).unwrap(),
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
        let key = OrderKey { sequence: None, time: day(number), tie: 0, id: number.to_string() };
        claim.note(Mark { source: "hr".to_owned(), key, word });
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
