//! What a life tells of itself now and then: figures, positions, and what keeps its records back.

use crate::model::code::Code;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::super::local::Local;
use super::Life;
use crate::engine::Input;
use crate::receive::inputs::Stall;

/// How often positions are shown to lag tools.
const PUBLISH_EVERY: Duration = Duration::from_secs(5);

impl Life {
    /// What files beside this replica say now.
    pub(super) fn follow_local(&mut self) {
        let Local { operators, is_stopped } = self.local.borrow_and_update().clone();
        // First whether anything may be called at all.
        self.step(Input::Stopped(is_stopped));
        self.step(Input::Operators(operators));
    }

    /// Once when it begins, and when it is over.
    fn warn_of_waiting(&mut self) {
        let waiting = self.shard.waiting_for_the_clock();
        if (waiting > 0) == self.is_waiting {
            return;
        }
        self.is_waiting = waiting > 0;
        let behind_ms = self.shard.is_behind().as_millis();
        if self.is_waiting {
            tracing::error!(
                shard = %self.number,
                behind_ms,
                records = waiting,
                "events wait, for they were made later than the clock here says it is, and that is \
                 behind; set this machine's clock right, or let another replica take over"
            );
        } else {
            tracing::info!(shard = %self.number, "no event waits for the clock any more");
        }
    }

    pub(super) fn keep_house(&mut self) {
        self.pulse.beat();
        if self.published.elapsed() < PUBLISH_EVERY {
            return;
        }
        self.published = Instant::now();
        let now = self.world.clock.now();
        self.warn_of_waiting();
        self.world.metrics.shard(self.number, &self.shard.figures(), now);
        self.world.metrics.brakes(self.number, &self.shard.brake_figures(), now);
        let positions = self.shard.committed_positions();
        self.tell_stalls();
        for (topic, behind) in self.inputs.lag(&positions) {
            self.world.metrics.input_lag(self.number, &topic, behind);
        }
        if positions != self.positions {
            self.inputs.publish(positions.clone());
            self.positions = positions;
        }
    }

    /// What lies behind an open transaction is not read, and nothing else would say so.
    fn tell_stalls(&mut self) {
        let stalls = self.inputs.stalls();
        for topic in self.contents.keys() {
            let of_topic = stalls.iter().filter(|stall| stall.topic == *topic);
            let longest = of_topic.map(|stall| stall.lasts).max().unwrap_or_default();
            self.world.metrics.input_stalled(self.number, topic, longest);
        }
        let is_told = |told: &BTreeSet<(String, i32)>, stall: &Stall| {
            told.contains(&(stall.topic.clone(), stall.partition))
        };
        let fresh: Vec<&Stall> =
            stalls.iter().filter(|stall| !is_told(&self.stalled, stall)).collect();
        for stall in &fresh {
            let code = Code::TopicStalled.as_str();
            tracing::warn!(
                code,
                kafka.topic = stall.topic,
                kafka.partition = stall.partition,
                kafka.offset = stall.stable,
                lasts_s = stall.lasts.as_secs(),
                records = stall.high - stall.stable,
                "an open transaction keeps back what lies behind it; find it with \
                 `kafka-transactions.sh find-hanging`"
            );
            self.shard.note_stall(&stall.topic, stall.partition, stall.stable, stall.high);
        }
        let has_fresh = !fresh.is_empty();
        let now: BTreeSet<(String, i32)> =
            stalls.iter().map(|stall| (stall.topic.clone(), stall.partition)).collect();
        for (topic, partition) in self.stalled.difference(&now) {
            tracing::info!(
                kafka.topic = topic,
                kafka.partition = partition,
                "the transaction that kept records back has ended"
            );
        }
        self.stalled = now;
        if has_fresh {
            self.step(Input::Tick);
        }
    }
}
