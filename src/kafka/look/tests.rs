use super::{Error, From, Look, Span, Until};
use crate::config::KafkaSettings;
use jiff::Timestamp;
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use std::time::Duration;

const TOPIC: &str = "events";

/// A Kafka in this process that does not look up by time; it ends with this.
struct Kafka {
    _cluster: MockCluster<'static, DefaultProducerContext>,
    look: Look,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// With these records: partition and second.
fn holding(records: &[(i32, i64)]) -> Kafka {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 3, 1).unwrap();
    let brokers = cluster.bootstrap_servers();
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", &brokers).create().unwrap();
    for (partition, second) in records {
        let payload = second.to_string();
        let record = BaseRecord::<(), str>::to(TOPIC)
            .partition(*partition)
            .payload(&payload)
            .timestamp(at(*second).as_millisecond());
        producer.send(record).map_err(|(error, _)| error).unwrap();
        // Each on its own, so that the order in a partition is that of the list.
        producer.flush(Duration::from_secs(10)).unwrap();
    }
    let kafka: KafkaSettings =
        serde_json::from_value(serde_json::json!({ "brokers": brokers })).unwrap();
    Kafka { _cluster: cluster, look: Look::open(&kafka).unwrap() }
}

impl Kafka {
    fn spans(&self, from: From, until: Until) -> Vec<Span> {
        let count = self.look.partitions(TOPIC, "").unwrap();
        let span = |partition| self.look.span(TOPIC, partition, from, until).unwrap();
        (0..count).map(span).collect()
    }

    /// Partition and second of what is read.
    fn read(&self, spans: &[Span]) -> Vec<(i32, i64)> {
        let mut read = Vec::new();
        let outcome = self.look.read::<Error>(spans, |record| {
            read.push((record.partition, record.timestamp.as_second() - 1_790_000_000));
            Ok(())
        });
        outcome.unwrap();
        read
    }
}

#[test]
fn partitions_are_merged_by_time_and_each_keeps_its_order() {
    let kafka = holding(&[(0, 10), (0, 30), (0, 20), (2, 5), (2, 25), (2, 40)]);
    let spans = kafka.spans(From::Earliest, Until::Now);
    assert_eq!(spans.iter().map(Span::length).collect::<Vec<_>>(), [3, 0, 3]);
    assert!(spans.iter().all(|span| !span.begins_cut_off()));
    let expected = [(2, 5), (0, 10), (2, 25), (0, 30), (0, 20), (2, 40)];
    assert_eq!(kafka.read(&spans), expected);
}

#[test]
fn where_kafka_cannot_look_up_by_time_the_records_own_times_tell() {
    let kafka = holding(&[(0, 10), (0, 20), (1, 15), (1, 30)]);
    let range = kafka.spans(From::At(at(15)), Until::At(at(30)));
    assert_eq!(kafka.read(&range), [(1, 15), (0, 20)]);
    assert_eq!(kafka.read(&kafka.spans(From::At(at(31)), Until::Now)), []);
}

#[test]
fn what_comes_in_after_the_end_was_asked_for_is_not_part_of_it() {
    let kafka = holding(&[(0, 10), (0, 20)]);
    let mut spans = kafka.spans(From::Earliest, Until::Now);
    spans[0].end = 1;
    assert_eq!(kafka.read(&spans), [(0, 10)]);
}

#[test]
fn an_error_of_the_taker_ends_the_look() {
    let kafka = holding(&[(0, 10), (0, 20)]);
    let mut taken = 0;
    let outcome = kafka.look.read(&kafka.spans(From::Earliest, Until::Now), |_| {
        taken += 1;
        Err(Error::Silent { topic: TOPIC.to_owned(), seconds: 1 })
    });
    assert!(matches!(outcome, Err(Error::Silent { .. })));
    assert_eq!(taken, 1);
}
