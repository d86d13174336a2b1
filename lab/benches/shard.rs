//! What an event costs the engine: folded, planned, passed by the brakes, written ahead, and driven to
//! its end, of a shard in which nothing is held.
//!
//! `cargo bench --package usher-lab --bench shard`. Only the engine's own time counts: the provider that
//! answers is not measured.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use criterion::{Criterion, Throughput};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use usher_core::decode::{Item, SourceSettings, decode};
use usher_core::engine::brakes::limits::{Ceiling, Limit, Limits};
use usher_core::engine::brakes::protect::Protected;
use usher_core::engine::settings::{
    Mode, Quota, ShardSettings, TargetSettings, TenantSettings, Timing,
};
use usher_core::engine::{Input, Record, Shard};
use usher_core::model::{Answer, AttributeName, GroupName, RawRecord, TargetName, TenantName};
use usher_core::rules::{RuleFile, RuleSet};
use usher_lab::trial::Provider;

/// So many people a shard has.
const PEOPLE: usize = 1_000;
const START: &str = "2026-09-01T08:00:00Z";
const GROUPS: [&str; 2] = ["VPN_Allowed", "Quarantine_HighRisk"];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let rules = rules();
    let mut group = criterion.benchmark_group("a shard of 1,000 people");
    group.throughput(Throughput::Elements(1)).sample_size(30);
    for kind in ["worker.terminated", "risk.raised", "worker.transferred"] {
        group.bench_function(format!("{kind} to its end"), |bencher| {
            let mut people = Vec::new();
            let mut world = World::with_everybody_hired(&rules);
            bencher.iter_custom(|events| {
                let mut spent = Duration::ZERO;
                for _ in 0..events {
                    if people.is_empty() {
                        world = World::with_everybody_hired(&rules);
                        people = (0..PEOPLE).collect();
                    }
                    spent += world.tell(kind, people.pop().unwrap());
                }
                spent
            });
        });
    }
    group.finish();
    criterion.final_summary();
}

fn rules() -> Arc<RuleSet> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/rules/starter.yaml");
    let text = fs::read_to_string(file).unwrap();
    Arc::new(RuleSet::load(&[RuleFile { name: "starter.yaml".to_owned(), text }]).unwrap())
}

/// Limits that count everything and that nobody reaches.
fn ample() -> Limits {
    let ceiling = Ceiling { count: Some(1_000_000), percent: None };
    let mut limits = Limits::usual();
    for limit in limits.kinds.values_mut() {
        *limit = Limit { hour: ceiling, day: ceiling };
    }
    limits.group_percent = None;
    limits
}

fn settings(rules: &Arc<RuleSet>) -> ShardSettings {
    let target = TargetSettings {
        name: TargetName::new("main"),
        mode: Mode::Enforce,
        restricting_groups: [GroupName::new("Quarantine_HighRisk")].into(),
        lookup: vec![AttributeName::USER_NAME],
        custom_attributes: None,
        concurrency: 64,
        quota: Quota::per_second(100_000.0),
        members_per_call: 100,
        create_groups: false,
        formerly: Vec::new(),
        limits: ample(),
        protected: Protected::default(),
        inventory_every: None,
        reads: usher_core::inventory::Wanted::default(),
        imported_policies: None,
    };
    let tenant = TenantSettings {
        name: TenantName::new("acme"),
        rules: Arc::clone(rules),
        topics: vec!["hr".to_owned()],
        targets: vec![target],
    };
    ShardSettings::on_paper(tenant, Timing::default())
}

/// A shard, and a provider that answers at once.
struct World {
    shard: Shard,
    provider: Provider,
    now: Timestamp,
    offset: i64,
}

impl World {
    fn with_everybody_hired(rules: &Arc<RuleSet>) -> Self {
        let mut provider = Provider::default();
        for group in GROUPS {
            provider.make_group(&GroupName::new(group));
        }
        let now = START.parse().unwrap();
        let mut world = Self { shard: Shard::new(settings(rules)), provider, now, offset: 0 };
        world.shard.take_over(now);
        world.drive(Input::Tick);
        for person in 0..PEOPLE {
            world.tell("worker.hired", person);
        }
        let figures = world.shard.figures();
        assert_eq!((figures.people, figures.dirty, figures.held), (PEOPLE, 0, 0));
        world
    }

    /// An event comes, and everything that follows. Gives what the engine took of it.
    fn tell(&mut self, kind: &str, person: usize) -> Duration {
        self.now += SignedDuration::from_millis(100);
        let record = self.record(kind, person);
        self.offset += 1;
        self.drive(Input::Record(record))
    }

    fn drive(&mut self, input: Input) -> Duration {
        let mut spent = Duration::ZERO;
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let begun = Instant::now();
            let effects = self.shard.step(self.now, input);
            spent += begun.elapsed();
            inputs.extend(effects.commit.map(|commit| Input::Committed(commit.id)));
            for call in effects.calls {
                let outcome = self.provider.answer(&call.request);
                inputs.push_back(Input::Answer(Answer::new(call.id, outcome)));
            }
        }
        spent
    }

    /// As a source would have sent it, decoded.
    fn record(&self, kind: &str, person: usize) -> Record {
        let name = format!("p{person}@example.com");
        let cloud_event = json!({
            "specversion": "1.0",
            "id": format!("{kind}-{person}"),
            "source": "https://hr.example.com",
            "type": format!("io.usher.{kind}.v1"),
            "time": self.now,
            "data": {
                "worker": { "employee_id": format!("{person}"), "user_name": name },
                "risk": { "level": "high", "detection_id": format!("D-{person}") },
                "profile": { "title": kind, "department": "Research" },
            },
        });
        let raw = RawRecord {
            topic: "hr".to_owned(),
            partition: 0,
            offset: self.offset,
            timestamp: self.now,
            key: None,
            value: Some(cloud_event.to_string().into_bytes()),
            headers: Vec::new(),
        };
        let source = json!({ "topic": "hr", "format": "cloudevents", "types": ["*"] });
        let source: SourceSettings = serde_json::from_value(source).unwrap();
        let items: Vec<Item> = decode(&raw, &source);
        Record { raw: Arc::new(raw), items }
    }
}
