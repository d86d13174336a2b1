//! Several partitions as one row of records, by their times; one record of each is held at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{Error, Span};
use crate::kafka::clients::{Apart, Reported};
use crate::kafka::records::raw_record;
use crate::model::RawRecord;

/// How long nothing may arrive before the end.
const SILENCE_AT_MOST: Duration = Duration::from_secs(20);

/// How long one wait for a partition lasts.
const POLL: Duration = Duration::from_millis(50);

/// Records between two looks at what else the client has to say.
const SERVE_EVERY: u64 = 4_096;

/// A partition that is read.
struct Line<'a> {
    span: &'a Span,
    queue: PartitionQueue<Reported<Apart>>,
    head: Option<RawRecord>,
    is_over: bool,
}

pub(super) fn read<E: From<Error>>(
    consumer: &Arc<BaseConsumer<Reported<Apart>>>,
    spans: &[&Span],
    mut take: impl FnMut(RawRecord) -> Result<(), E>,
) -> Result<(), E> {
    let mut lines = start(consumer, spans)?;
    for turn in 0_u64.. {
        if turn % SERVE_EVERY == 0 {
            serve(consumer);
        }
        for line in &mut lines {
            line.fill(consumer)?;
        }
        let heads = lines.iter_mut().filter(|line| line.head.is_some());
        let first = heads.min_by_key(|line| {
            let at = line.head.as_ref().map(|head| head.timestamp);
            (at, &line.span.topic, line.span.partition)
        });
        let Some(record) = first.and_then(|line| line.head.take()) else { break };
        take(record)?;
    }
    Ok(())
}

/// Partitions get queues of their own before they are assigned; later, records would be elsewhere.
fn start<'a>(
    consumer: &Arc<BaseConsumer<Reported<Apart>>>,
    spans: &[&'a Span],
) -> Result<Vec<Line<'a>>, Error> {
    let failed = |span: &Span, cause| Error::Read { topic: span.topic.clone(), cause };
    let mut assignment = TopicPartitionList::new();
    let mut lines = Vec::new();
    for span in spans.iter().copied() {
        assignment
            .add_partition_offset(&span.topic, span.partition, Offset::Offset(span.start))
            .map_err(|cause| failed(span, cause))?;
        let queue = consumer
            .split_partition_queue(&span.topic, span.partition)
            .ok_or_else(|| failed(span, KafkaError::Canceled))?;
        lines.push(Line { span, queue, head: None, is_over: false });
    }
    if let Some(first) = spans.first() {
        consumer.assign(&assignment).map_err(|cause| failed(first, cause))?;
    }
    Ok(lines)
}

impl Line<'_> {
    /// Waits for the partition's next record, if there is one.
    fn fill(&mut self, consumer: &BaseConsumer<Reported<Apart>>) -> Result<(), Error> {
        let mut heard = Instant::now();
        let mut trouble = None;
        while self.head.is_none() && !self.is_over {
            match self.queue.poll(POLL) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    let offset = message.offset();
                    let record = (offset < self.span.end).then(|| raw_record(&message));
                    self.is_over = offset + 1 >= self.span.end;
                    self.head = record.filter(|record| self.span.holds(record));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => self.is_over = true,
                Some(Err(cause)) => trouble = Some(cause),
                None => serve(consumer),
            }
            if heard.elapsed() > SILENCE_AT_MOST {
                let topic = self.span.topic.clone();
                return Err(match trouble {
                    Some(cause) => Error::Read { topic, cause },
                    None => Error::Silent { topic, seconds: SILENCE_AT_MOST.as_secs() },
                });
            }
        }
        Ok(())
    }
}

/// Tokens are renewed and errors heard; no record arrives here.
fn serve(consumer: &BaseConsumer<Reported<Apart>>) {
    drop(consumer.poll(Duration::ZERO));
}
