//! Every metric, once: its name, its unit, its help and its labels.
//!
//! Labels come from words of the glossary and from the configuration, never from ids or texts; all
//! words stand at zero from the start, so that a rate can be taken of the first event.

mod brakes;
mod commit;
mod doors;
mod comparisons;
mod inputs;
mod labels;
mod serve;
mod shards;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::engine::Figures;
use crate::engine::brakes::figures::BrakeFigures;
use crate::model::{Answer, Request, ShardNumber};
use brakes::BrakeGauges;
pub use commit::CommitFigures;
use comparisons::ComparisonFigures;
pub use doors::DoorEnd;
use doors::DoorFigures;
use inputs::InputFigure;
use labels::{
    CALL_STATUSES, CallLabels, CommitLabels, DECISIONS, DecisionLabels, MemberLabels, NOTES,
    NoteLabels, OPERATIONS, OperationLabels, RESULTS, RestoreLabels, ResultLabels, TargetLabels,
    TypeLabels, TypesKnown, operation_word, status_class,
};
pub use serve::LoginEnd;
use serve::ServeFigures;
use shards::ShardGauges;

/// How a commit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitEnd {
    Committed,
    Fenced,
    Refused,
    Ambiguous,
}

/// How a restore ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreEnd {
    Restored,
    Failed,
}

/// The figures of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    events: Family<DecisionLabels, Counter>,
    results: Family<ResultLabels, Counter>,
    notes: Family<NoteLabels, Counter>,
    parked: Counter,
    parked_cuts: Counter,
    foreign_events: Family<TypeLabels, Counter>,
    unknown_members: Family<MemberLabels, Counter>,
    input_changes: Counter,
    commits: Family<CommitLabels, Counter>,
    commit_seconds: Histogram,
    calls: Family<CallLabels, Counter>,
    call_seconds: Family<OperationLabels, Histogram, fn() -> Histogram>,
    restores: Family<RestoreLabels, Counter>,
    restore_seconds: Histogram,
    fenced: Counter,
    shards_owned: Gauge,
    shards: ShardGauges,
    input_lag: InputFigure,
    target_fails: Family<TargetLabels, Gauge>,
    input_stalled: InputFigure,
    topics_unfit: Gauge,
    brakes: BrakeGauges,
    comparisons: ComparisonFigures,
    serve: ServeFigures,
    doors: DoorFigures,
    types_known: TypesKnown,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("usher"),
            events: Family::default(),
            results: Family::default(),
            notes: Family::default(),
            parked: Counter::default(),
            parked_cuts: Counter::default(),
            foreign_events: Family::default(),
            unknown_members: Family::default(),
            input_changes: Counter::default(),
            commits: Family::default(),
            commit_seconds: durations(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(durations),
            restores: Family::default(),
            restore_seconds: durations(),
            fenced: Counter::default(),
            shards_owned: Gauge::default(),
            shards: ShardGauges::default(),
            input_lag: InputFigure::new(i64::saturating_add),
            target_fails: Family::default(),
            input_stalled: InputFigure::new(i64::max),
            topics_unfit: Gauge::default(),
            brakes: BrakeGauges::default(),
            comparisons: ComparisonFigures::default(),
            serve: ServeFigures::default(),
            doors: DoorFigures::default(),
            types_known: TypesKnown::default(),
        };
        metrics.register_counters();
        metrics.register_gauges();
        metrics.shards.register(&mut metrics.registry);
        metrics.brakes.register(&mut metrics.registry);
        metrics.comparisons.register(&mut metrics.registry);
        metrics.serve.register(&mut metrics.registry);
        metrics.doors.register(&mut metrics.registry);
        metrics.start_at_zero();
        metrics
    }

    /// The counters and histograms; their encoder adds `_total` and the unit.
    fn register_counters(&mut self) {
        let list = &mut self.registry;
        list.register("events", "Events decided, by decision", self.events.clone());
        list.register("results", "Revisions ended, by final result", self.results.clone());
        list.register("notes", "Notes on revisions before their end", self.notes.clone());
        list.register("parked", "Records set aside for an operator", self.parked.clone());
        list.register(
            "parked_cuts",
            "Records set aside that would have taken access from somebody",
            self.parked_cuts.clone(),
        );
        list.register(
            "foreign_events",
            "Events passed over because somebody else's type says so, by type",
            self.foreign_events.clone(),
        );
        list.register(
            "unknown_members",
            "Members of events that usher knows nothing of, by topic and name",
            self.unknown_members.clone(),
        );
        list.register(
            "input_changes",
            "Times an input topic was made anew, or had lost records before they were read",
            self.input_changes.clone(),
        );
        list.register("commits", "Kafka transactions, by how they ended", self.commits.clone());
        list.register_with_unit(
            "commit",
            "From handing a commit over to its end",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        list.register(
            "calls",
            "SCIM calls answered, by operation and class of status",
            self.calls.clone(),
        );
        list.register_with_unit(
            "call",
            "From a SCIM request to its answer",
            Unit::Seconds,
            self.call_seconds.clone(),
        );
        list.register("restores", "Takeovers of a shard, by how they ended", self.restores.clone());
        list.register_with_unit(
            "restore",
            "From being assigned a shard to its first input",
            Unit::Seconds,
            self.restore_seconds.clone(),
        );
        list.register(
            "fenced",
            "Times a shard was dropped because another owner had taken it over",
            self.fenced.clone(),
        );
    }

    fn register_gauges(&mut self) {
        let list = &mut self.registry;
        list.register(
            "shards_owned",
            "Shards that this process works on",
            self.shards_owned.clone(),
        );
        list.register(
            "input_lag_records",
            "Records of an input topic behind its end, as last committed",
            self.input_lag.shown.clone(),
        );
        list.register(
            "target_fails",
            "1 while calls to the target fail and are tried again, else 0",
            self.target_fails.clone(),
        );
        list.register_with_unit(
            "input_stalled",
            "For how long an open transaction has kept back what lies behind it",
            Unit::Seconds,
            self.input_stalled.shown.clone(),
        );
        list.register(
            "topics_unfit",
            "What is wrong with usher's own topics that no start would accept",
            self.topics_unfit.clone(),
        );
    }

    fn start_at_zero(&self) {
        self.brakes.start_at_zero();
        for decision in DECISIONS {
            drop(self.events.get_or_create(&DecisionLabels { decision }));
        }
        for result in RESULTS {
            drop(self.results.get_or_create(&ResultLabels { result }));
        }
        for note in NOTES {
            drop(self.notes.get_or_create(&NoteLabels { note }));
        }
        let ends =
            [CommitEnd::Committed, CommitEnd::Fenced, CommitEnd::Refused, CommitEnd::Ambiguous];
        for end in ends {
            drop(self.commits.get_or_create(&CommitLabels::of(end)));
        }
        for end in [RestoreEnd::Restored, RestoreEnd::Failed] {
            drop(self.restores.get_or_create(&RestoreLabels::of(end)));
        }
        for operation in OPERATIONS {
            drop(self.call_seconds.get_or_create(&OperationLabels { operation }));
            for status in CALL_STATUSES {
                drop(self.calls.get_or_create(&CallLabels { operation, status }));
            }
        }
    }

    /// A commit ended well: what it holds happened.
    pub fn committed(&self, commit: &CommitFigures, took: Duration) {
        for decision in &commit.decisions {
            self.events.get_or_create(&DecisionLabels { decision }).inc();
        }
        for result in &commit.results {
            self.results.get_or_create(&ResultLabels { result }).inc();
        }
        for note in &commit.notes {
            self.notes.get_or_create(&NoteLabels { note }).inc();
        }
        self.parked.inc_by(commit.parked);
        self.parked_cuts.inc_by(commit.parked_cuts);
        for event_type in &commit.foreign_types {
            let event_type = self.types_known.word_for(event_type);
            self.foreign_events.get_or_create(&TypeLabels { event_type }).inc();
        }
        self.input_changes.inc_by(commit.input_changes);
        self.brakes.committed(commit);
        self.commit_seconds.observe(took.as_secs_f64());
        self.commit_ended(CommitEnd::Committed);
    }

    /// An event of the topic has a member of that name, or one too many to name.
    pub fn unknown_member(&self, topic: &str, member: &str) {
        let labels = MemberLabels { topic: topic.to_owned(), member: member.to_owned() };
        self.unknown_members.get_or_create(&labels).inc();
    }

    /// A commit ended otherwise.
    pub fn commit_ended(&self, end: CommitEnd) {
        self.commits.get_or_create(&CommitLabels::of(end)).inc();
        if end == CommitEnd::Fenced {
            self.fenced.inc();
        }
    }

    /// A call has its answer.
    pub fn answered(&self, request: &Request, answer: &Answer) {
        let operation = operation_word(request);
        let status = status_class(answer);
        self.calls.get_or_create(&CallLabels { operation, status }).inc();
        self.call_seconds
            .get_or_create(&OperationLabels { operation })
            .observe(answer.latency.as_secs_f64());
    }

    /// Whether a target fails for now.
    pub fn target_fails(&self, tenant: &str, target: &str, fails: bool) {
        let labels = TargetLabels { tenant: tenant.to_owned(), target: target.to_owned() };
        self.target_fails.get_or_create(&labels).set(i64::from(fails));
    }

    /// A target is no longer ours to call.
    pub fn target_left(&self, tenant: &str, target: &str) {
        let labels = TargetLabels { tenant: tenant.to_owned(), target: target.to_owned() };
        self.target_fails.remove(&labels);
    }

    pub fn restored(&self, end: RestoreEnd, took: Duration) {
        self.restores.get_or_create(&RestoreLabels::of(end)).inc();
        if end == RestoreEnd::Restored {
            self.restore_seconds.observe(took.as_secs_f64());
        }
    }

    /// How a shard stands now.
    pub fn shard(&self, shard: ShardNumber, figures: &Figures, now: Timestamp) {
        self.shards.set(shard, figures, now);
    }

    /// How a shard's brakes stand now.
    pub fn brakes(&self, shard: ShardNumber, figures: &BrakeFigures, now: Timestamp) {
        self.brakes.set(shard, figures, now);
    }

    /// A shard is ours from here on.
    pub fn shard_taken(&self) {
        self.shards_owned.inc();
    }

    /// A shard is no longer ours: its figures are somebody else's.
    pub fn shard_left(&self, shard: ShardNumber, topics: &[String]) {
        self.shards_owned.dec();
        self.shards.leave(shard);
        self.brakes.leave(shard);
        for topic in topics {
            self.input_lag.leave(shard, topic);
            self.input_stalled.leave(shard, topic);
        }
    }

    /// How many records of a topic a shard has before it; of several shards, the sum is shown.
    pub fn input_lag(&self, shard: ShardNumber, topic: &str, records: i64) {
        self.input_lag.set(shard, topic, records);
    }

    /// For how long the stable end of a topic has stood while the topic goes on; zero: it does not. Of
    /// several shards, the longest is shown.
    pub fn input_stalled(&self, shard: ShardNumber, topic: &str, stalled: Duration) {
        let seconds = i64::try_from(stalled.as_secs()).unwrap_or(i64::MAX);
        self.input_stalled.set(shard, topic, seconds);
    }

    /// How many faults usher's own topics have.
    pub fn topics_unfit(&self, faults: usize) {
        self.topics_unfit.set(i64::try_from(faults).unwrap_or(i64::MAX));
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}

/// From half a millisecond to a minute.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 18))
}
