use crate::engine::record;
use crate::engine::state::{ShardRecord, TopicRecord};
use crate::model::Mark;
use std::collections::BTreeMap;

#[test]
fn the_shards_record_reads_back_as_it_was_written() {
    let next = BTreeMap::from([(0, 7), (11, 42)]);
    let marks = BTreeMap::from([(0, vec![Mark { offset: 6, digest: u64::MAX }])]);
    let topic = TopicRecord { generation: 2, next, id: Some("x".to_owned()), marks };
    let topics = BTreeMap::from([("hr.events".to_owned(), topic)]);
    let record = ShardRecord { topics, commits: 99, ..ShardRecord::default() };
    let written = record::encode_shard(&record);
    let read: ShardRecord = record::decode(&written.key, &written.value.unwrap()).unwrap();
    assert_eq!(read, record);
}

#[test]
fn a_record_of_an_earlier_usher_reads_as_one_that_knows_less() {
    let written =
        br#"{"v":1,"body":{"topics":{"hr":{"generation":1,"next":{"0":7}}},"commits":3}}"#;
    let read: ShardRecord = record::decode("shard", written).unwrap();
    assert_eq!(read.topics["hr"].next[&0], 7);
    assert!(read.topics["hr"].marks.is_empty() && read.deployment.is_none());
}

#[test]
fn a_record_of_a_later_usher_is_refused_by_its_version() {
    let refused = record::decode::<ShardRecord>("shard", br#"{"v":9,"body":{}}"#).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "could not read the state record `shard`: it has version 9, and this usher reads up to 2; run the newer usher"
    );
}

#[test]
fn a_damaged_record_is_refused_and_never_a_default() {
    let refused =
        record::decode::<ShardRecord>("shard", br#"{"v":1,"body":{"topics":3}}"#).unwrap_err();
    assert!(refused.to_string().contains("line 1"), "{refused}");
}
