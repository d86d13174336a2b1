//! One life of a shard: taken over, restored, and turned until it must be dropped or left.

mod alarms;
mod held_back;
mod comparing;
mod strangers;
mod takeover;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::World;
use super::calls::Calls;
use super::hold::Standing;
use super::local::Local;
use super::suspects;
use crate::commit::{self, End, Writer};
use crate::comparison::Outcome;
use crate::decode::{self, SourceSettings};
use crate::engine::shard::Doubt;
use crate::engine::{Input, Record, Shard, Unreadable};
use crate::keys::KeyRing;
use crate::model::{
    Answer, Commit, CommitId, DecisionRecord, Found, Parked, RawRecord, ShardNumber,
};
use crate::observe::health::Pulse;
use crate::observe::metrics::CommitFigures;
use crate::receive::inputs::{Arrival, Doubtful, Inputs, Start};

use alarms::Alarms;
use comparing::Comparisons;
use held_back::HeldBack;
use strangers::Strangers;
pub(super) use takeover::{Unlike, live};

/// Records that may wait for a commit; above it nothing more is read.
const UNCOMMITTED_RECORDS: usize = 2_000;

/// Bytes of records in one commit, roughly: a transaction must fit into its time.
const UNCOMMITTED_BYTES: usize = 16 * 1024 * 1024;

/// What is taken in at once before effects are looked at again.
const GATHER: usize = 500;

/// How long open calls may still be answered when the shard is handed over.
const DRAIN: Duration = Duration::from_millis(500);

/// When a hand-over ends, whatever is still being written.
const DRAIN_AT_MOST: Duration = Duration::from_millis(1_200);

/// The clock may jump; so nobody sleeps longer.
const TICK_AT_LEAST: Duration = Duration::from_secs(1);

/// Why a life ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The group wanted it.
    Left,
    Fenced(commit::Error),
    /// A commit certainly is not in.
    Refused(commit::Error),
    Ambiguous(commit::Error),
    NotRestored(Box<dyn std::error::Error + Send + Sync>),
    Unreadable(Unreadable),
    /// The state can be read, and is not what was written.
    Unlike(Unlike),
    ReaderGone,
    Crashed,
}

/// A commit on its way.
struct Writing {
    id: CommitId,
    figures: CommitFigures,
    /// What it sets aside that would have taken access.
    cuts: Vec<Parked>,
    /// What it decides and somebody should look at.
    remarked: Vec<DecisionRecord>,
    /// What it tells and somebody must hear of.
    alarms: Alarms,
    began: Instant,
    end: Pin<Box<dyn Future<Output = End> + Send>>,
}

/// Something to react to.
enum Happening {
    StandingChanged,
    LocalChanged,
    KeysChanged,
    Written(End),
    Answered(Answer),
    Arrived(Option<Arrival>),
    Compared(Outcome),
    TimePassed,
}

/// What a record is read as.
enum Contents {
    Events(SourceSettings),
    /// Whatever it holds: no event comes in by the control topic.
    Commands,
}

struct Life {
    world: Arc<World>,
    number: ShardNumber,
    shard: Shard,
    /// What the records of each topic are read as.
    contents: BTreeMap<String, Contents>,
    standing: watch::Receiver<Standing>,
    local: watch::Receiver<Local>,
    writer: Writer,
    inputs: Inputs,
    calls: Calls,
    comparisons: Comparisons,
    answers: mpsc::Receiver<Answer>,
    writing: Option<Writing>,
    /// Of records that no commit has been taken of yet.
    uncommitted_bytes: usize,
    tick_at: Option<Timestamp>,
    draining_since: Option<Instant>,
    published: Instant,
    /// Whether events wait for our clock, as last told.
    is_waiting: bool,
    positions: Vec<(String, i32, i64)>,
    /// Partitions of which it was told that a transaction keeps them back.
    stalled: BTreeSet<(String, i32)>,
    strangers: Strangers,
    keys: KeyRing,
    held_back: HeldBack,
    pulse: Pulse,
}

impl Life {
    async fn run(mut self) -> Ended {
        self.follow_local();
        self.follow_keys();
        self.step(Input::Tick);
        loop {
            let happening = self.wait().await;
            if let ControlFlow::Break(ended) = self.react(happening) {
                return ended;
            }
            self.gather();
            if self.has_drained() {
                return Ended::Left;
            }
            self.keep_house();
        }
    }

    async fn wait(&mut self) -> Happening {
        let until = self.sleep_for();
        let may_read = self.may_read();
        tokio::select! {
            biased;
            _ = self.standing.changed() => Happening::StandingChanged,
            Ok(()) = self.local.changed() => Happening::LocalChanged,
            () = self.keys.changed() => Happening::KeysChanged,
            end = end_of(&mut self.writing) => Happening::Written(end),
            Some(answer) = self.answers.recv() => Happening::Answered(answer),
            arrival = self.inputs.next(), if may_read => Happening::Arrived(arrival),
            Some(outcome) = self.comparisons.next(), if may_read => Happening::Compared(outcome),
            () = tokio::time::sleep(until) => Happening::TimePassed,
        }
    }

    fn react(&mut self, happening: Happening) -> ControlFlow<Ended> {
        match happening {
            Happening::StandingChanged => return self.follow_standing(),
            Happening::LocalChanged => self.follow_local(),
            Happening::KeysChanged => self.follow_keys(),
            Happening::Written(end) => return self.written(end),
            Happening::Answered(answer) => self.step(Input::Answer(answer)),
            Happening::Arrived(Some(arrival)) => self.take_in_turn(arrival),
            Happening::Arrived(None) => return ControlFlow::Break(Ended::ReaderGone),
            Happening::Compared(outcome) => self.take_comparison(outcome),
            Happening::TimePassed => self.step(Input::Tick),
        }
        ControlFlow::Continue(())
    }

    /// What is there already goes into the same commit.
    fn gather(&mut self) {
        for _ in 0..GATHER {
            if let Ok(answer) = self.answers.try_recv() {
                self.step(Input::Answer(answer));
                continue;
            }
            if !self.may_read() {
                return;
            }
            let Some(arrival) = self.inputs.next_if_there() else {
                return;
            };
            self.take_in_turn(arrival);
        }
    }

    fn take_in(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Record(raw) => self.decode(raw),
            Arrival::Passed(passed) => self.step(Input::Passed(passed)),
            Arrival::Found(found) => self.verify(&found),
            Arrival::Verified(found) => self.start_reading(&found),
        }
    }

    fn decode(&mut self, raw: RawRecord) {
        let items = match self.contents.get(&raw.topic) {
            Some(Contents::Events(source)) => decode::decode(&raw, source),
            Some(Contents::Commands) => decode::command::decode(&raw),
            None => {
                tracing::error!(kafka.topic = raw.topic, "a record of a topic nobody configured");
                return;
            }
        };
        tracing::debug!(
            kafka.topic = raw.topic,
            kafka.partition = raw.partition,
            kafka.offset = raw.offset,
            "a record is decided"
        );
        self.strangers.meet(&raw, &items, &self.world.metrics);
        self.uncommitted_bytes += raw.value.as_ref().map_or(0, Vec::len);
        let standing = self.world.suspects.standing(&raw);
        let items = match standing {
            suspects::Standing::Free | suspects::Standing::Suspect => items,
            suspects::Standing::Convicted => suspects::parked(items),
        };
        if standing == suspects::Standing::Suspect {
            // What is due without it is not its fault.
            self.step(Input::Tick);
        }
        let raw = Arc::new(raw);
        self.world.suspects.begin(self.number, &raw);
        self.step(Input::Record(Record { raw, items }));
        self.world.suspects.end(self.number);
    }

    /// Where records were read before, it is looked whether they are still there.
    fn verify(&mut self, found: &Found) {
        let doubtful = |Doubt { partition, marks, in_full }| Doubtful { partition, marks, in_full };
        let doubts: Vec<Doubtful> = self.shard.doubts(found).into_iter().map(doubtful).collect();
        if doubts.is_empty() {
            self.start_reading(found);
        } else if let Err(error) = self.inputs.verify(found.clone(), doubts) {
            tracing::error!(error = %error, "what was read is taken for what is there");
            self.start_reading(found);
        }
    }

    fn start_reading(&mut self, found: &Found) {
        if !self.has_keys_for(found) {
            return;
        }
        let at = self.shard.read_on(found);
        self.inputs.start(Start { topic: found.topic.clone(), at });
        self.step(Input::Tick);
    }

    /// The engine decides; its effects are carried out.
    fn step(&mut self, input: Input) {
        let now = self.world.clock.now();
        let suspects = &self.world.suspects;
        let effects = suspects.watch(self.number, &mut self.shard, |shard| shard.step(now, input));
        self.tick_at = effects.next_tick;
        for call in effects.calls {
            self.calls.start(call);
        }
        if let Some(commit) = effects.commit {
            self.write(commit);
        }
    }

    fn write(&mut self, commit: Commit) {
        self.uncommitted_bytes = 0;
        self.writing = Some(Writing {
            id: commit.id,
            figures: CommitFigures::of(&commit),
            cuts: commit.parked.iter().filter(|parked| parked.takes_access).cloned().collect(),
            remarked: strangers::to_look_at(&commit.audit),
            alarms: alarms::of(&commit.audit),
            began: Instant::now(),
            end: Box::pin(self.writer.write(commit)),
        });
    }

    fn written(&mut self, end: End) -> ControlFlow<Ended> {
        let Some(writing) = self.writing.take() else {
            return ControlFlow::Continue(());
        };
        match end {
            End::Committed => {
                let took = writing.began.elapsed();
                tracing::debug!(
                    shard = %self.number,
                    commit = writing.id.0,
                    duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    "a commit is in"
                );
                self.world.metrics.committed(&writing.figures, took);
                strangers::warn_of_parked_cuts(&writing.cuts);
                strangers::warn_of_remarks(&writing.remarked);
                alarms::warn(&writing.alarms);
                self.step(Input::Committed(writing.id));
                ControlFlow::Continue(())
            }
            End::Fenced(error) => ControlFlow::Break(Ended::Fenced(error)),
            End::Refused(error) => ControlFlow::Break(Ended::Refused(error)),
            End::Ambiguous(error) => ControlFlow::Break(Ended::Ambiguous(error)),
        }
    }

    fn follow_standing(&mut self) -> ControlFlow<Ended> {
        let standing = *self.standing.borrow_and_update();
        match standing {
            Standing::Ours => ControlFlow::Continue(()),
            Standing::Lost => ControlFlow::Break(Ended::Left),
            Standing::HandOver => {
                self.draining_since.get_or_insert_with(Instant::now);
                self.shard.drain();
                self.step(Input::Tick);
                ControlFlow::Continue(())
            }
        }
    }

    /// After the time for answers is up, only what is being written is waited for; calls that are
    /// still open stay `pending`, and the next owner reads them back.
    fn has_drained(&mut self) -> bool {
        let Some(since) = self.draining_since else {
            return false;
        };
        let drained_for = since.elapsed();
        if drained_for >= DRAIN {
            self.calls.abandon();
        }
        let nothing_is_written = self.writing.is_none();
        (nothing_is_written && (self.shard.is_quiet() || drained_for >= DRAIN))
            || drained_for >= DRAIN_AT_MOST
    }

    fn may_read(&self) -> bool {
        self.draining_since.is_none()
            && !self.held_back.is_full()
            && self.uncommitted_bytes <= UNCOMMITTED_BYTES
            && self.shard.uncommitted() <= UNCOMMITTED_RECORDS
    }

    fn sleep_for(&self) -> Duration {
        let longest = match self.draining_since {
            Some(_) => Duration::from_millis(20),
            None => TICK_AT_LEAST,
        };
        let Some(tick_at) = self.tick_at else {
            return longest;
        };
        let wait = tick_at.duration_since(self.world.clock.now());
        Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(1), longest)
    }
}

/// The end of what is being written; never, if nothing is.
async fn end_of(writing: &mut Option<Writing>) -> End {
    match writing {
        Some(writing) => writing.end.as_mut().await,
        None => std::future::pending().await,
    }
}
