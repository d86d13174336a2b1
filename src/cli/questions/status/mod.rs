//! `usher status`: whether anything waits for somebody, on one screen.

mod page;

use super::super::{Error as CliError, File, print};
use super::time::Zone;
use super::waiting::Waiting;
use super::{Error, people};
use crate::clock::Clock;
use crate::kafka::look::{From, Span, Until};
use crate::model::RawRecord;
use crate::model::ids::TenantName;
use crate::view::status::{Gathered, Lately, ShardLine, Told};
use clap::Args;
use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
pub(super) use page::page;

pub(in super::super) const EXAMPLES: &str = "\
Reads what usher has committed, and writes nothing. Says what is held, paused and stuck, what was set
aside and refused of late, what of each limit is spent, and how far the topics are read.
Exit codes: 0 nothing waits, 3 something waits for somebody; 1 failed, 2 wrong usage or configuration.

Example:
  usher status --config usher.yaml
  usher status --since 2026-11-30T08:00:00Z --json --config usher.yaml

Next:
  usher held --config usher.yaml           row by row what waits, and why
  usher errors limit.reached               what a code means";

/// So far back it is told what was set aside and refused, unless it is said.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Args)]
pub(in super::super) struct Status {
    #[command(flatten)]
    file: File,
    /// Only this tenant [default: all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// From when on it is told what was set aside and refused [default: 24 hours ago]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Show times in this zone, and read those without an offset in it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(Error::from)?;
        let now = Clock::of_this_process().now();
        let since = zone.since(self.since.as_deref()).map_err(Error::from)?;
        let since = since.unwrap_or(now.checked_sub(LATELY).unwrap_or(Timestamp::MIN));

        let waiting = Waiting::open(&self.file.path())?;
        let tenants = waiting.tenants(self.tenant.as_deref())?;
        let mut gathered = Gathered::of(&tenants, waiting.places(&tenants), now);
        gathered = gathered.of_shards(waiting.shards()?);
        waiting.each_record(&tenants, |shard, key, value| {
            gathered.take(shard, &key, value.as_deref())
        })?;
        let mut status = gathered.status(lately(&waiting, &tenants, since)?);
        for shard in &mut status.shards {
            measure(&waiting, shard);
        }
        if self.json {
            print(&format!("{:#}\n", serde_json::json!(status)))?;
        } else {
            print(&page::page(&status, &zone))?;
        }
        if status.waits { Err(Error::SomethingWaits.into()) } else { Ok(()) }
    }
}

/// What was set aside and refused since then.
fn lately(waiting: &Waiting, tenants: &[TenantName], since: Timestamp) -> Result<Told, CliError> {
    let topics = &waiting.kafka().topics;
    let mut lately = Lately::since(since, tenants);
    waiting.look().read(&spans(waiting, &topics.parked, since)?, |record: RawRecord| {
        lately.take_parked(&record);
        Ok::<_, Error>(())
    })?;
    waiting.look().read(&spans(waiting, &topics.audit, since)?, |record: RawRecord| {
        lately.take_audit(&record);
        Ok::<_, Error>(())
    })?;
    Ok(lately.told())
}

fn spans(waiting: &Waiting, topic: &str, since: Timestamp) -> Result<Vec<Span>, Error> {
    let count = waiting.look().partitions(topic, people::ADVICE)?;
    let spans = (0..count)
        .map(|partition| waiting.look().span(topic, partition, From::At(since), Until::Now));
    Ok(spans.collect::<Result<_, _>>()?)
}

/// How many records wait in the topics that a shard reads. Whoever may not see a topic is not told of it.
fn measure(waiting: &Waiting, shard: &mut ShardLine) {
    let wait = |topic: &str, (partition, next): (&i32, &i64)| {
        let span = waiting.look().span(topic, *partition, From::Earliest, Until::Now);
        Some((span.ok()?.end - next).max(0))
    };
    for (topic, partitions) in &shard.next {
        if waiting.look().partitions(topic, people::ADVICE).is_err() {
            continue;
        }
        let behind: Option<i64> = partitions.iter().map(|it| wait(topic, it)).sum();
        shard.behind.extend(behind.map(|records| (topic.clone(), records)));
    }
}
