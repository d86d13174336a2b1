//! What holds from which day, whatever the clocks say.

use crate::engine::said::employment;
use crate::engine::said::profile;
use crate::engine::state::{Person, ProfileMark};
use crate::model::event::{Event, OrderKey};
use crate::model::event_kind::EventKind;
use crate::model::operation::Field;
use crate::model::{By, PersonId, TenantName, Value};
use jiff::{SignedDuration, Timestamp};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

fn kim() -> Person {
    let tenant = TenantName::new("acme");
    Person::new(PersonId::first_seen(&tenant, "hr", "1"), tenant)
}

fn told(person: &mut Person, kind: &str, minute: i64) {
    let event = Event {
        source: "hr".to_owned(),
        id: format!("{minute}"),
        kind: EventKind::parse(kind).unwrap(),
        time: at(minute),
        is_timed: true,
        sequence: None,
        aliases: Vec::new(),
        employment_id: Some("E1".to_owned()),
        detection_id: None,
        effective_at: None,
        calendar: crate::model::event::Calendar::default(),
        correlation_id: None,
        trace: None,
        data: serde_json::Value::Null,
        remarks: Vec::new(),
    };
    employment::note(person, &event, &event.order_key());
    assert!(!person.employments.is_empty(), "the word is kept");
}

#[test]
fn an_employment_that_began_again_under_its_id_is_not_forgotten() {
    let mut kim = kim();
    told(&mut kim, "worker.hired", 10);
    told(&mut kim, "worker.terminated", 20);
    told(&mut kim, "worker.rehired", 30);
    let later = at(30).checked_add(SignedDuration::from_hours(24 * 365)).unwrap();
    employment::forget_ended(&mut kim, later);
    assert_eq!(employment::going_on(&kim, later), [&By::Employment("E1".to_owned())]);
}

#[test]
fn an_employment_that_ended_long_ago_is_forgotten() {
    let mut kim = kim();
    told(&mut kim, "worker.hired", 10);
    told(&mut kim, "worker.terminated", 20);
    employment::forget_ended(&mut kim, at(50));
    assert!(kim.employments.is_empty(), "{:?}", kim.employments);
}

#[test]
fn a_word_about_today_holds_though_its_source_has_a_fast_clock() {
    let said = |minute, value: &str, from| ProfileMark {
        asked: false,
        source: "hr".to_owned(),
        key: OrderKey {
            sequence: None,
            time: at(minute),
            came: 0,
            tie: 0,
            id: format!("{minute}"),
        },
        from,
        value: Some(Value::Text(value.to_owned())).into(),
    };
    let first = said(10, "Sales", None);
    let fast = ProfileMark { source: "other".to_owned(), ..said(22, "Research", None) };
    let marks = [first, fast];
    let holds = |now| {
        profile::holding(&marks, at(now)).and_then(|mark| mark.value.value()).map(Value::to_text)
    };
    assert_eq!(holds(20).as_deref(), Some("Research"));
}

/// A request's word on an attribute counts as long as HR has none, in whatever order they are heard.
#[test]
fn hrs_word_on_an_attribute_stands_above_what_somebody_asks_for_later() {
    let said = |source: &str, minute, value: &str, asked| ProfileMark {
        asked,
        source: source.to_owned(),
        key: OrderKey { sequence: None, time: at(minute), came: 0, tie: 0, id: source.to_owned() },
        from: None,
        value: Field::Set(Value::Text(value.to_owned())),
    };
    let (hr, portal) = (said("hr", 1, "Clerk", false), said("portal", 9, "Queen", true));
    for order in [[&hr, &portal], [&portal, &hr]] {
        let mut marks = Vec::new();
        for mark in order {
            assert!(profile::note(&mut marks, mark.clone()));
        }
        assert_eq!(profile::holding(&marks, at(10)), Some(&hr));
    }
    assert_eq!(profile::holding(std::slice::from_ref(&portal), at(10)), Some(&portal));
}
