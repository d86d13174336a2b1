//! Parked records, and what became of those that were replayed, from Kafka.

use super::super::Error;
use super::super::waiting::Waiting;
use crate::audit::line::Line;
use crate::cli::Error as CliError;
use crate::clock::Clock;
use crate::kafka::look::{From, Span, Until};
use crate::model::RawRecord;
use crate::model::position::Position;
use crate::view::parked::{Filter, Found, Parked, Part, Row};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const ADVICE: &str = "run `usher init`";

/// What stands in lines of the audit that tell of a replay, and in no other.
const OF_REPLAYS: &[u8] = b"\"replayed_by\"";

/// The rows that are meant.
pub(in super::super::super) fn rows(
    waiting: &Waiting,
    filter: &Filter,
) -> Result<Vec<Row>, CliError> {
    let sources = waiting.sources();
    let mut parked = Parked::default();
    let from = filter.since.map_or(From::Earliest, From::At);
    each(waiting, &waiting.kafka().topics.parked, (from, Until::Now), |record| {
        if let Some(found) = Found::read(record) {
            parked.take(&found, sources.get(&found.position.record.topic));
        }
    })?;
    for span in parked.spans(filter, waiting.replay_horizon()) {
        hear(waiting, &mut parked, span)?;
    }
    Ok(parked.rows(filter))
}

/// These records, whole where somebody has the whole.
pub(in super::super::super) fn wholes(
    waiting: &Waiting,
    places: &BTreeSet<Position>,
) -> Result<BTreeMap<Position, Found>, CliError> {
    let mut wholes = BTreeMap::new();
    if places.is_empty() {
        return Ok(wholes);
    }
    let all = (From::Earliest, Until::Now);
    each(waiting, &waiting.kafka().topics.parked, all, |record| {
        let found = Found::read(record).filter(|it| places.contains(&it.position.record));
        if let Some(found) = found.filter(|it| it.part != Part::OneOfSeveral) {
            wholes.insert(found.position.record.clone(), found);
        }
    })?;
    Ok(wholes)
}

/// What the audit tells of replays from one instant to another.
fn hear(
    waiting: &Waiting,
    parked: &mut Parked,
    (from, until): (Timestamp, Timestamp),
) -> Result<(), CliError> {
    let until = if until < Clock::of_this_process().now() { Until::At(until) } else { Until::Now };
    each(waiting, &waiting.kafka().topics.audit, (From::At(from), until), |record| {
        let value = record.value.as_deref().unwrap_or_default();
        let tells = value.windows(OF_REPLAYS.len()).any(|part| part == OF_REPLAYS);
        if let Some(line) = Some(value).filter(|_| tells).and_then(Line::read) {
            parked.hear(&line);
        }
    })
}

fn each(
    waiting: &Waiting,
    topic: &str,
    (from, until): (From, Until),
    mut take: impl FnMut(&RawRecord),
) -> Result<(), CliError> {
    let look = waiting.look();
    let count = look.partitions(topic, ADVICE).map_err(Error::from)?;
    let spans = (0..count).map(|partition| look.span(topic, partition, from, until));
    let spans = spans.collect::<Result<Vec<Span>, _>>().map_err(Error::from)?;
    look.read(&spans, |record: RawRecord| {
        take(&record);
        Ok::<_, Error>(())
    })?;
    Ok(())
}
