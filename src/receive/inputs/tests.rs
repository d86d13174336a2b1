use std::collections::BTreeMap;

use super::reader::Place;
use super::reader::checks::reading_at;
use super::{FETCH_WAIT, Partitions, lag_behind, settings};
use crate::config::kafka::KafkaSettings;
use crate::model::ShardNumber;

#[test]
fn a_position_inside_its_partition_is_in_place() {
    assert_eq!(reading_at(5, 5, (0, 10)), Place::In);
    assert_eq!(reading_at(10, 10, (0, 10)), Place::In, "everything is read");
}

#[test]
fn a_position_behind_the_end_shows_a_topic_that_was_made_anew() {
    assert_eq!(reading_at(11, 11, (0, 10)), Place::BehindTheEnd);
    assert_eq!(reading_at(11, 12, (0, 10)), Place::BehindTheEnd);
}

#[test]
fn a_position_before_the_oldest_record_was_lost_to_retention() {
    assert_eq!(reading_at(2, 2, (3, 10)), Place::BeforeTheStart);
}

/// At ten events a second this is met at each look; nobody must stop to ask again.
#[test]
fn records_that_came_after_the_look_make_no_displaced_position() {
    assert_eq!(reading_at(10, 11, (0, 10)), Place::In);
    assert_eq!(reading_at(2, 4, (3, 10)), Place::In);
}

#[test]
fn lag_is_what_lies_between_the_positions_and_the_ends() {
    let ends = BTreeMap::from([
        (("hr".to_owned(), 0), 10),
        (("hr".to_owned(), 1), 5),
        (("xdr".to_owned(), 0), 7),
    ]);
    let positions = [("hr".to_owned(), 0, 4), ("hr".to_owned(), 1, 5), ("xdr".to_owned(), 0, 9)];
    let lag = lag_behind(&ends, &positions);
    assert_eq!(lag, BTreeMap::from([("hr".to_owned(), 6), ("xdr".to_owned(), 0)]));
}

#[test]
fn how_long_an_empty_fetch_waits_can_be_configured() {
    let fetch_wait = |properties: serde_json::Value| {
        let kafka = serde_json::json!({ "brokers": "localhost:9092", "properties": properties });
        let kafka: KafkaSettings = serde_json::from_value(kafka).unwrap();
        settings(&kafka, ShardNumber(0)).unwrap().get(FETCH_WAIT).map(str::to_owned)
    };
    assert_eq!(fetch_wait(serde_json::json!({})).as_deref(), Some("100"));
    assert_eq!(fetch_wait(serde_json::json!({ "fetch.wait.max.ms": "5" })).as_deref(), Some("5"));
}

#[test]
fn a_shard_reads_its_own_partition_of_the_control_topic_and_no_other() {
    assert_eq!(Partitions::All.of(3), 0..3);
    assert_eq!(Partitions::One(2).of(3), 2..3);
    assert!(Partitions::One(3).of(3).is_empty(), "it is not there");
}
