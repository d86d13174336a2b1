//! A person's lines of the audit, from Kafka.

use super::Error;
use crate::config::KafkaSettings;
use crate::kafka::look::{From, Look, Span, Until};
use crate::model::RawRecord;
use crate::view::history::{History, Search};
use std::collections::BTreeMap;

const ADVICE: &str = "run `usher init`";

/// Reads the lines that are looked for, back to the first event that still counts.
pub(super) fn read(
    look: &Look,
    kafka: &KafkaSettings,
    search: Search<'_>,
) -> Result<History, Error> {
    let topic = &kafka.topics.audit;
    let oldest = search.oldest();
    let from = oldest.map_or(From::Earliest, From::At);
    let count = look.partitions(topic, ADVICE)?;
    let spans = (0..count)
        .map(|partition| look.span(topic, partition, from, Until::Now))
        .collect::<Result<Vec<Span>, _>>()?;
    let mut history = History::default();
    let mut cut: BTreeMap<i32, bool> = spans
        .iter()
        .filter(|span| span.begins_cut_off())
        .map(|span| (span.partition, true))
        .collect();
    look.read(&spans, |record: RawRecord| {
        if let Some(is_cut) = cut.get_mut(&record.partition) {
            // The first that is left: is it older than what we look for?
            *is_cut &= oldest.is_none_or(|oldest| record.timestamp > oldest);
        }
        history.take(record.key.as_deref(), record.value.as_deref(), search);
        Ok::<_, Error>(())
    })?;
    history.cut_off = cut.into_values().any(|is_cut| is_cut);
    Ok(history)
}
