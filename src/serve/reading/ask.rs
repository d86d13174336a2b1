//! Asks Kafka every now and then: whether it answers, and where the input topics end.

use super::Reading;
use crate::clock::Clock;
use crate::kafka::clients::reach;
use crate::kafka::look::{self, From, Look, Until};
use crate::model::ids::ShardNumber;
use crate::serve::memory::Memory;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

impl Reading {
    /// Asks until the shutdown.
    pub(super) async fn ask_on(self) -> Result<(), Infallible> {
        let every = Duration::try_from(self.lag_every).unwrap_or(super::PAUSE);
        let mut look: Option<Arc<Look>> = None;
        while !self.shutdown.is_begun() {
            let asked = self.ask(&mut look).await;
            let now = Clock::of_this_process().now();
            self.memory.hear(|hearing| match asked {
                Ok(ends) => {
                    hearing.answers(now);
                    hearing.ends.extend(ends);
                }
                Err(why) => hearing.is_silent(why, now),
            });
            if look.is_some() {
                self.pause(every).await;
            } else {
                self.pause(super::PAUSE).await;
            }
        }
        Ok(())
    }

    async fn ask(&self, look: &mut Option<Arc<Look>>) -> Result<Ends, String> {
        let open = if let Some(open) = look.take() {
            open
        } else {
            reach::reach(&self.kafka).await.map_err(|error| error.to_string())?;
            let open = Look::open(&self.kafka).map_err(|error| crate::observe::chain(&error))?;
            Arc::new(open)
        };
        let (memory, asked) = (Arc::clone(&self.memory), Arc::clone(&open));
        let control = self.kafka.topics.control.clone();
        let ends = tokio::task::spawn_blocking(move || ends(&asked, &memory, &control)).await;
        let ends = ends.map_err(|crashed| crashed.to_string())?;
        let ends = ends.map_err(|error| crate::observe::chain(&error))?;
        *look = Some(open);
        Ok(ends)
    }
}

/// By topic and partition the first offset that is not there yet.
type Ends = BTreeMap<String, BTreeMap<i32, i64>>;

/// The ends of the topics that shards read. Whoever may not see one is not told of it.
fn ends(look: &Look, memory: &Memory, control: &str) -> Result<Ends, look::Error> {
    // A sign of life, whatever else may be seen.
    look.partitions(control, "run `usher init`")?;
    let mut asked: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
    let known = memory.known();
    for number in 0..known.hearing.shards.unwrap_or_default() {
        let Some(shard) = known.orders.shard(ShardNumber(number)) else { continue };
        for (topic, read) in &shard.topics {
            asked.entry(topic.clone()).or_default().extend(&read.next);
        }
    }
    drop(known);
    for (topic, partitions) in &mut asked {
        if look.partitions(topic, "").is_err() {
            partitions.clear();
        }
        partitions.retain(|partition, end| {
            let span = look.span(topic, *partition, From::Earliest, Until::Now);
            if let Ok(span) = &span {
                *end = span.end;
            }
            span.is_ok()
        });
    }
    Ok(asked)
}
