use crate::decode::{Item, Refused};
use crate::engine::rehearse::{Rehearsal, pair};
use crate::engine::settings::Timing;
use crate::engine::state::{Baseline, Person};
use crate::engine::{Record, will::wish};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::Event;
use crate::model::event_kind::EventKind;
use crate::model::ids::{PersonId, TargetName, TenantName};
use crate::model::{Alias, AliasKind, RawRecord};
use crate::rules::{RuleFile, RuleSet};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + hour * 3_600).unwrap()
}

fn rehearsal(rules: &str) -> Rehearsal {
    let file = RuleFile { name: "rules.yaml".to_owned(), text: rules.to_owned() };
    let rules = Arc::new(RuleSet::load(&[file]).unwrap());
    Rehearsal::new(TenantName::new("acme"), vec!["hr".to_owned()], rules, Timing::default())
}

fn alias(name: &str) -> Alias {
    Alias::parse(AliasKind::UserName, name).unwrap()
}

fn event(id: &str, kind: &str, hour: i64) -> Event {
    Event {
        source: "hr".to_owned(),
        id: id.to_owned(),
        kind: EventKind::parse(kind).unwrap(),
        time: at(hour),
        is_timed: true,
        sequence: None,
        aliases: vec![alias("kim")],
        employment_id: None,
        detection_id: None,
        effective_at: None,
        calendar: crate::model::event::Calendar::default(),
        correlation_id: None,
        trace: None,
        data: json!({}),
        remarks: Vec::new(),
    }
}

fn record(offset: i64, items: Vec<Item>) -> Record {
    let raw = RawRecord {
        topic: "hr".to_owned(),
        partition: 0,
        offset,
        timestamp: at(offset),
        key: None,
        value: None,
        headers: Vec::new(),
    };
    Record { raw: Arc::new(raw), items }
}

fn is(event: Event) -> Vec<Item> {
    vec![Item::Event(Box::new(event))]
}

const RULES: &str = "
rules:
  - name: hired
    on: [worker.hired]
    assert: { claim: employed, precedence: profile, want: { groups: { add: [VPN] } } }
  - name: risk
    on: [{ type: risk.raised, when: risk.score > 5 }]
    assert: { claim: quarantine, precedence: security, for: 2h, want: { groups: { remove: [VPN] } } }
";

/// Of the one person, whether VPN is wanted.
fn is_in_vpn(run: &Rehearsal, hour: i64) -> bool {
    let person = run.people().next().expect("somebody is known");
    let main = TargetName::new("main");
    let asked = wish::asked(person, &main, &BTreeSet::new(), &Baseline::default(), at(hour));
    asked.wish.groups.into_values().next() == Some(crate::model::Membership::Member)
}

#[test]
fn records_of_the_past_are_decided_by_the_clock_that_they_bear() {
    let mut run = rehearsal(RULES);
    run.take(record(1, is(event("a", "worker.hired", 1))));
    let mut risk = event("b", "risk.raised", 2);
    risk.data = json!({ "risk": { "score": 9 } });
    run.take(record(2, is(risk)));
    // What its source sends from tomorrow is parked as it would have been then.
    run.take(record(3, is(event("c", "worker.hired", 27))));
    run.take(record(4, is(event("d", "risk.raised", 4))));
    run.take(record(5, is(event("a", "worker.hired", 1))));
    let why = Why::new(Code::ValueNotJson, None, "no JSON");
    let refused =
        Refused { why, source: None, id: None, kind: None, takes_access: false, trace: None };
    run.take(record(6, vec![Item::Park(refused)]));
    assert!(!is_in_vpn(&run, 3));
    run.pass(at(10));
    assert!(is_in_vpn(&run, 10), "the quarantine has ended by itself");

    assert_eq!((run.tally.records, run.tally.events), (6, 6));
    let told: Vec<_> = run
        .tally
        .decisions
        .iter()
        .map(|((word, code), count)| {
            format!("{word} {} {count}", code.as_ref().map_or("-", |code| code.as_str()))
        })
        .collect();
    assert_eq!(
        told,
        [
            "asserted - 2",
            "duplicate - 1",
            "parked condition.failed 1",
            "parked time.in_the_future 1",
            "parked value.not_json 1",
        ]
    );
}

#[test]
fn who_has_another_id_under_other_rules_is_known_by_name() {
    let somebody = |id: &str, names: &[&str]| {
        let mut person = Person::new(PersonId::new(id), TenantName::new("acme"));
        person.aliases.extend(names.iter().map(|name| alias(name)));
        person
    };
    let before =
        [somebody("p-1", &["kim"]), somebody("p-2", &["lee", "l.lee"]), somebody("p-3", &["max"])];
    let after = [
        somebody("p-1", &["kim"]),
        somebody("p-8", &["lee"]),
        somebody("p-9", &["l.lee", "lee", "lee2"]),
        somebody("p-7", &["new"]),
    ];
    let pairs: Vec<_> = pair(before.iter(), after.iter())
        .into_iter()
        .map(|(before, after)| {
            [before, after].map(|it| it.map_or("-", |person| person.id.as_str()))
        })
        .collect();
    assert_eq!(pairs, [["p-1", "p-1"], ["p-2", "p-9"], ["p-3", "-"], ["-", "p-7"], ["-", "p-8"]]);
}
