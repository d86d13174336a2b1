use std::collections::BTreeMap;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::BaseProducer;

use super::Settings;
use super::producer::{is_fencing, producer_settings};
use crate::config::kafka::{KafkaSettings, Topics};
use crate::model::ShardNumber;

fn settings() -> Settings {
    Settings {
        kafka: KafkaSettings {
            brokers: "127.0.0.1:1".to_owned(),
            group: "usher".to_owned(),
            instance_id: None,
            topics: Topics::default(),
            properties: BTreeMap::new(),
        },
        shard: ShardNumber(7),
        instance: "a".to_owned(),
        parked_limit_bytes: 3_000_000,
    }
}

#[test]
fn the_transactional_id_belongs_to_the_shard() {
    let config = producer_settings(&settings());
    assert_eq!(config.get("transactional.id"), Some("usher-shard-7"));
}

#[test]
fn the_producer_takes_what_the_parked_topic_takes() {
    let config = producer_settings(&settings());
    let takes: usize = config.get("message.max.bytes").unwrap().parse().unwrap();
    assert!(takes >= 3_000_000);
}

#[test]
fn the_client_accepts_its_settings() {
    let producer: Result<BaseProducer, _> = producer_settings(&settings()).create();
    assert!(producer.is_ok(), "{:?}", producer.err());
}

#[test]
fn a_time_out_does_not_say_that_somebody_else_writes() {
    assert!(is_fencing(RDKafkaErrorCode::Fenced));
    assert!(!is_fencing(RDKafkaErrorCode::OperationTimedOut));
}
