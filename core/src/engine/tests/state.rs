use crate::engine::record;
use crate::engine::record::Kept;
use crate::engine::state::{ShardRecord, Stage, TopicRecord};
use crate::model::Mark;
use crate::model::checked::Checked;
use std::collections::BTreeMap;

#[test]
fn the_shards_record_reads_back_as_it_was_written() {
    let next = BTreeMap::from([(0, 7), (11, 42)]);
    let marks = BTreeMap::from([(0, vec![Mark { offset: 6, digest: u64::MAX }])]);
    let (id, backlog) = (Some("x".to_owned()), [(0, 7)].into());
    let topic = TopicRecord { generation: 2, next, backlog, id, marks };
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

/// Records of the release before this one, as its simulation wrote them: between them they hold every
/// member that there was.
const GOLDEN: &str = include_str!("golden/v1.jsonl");

fn keyed(record: &str) -> (String, bool) {
    let is_shard = record.contains(r#""body":{"topics""#);
    (if is_shard { "shard" } else { "t0/p-1" }.to_owned(), is_shard)
}

/// What was written by the release before is read without loss: written again it is the same.
#[test]
fn records_of_the_release_before_are_read_without_loss() {
    assert!(GOLDEN.lines().count() > 20);
    let schema = Checked::by(&record::schema());
    for line in GOLDEN.lines() {
        let read = serde_json::from_str(line).unwrap();
        schema.keeps_and_needs(&read, &["/v", "/body"]);
        let (key, is_shard) = keyed(line);
        let again = if is_shard {
            record::encode_shard(&record::decode(&key, line.as_bytes()).unwrap())
        } else {
            let Kept { person, seats } = record::decode(&key, line.as_bytes()).unwrap();
            record::encode_person(&person, &seats.iter().collect())
        };
        assert_eq!(String::from_utf8(again.value.unwrap()).unwrap(), line);
    }
}

/// What the version after this one may bring: it is read, or refused by its name and place.
#[test]
fn a_record_of_the_next_version_is_read_or_refused_by_name() {
    let person = GOLDEN.lines().find(|line| line.contains(r#""want":{"active":false"#)).unwrap();
    let next = person.replacen(r#"{"v":1,"#, r#"{"v":2,"#, 1);
    let read = |text: &str| record::decode::<Kept>("t0/p-1", text.as_bytes());
    let with = |from: &str, to: &str| {
        let changed = next.replacen(from, to, 1);
        assert_ne!(changed, next, "{from}");
        changed
    };
    read(&next).unwrap();
    read(&with(r#""body":{"#, r#""body":{"shoe_size":44,"#)).unwrap();
    for (from, to, word) in [
        (r#""want":{"active":false"#, r#""want":{"session":"ended","active":false"#, "session"),
        (r#""precedence":"leaver""#, r#""precedence":"overridden""#, "overridden"),
        (r#""stage":"at_rest""#, r#""stage":"approved""#, "approved"),
    ] {
        let refused = read(&with(from, to)).unwrap_err().to_string();
        assert!(refused.contains(&format!("does not know `{word}` there")), "{refused}");
        assert!(refused.contains("body."), "{refused}");
    }
}

/// The codes of another version are kept as they are, and nothing is decided by them.
#[test]
fn codes_of_another_version_are_read_and_written_again() {
    let stuck = r#""stage":"stuck","code":"group.ambiguous""#;
    let noted = r#""notes":[["waiting","waiting.target"]"#;
    for (from, to) in [
        (stuck, r#""stage":"stuck","code":"group.of_groups""#),
        (noted, r#""notes":[["waiting","waiting.for_a_word"]"#),
    ] {
        let line = GOLDEN.lines().find(|line| line.contains(from)).unwrap().replacen(from, to, 1);
        let Kept { person, seats } = record::decode("t0/p-1", line.as_bytes()).unwrap();
        let stages = seats.values().map(|seat| &seat.stage);
        let mut codes: Vec<_> = stages
            .filter_map(
                |stage| if let Stage::Stuck { code, .. } = stage { Some(code) } else { None },
            )
            .chain(seats.values().flat_map(|seat| seat.notes.iter().map(|(_, code)| code)))
            .filter(|code| to.contains(code.as_str()))
            .collect();
        assert_eq!(codes.pop().unwrap().known(), None);
        let again = record::encode_person(&person, &seats.iter().collect());
        assert_eq!(String::from_utf8(again.value.unwrap()).unwrap(), line);
    }
}

/// A value is a person's, and stands in no message.
#[test]
fn what_is_wrong_with_a_record_is_said_without_its_values() {
    let person = GOLDEN.lines().find(|line| line.contains(r#""known_to_hr":true"#)).unwrap();
    let damaged = person.replacen(r#""known_to_hr":true"#, r#""known_to_hr":"kim@example.com""#, 1);
    let refused = record::decode::<Kept>("t0/p-1", damaged.as_bytes()).unwrap_err().to_string();
    assert!(refused.contains("body.known_to_hr") && !refused.contains("kim"), "{refused}");
}
