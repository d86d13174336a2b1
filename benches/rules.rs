//! What trying rules costs, and what an event costs that works: fixtures a second, and one event folded
//! and planned for somebody with ten claims.
//!
//! `cargo bench --bench rules`; the design asks for 5,000 fixtures a second on one core, and for 20 µs
//! an event at the median.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use criterion::{BatchSize, Criterion, Throughput};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use usher::decode::{Item, SourceSettings, decode};
use usher::engine::deeds::plan::{self, Groups};
use usher::engine::people::fold::fold;
use usher::engine::state::{Baseline, Binding, Known, Person, Seat};
use usher::engine::will::wish;
use usher::model::event::Event;
use usher::model::{
    AttributeName, EventPosition, GroupName, GroupRef, PersonId, Position, RawRecord, ScimId,
    TargetName, TenantName, Value,
};
use usher::rules::{RuleFile, RuleSet};
use usher::story::Suite;
use usher::trial::{self, Coverage, Others};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    fixtures(&mut criterion);
    event(&mut criterion);
    criterion.final_summary();
}

fn config(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(path)
}

fn rules(names: &[&str]) -> Arc<RuleSet> {
    let read = |name: &&str| RuleFile {
        name: (*name).to_owned(),
        text: fs::read_to_string(config(&format!("rules/{name}"))).unwrap(),
    };
    let files: Vec<_> = names.iter().map(read).collect();
    Arc::new(RuleSet::load(&files).unwrap())
}

/// The fixtures that ship, under the rules that they name.
fn fixtures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fixtures");
    for (name, needs) in [
        ("leaver.yaml", &["leaver.yaml"][..]),
        ("quarantine.yaml", &["quarantine.yaml"]),
        ("starter.yaml", &["starter.yaml"]),
    ] {
        let text = fs::read_to_string(config(&format!("fixtures/{name}"))).unwrap();
        let rules = rules(needs);
        let suite = Suite::parse(name, &text).unwrap();
        group.throughput(Throughput::Elements(suite.len() as u64));
        group.bench_function(format!("{name} played"), |bencher| {
            let mut coverage = Coverage::of(&rules);
            bencher.iter(|| trial::play(&suite, &Others::new(), &mut coverage).unwrap());
        });
        group.bench_function(format!("{name} read and played"), |bencher| {
            bencher.iter(|| {
                let suite = Suite::parse(name, &text).unwrap();
                let mut coverage = Coverage::of(&rules);
                trial::play(&suite, &Others::new(), &mut coverage).unwrap()
            });
        });
    }
    group.finish();
}

/// Groups of which everything is known, and nobody is in any.
struct Open;

impl Groups for Open {
    fn reference(&self, name: &GroupName) -> Option<GroupRef> {
        Some(GroupRef { name: name.clone(), id: ScimId::new("g") })
    }

    fn is_missing(&self, _: &GroupName) -> bool {
        false
    }

    fn is_member(&self, _: &GroupName, _: &ScimId) -> Option<bool> {
        Some(false)
    }
}

const NOW: &str = "2026-09-01T08:00:00Z";

/// Where in its topic an event stands.
fn place(offset: i64) -> EventPosition {
    let record = Position { topic: "hr".to_owned(), generation: 0, partition: 0, offset };
    EventPosition { record, index: 0 }
}

/// As a source would have sent it, decoded.
fn event_of(kind: &str, number: i64) -> Event {
    let now: Timestamp = NOW.parse().unwrap();
    let cloud_event = json!({
        "specversion": "1.0",
        "id": format!("e{number}"),
        "source": "https://xdr.example.com",
        "type": format!("io.usher.{kind}.v1"),
        "time": now - SignedDuration::from_secs(1000 - number),
        "data": {
            "worker": { "employee_id": "88213", "user_name": "kim@example.com" },
            "risk": { "level": "high", "detection_id": format!("D-{number}") },
            "employment": { "type": "contractor", "id": format!("E-{number}") },
            "profile": { "title": "Engineer", "department": "Research" },
        },
    });
    let raw = RawRecord {
        topic: "events".to_owned(),
        partition: 0,
        offset: 0,
        timestamp: now,
        key: None,
        value: Some(cloud_event.to_string().into_bytes()),
        headers: Vec::new(),
    };
    let source = json!({ "topic": "events", "format": "cloudevents", "types": ["*"] });
    let source: SourceSettings = serde_json::from_value(source).unwrap();
    let event = decode(&raw, &source).into_iter().find_map(|item| match item {
        Item::Event(event) => Some(*event),
        _ => None,
    });
    event.unwrap()
}

/// Somebody with ten claims: two of a hire and one that it withdraws, one of leave, six quarantines.
fn with_ten_claims(rules: &RuleSet) -> Person {
    let tenant = TenantName::new("acme");
    let mut person = Person::new(PersonId::first_seen(&tenant, "s", "e"), tenant);
    let quarantines = (3..9).map(|number| ("risk.raised", number));
    let all = [("worker.hired", 1), ("worker.leave.started", 2)].into_iter().chain(quarantines);
    for (kind, number) in all {
        let event = event_of(kind, number);
        let statements = rules.evaluate(&event).unwrap();
        fold(&mut person, &event, &place(number), statements);
    }
    assert_eq!(person.claims.len(), 10);
    person
}

/// One event from its rules to its plan.
fn event(criterion: &mut Criterion) {
    let rules = rules(&["starter.yaml"]);
    let person = with_ten_claims(&rules);
    let target = TargetName::new("main");
    let restricting: BTreeSet<_> = [GroupName::new("Quarantine_HighRisk")].into();
    let now: Timestamp = NOW.parse().unwrap();
    let attributes: BTreeMap<AttributeName, Value> =
        [(AttributeName::USER_NAME, Value::Text("kim@example.com".to_owned()))].into();
    let mut seat = Seat::new(now);
    seat.binding = Binding::Bound(ScimId::new("a-1"));
    seat.known = Some(Known { active: Some(true), attributes: Some(attributes) });
    let mut group = criterion.benchmark_group("event with ten claims");
    for kind in ["risk.raised", "worker.terminated", "worker.hired"] {
        let event = event_of(kind, 500);
        group.bench_function(format!("{kind} folded and planned"), |bencher| {
            bencher.iter_batched_ref(
                || person.clone(),
                |person| {
                    let statements = rules.evaluate(&event).unwrap();
                    let folded = fold(person, &event, &place(500), statements);
                    let asked =
                        wish::asked(person, &target, &restricting, &Baseline::default(), now);
                    let plan = plan::build(&seat, &asked.wish, (&restricting, &Open));
                    (folded, plan)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}
