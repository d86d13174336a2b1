use std::collections::BTreeMap;

use super::{client, reader, reserved, shard_group};
use crate::config::kafka::{KafkaSettings, Topics};
use crate::model::ShardNumber;

fn kafka_with(properties: &[(&str, &str)]) -> KafkaSettings {
    KafkaSettings {
        brokers: "kafka:9092".to_owned(),
        group: "usher".to_owned(),
        instance_id: None,
        topics: Topics::default(),
        properties: properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn properties_reach_every_client() {
    let kafka = kafka_with(&[("security.protocol", "SASL_SSL")]);
    assert_eq!(client(&kafka).get("security.protocol"), Some("SASL_SSL"));
    assert_eq!(reader(&kafka, "g").get("security.protocol"), Some("SASL_SSL"));
}

#[test]
fn what_the_promises_rest_on_cannot_be_changed() {
    let kafka = kafka_with(&[("isolation.level", "read_uncommitted"), ("sasl.mechanism", "PLAIN")]);
    assert_eq!(reader(&kafka, "g").get("isolation.level"), Some("read_committed"));
    let refused: Vec<_> = reserved(&kafka).iter().map(|(name, _)| *name).collect();
    assert_eq!(refused, ["isolation.level"]);
}

#[test]
fn a_shard_has_a_group_of_its_own_for_lag_tools() {
    assert_eq!(shard_group(&kafka_with(&[]), ShardNumber(3)), "usher-shard-3");
}
