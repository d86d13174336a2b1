//! What is read on where, when a topic is or is not the one that was read.

use super::bench::Bench;
use crate::engine::Input;
use crate::engine::shard::Doubt;
use crate::model::{AuditEntry, Extent, Found, Passed, Sight};
use jiff::SignedDuration;

fn extent(low: i64, high: i64) -> Vec<Extent> {
    vec![Extent { partition: 0, low, high }]
}

/// A shard that has read ten records of `hr`, which Kafka called `id`, from offset 1 to 10.
fn having_read_ten(id: Option<&str>) -> Bench {
    let mut bench = Bench::ready(&[]);
    bench.shard.read_on(&found(id, 0, 1));
    for number in 0..10 {
        bench.event_of(&format!("kim{number}@example.com"), "worker.hired", serde_json::json!({}));
        bench.commit_all();
    }
    assert_eq!(bench.shard.committed_positions(), [("hr".to_owned(), 0, 11)]);
    bench
}

fn found(id: Option<&str>, low: i64, high: i64) -> Found {
    let id = id.map(str::to_owned);
    Found { topic: "hr".to_owned(), id, extents: extent(low, high), sights: Vec::new() }
}

/// Looks at all that is in doubt; below `same_below` stand the records that were read.
fn looked_at(bench: &Bench, mut found: Found, same_below: i64) -> Found {
    for Doubt { partition, marks, in_full } in bench.shard.doubts(&found) {
        for mark in marks {
            let is_same = mark.offset < same_below;
            let digest = Some(if is_same { mark.digest } else { !mark.digest });
            found.sights.push(Sight { partition, offset: mark.offset, digest });
            if is_same && !in_full {
                break;
            }
        }
    }
    found
}

fn told(bench: &mut Bench) -> Vec<(String, u32, i64)> {
    bench.step(Input::Tick);
    bench.commit_all();
    let reading = |entry: &AuditEntry| match entry {
        AuditEntry::Reading(it) => {
            Some((it.why.code.to_string(), it.position.generation, it.position.offset))
        }
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Note(_)
        | AuditEntry::Command(_) => None,
    };
    bench.audit.iter().filter_map(reading).collect()
}

#[test]
fn the_same_record_before_the_position_lets_reading_go_on_in_silence() {
    let mut bench = having_read_ten(Some("a"));
    let found = looked_at(&bench, found(Some("a"), 0, 30), i64::MAX);
    assert_eq!(found.sights.len(), 1, "one look a start");
    assert_eq!(bench.shard.read_on(&found), [(0, 11)]);
    assert!(told(&mut bench).is_empty());
}

/// A linked or copied cluster has the same records under another id.
#[test]
fn a_copied_topic_with_the_same_records_is_read_on() {
    let mut bench = having_read_ten(Some("a"));
    let found = looked_at(&bench, found(Some("b"), 0, 30), i64::MAX);
    assert!(found.sights.len() > 1, "another topic is looked at in full");
    assert_eq!(bench.shard.read_on(&found), [(0, 11)]);
    assert!(told(&mut bench).is_empty());
}

#[test]
fn a_topic_made_anew_and_filled_beyond_the_position_is_read_from_its_beginning() {
    for (was, is) in [(Some("a"), Some("b")), (None, None)] {
        let mut bench = having_read_ten(was);
        let found = looked_at(&bench, found(is, 0, 30), 0);
        assert_eq!(bench.shard.read_on(&found), [(0, 0)]);
        assert_eq!(told(&mut bench), [("topic.made_anew".to_owned(), 1, 0)]);
    }
}

/// Between two looks the new topic's records were read at the old position: they are known, and what
/// stands before them is not what was read.
#[test]
fn a_topic_made_anew_that_was_read_on_by_mistake_is_found_out() {
    let mut bench = having_read_ten(Some("a"));
    let mut found = found(Some("b"), 0, 30);
    for Doubt { partition, marks, in_full } in bench.shard.doubts(&found) {
        assert!(in_full);
        for (number, mark) in marks.iter().enumerate() {
            let digest = Some(if number == 0 { mark.digest } else { !mark.digest });
            found.sights.push(Sight { partition, offset: mark.offset, digest });
        }
    }
    assert_eq!(bench.shard.read_on(&found), [(0, 0)]);
    assert_eq!(told(&mut bench), [("topic.made_anew".to_owned(), 1, 0)]);
}

#[test]
fn a_log_cut_short_and_written_on_is_read_from_before_the_cut() {
    for id in [Some("a"), None] {
        for same_below in 2..=10 {
            let mut bench = having_read_ten(id);
            let found = looked_at(&bench, found(id, 0, 30), same_below);
            let start = bench.shard.read_on(&found)[0].1;
            assert!(start <= same_below, "what was written from {same_below} on is read: {start}");
            assert!(start > 1, "the beginning is not read again: {start}");
            let told = told(&mut bench);
            assert_eq!(told, [("topic.cut_short".to_owned(), 1, start)], "places are told apart");
        }
    }
}

#[test]
fn a_log_cut_short_below_all_that_is_known_is_read_from_its_beginning() {
    let mut bench = having_read_ten(Some("a"));
    let found = looked_at(&bench, found(Some("a"), 0, 30), 0);
    assert_eq!(bench.shard.read_on(&found), [(0, 0)]);
    assert_eq!(told(&mut bench), [("topic.cut_short".to_owned(), 1, 0)]);
}

#[test]
fn a_log_that_ends_below_the_position_goes_on_at_its_end() {
    let mut bench = having_read_ten(Some("a"));
    let found = looked_at(&bench, found(Some("a"), 0, 11), i64::MAX);
    assert_eq!(bench.shard.read_on(&found), [(0, 11)]);
    assert!(told(&mut bench).is_empty());
    let shorter = self::found(Some("a"), 0, 9);
    let found = looked_at(&bench, shorter, i64::MAX);
    let start = bench.shard.read_on(&found)[0].1;
    assert!((2..=9).contains(&start), "{start}");
}

/// Retention has deleted all that is known, and the topic is still the same one.
#[test]
fn records_deleted_by_retention_are_a_gap_and_no_new_topic() {
    let mut bench = having_read_ten(Some("a"));
    let found = looked_at(&bench, found(Some("a"), 20, 30), 0);
    assert!(found.sights.is_empty(), "there is nothing to look at");
    assert_eq!(bench.shard.read_on(&found), [(0, 20)]);
    assert_eq!(told(&mut bench), [("topic.gap".to_owned(), 0, 20)]);
}

#[test]
fn records_of_a_position_that_nobody_marked_are_read_on() {
    let mut bench = having_read_ten(None);
    assert_eq!(bench.shard.start_reading("hr", &extent(0, 30)), [(0, 11)]);
    assert!(told(&mut bench).is_empty());
}

#[test]
fn what_is_remembered_of_a_long_log_is_little_and_reaches_from_first_to_last() {
    let mut bench = Bench::ready(&[]);
    for number in 0..200 {
        bench.event_of(&format!("kim{number}@example.com"), "worker.hired", serde_json::json!({}));
        bench.commit_all();
    }
    let found = found(None, 0, 1_000);
    let marks = &bench.shard.doubts(&found)[0].marks;
    let offsets: Vec<i64> = marks.iter().map(|mark| mark.offset).collect();
    assert_eq!(offsets.first(), Some(&200));
    assert_eq!(offsets.last(), Some(&1));
    assert!(offsets.len() <= 6, "{offsets:?}");
    assert!(offsets[1] > 100, "the newer, the denser: {offsets:?}");
}

fn pass(bench: &mut Bench, next: i64) {
    let passed = Passed { topic: "hr".to_owned(), partition: 0, next };
    bench.step(Input::Passed(passed));
    bench.commit_all();
}

/// A transaction was aborted behind the last record; retention deletes up to its end.
#[test]
fn what_held_nothing_to_read_is_no_gap_when_it_is_deleted() {
    let mut bench = having_read_ten(Some("a"));
    pass(&mut bench, 20);
    let found = looked_at(&bench, found(Some("a"), 20, 20), 0);
    assert_eq!(bench.shard.read_on(&found), [(0, 20)]);
    assert!(told(&mut bench).is_empty());
}

#[test]
fn what_held_nothing_to_read_is_committed_within_seconds_and_is_no_lag() {
    let mut bench = having_read_ten(Some("a"));
    pass(&mut bench, 20);
    assert_eq!(bench.shard.committed_positions(), [("hr".to_owned(), 0, 11)], "not for its sake");
    bench.wait(SignedDuration::from_secs(10));
    bench.commit_all();
    assert_eq!(bench.shard.committed_positions(), [("hr".to_owned(), 0, 20)]);
    pass(&mut bench, 15);
    bench.wait(SignedDuration::from_hours(1));
    bench.commit_all();
    assert_eq!(bench.shard.committed_positions(), [("hr".to_owned(), 0, 20)], "it never goes back");
}

#[test]
fn what_was_passed_is_committed_before_the_shard_is_left() {
    let mut bench = having_read_ten(Some("a"));
    pass(&mut bench, 20);
    bench.shard.drain();
    bench.step(Input::Tick);
    bench.commit_all();
    assert_eq!(bench.shard.committed_positions(), [("hr".to_owned(), 0, 20)]);
}

#[test]
fn partition_in_which_everything_was_aborted_has_a_position() {
    let mut bench = Bench::ready(&[]);
    pass(&mut bench, 52);
    bench.shard.drain();
    bench.step(Input::Tick);
    bench.commit_all();
    assert_eq!(bench.shard.committed_positions(), [("hr".to_owned(), 0, 52)]);
}
