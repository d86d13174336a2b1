use crate::engine::said::claims::{Instance, Mark, Noted, Word};
use crate::model::Urgency;
use crate::model::claim::{Assertion, By, Precedence, Want};
use crate::model::event::OrderKey;
use crate::model::ids::RuleName;
use jiff::Timestamp;
use proptest::prelude::*;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

fn key(sequence: Option<u32>, minute: i64, id: &str) -> OrderKey {
    OrderKey {
        sequence: sequence.map(|n| format!("{n:08}")),
        time: at(minute),
        came: 0,
        tie: 0,
        id: id.to_owned(),
    }
}

fn span(from: i64, until: Option<i64>) -> Box<Assertion> {
    Box::new(Assertion {
        precedence: Precedence::Leaver,
        from: at(from),
        until: until.map(at),
        want: Want { active: Some(false), ..Want::default() },
        then: Vec::new(),
        urgency: Urgency::Urgent,
        at_once: false,
        observed: false,
        of_account: None,
        rule: RuleName::new("r"),
        rule_hash: "0".to_owned(),
    })
}

fn says(source: &str, key: OrderKey, word: Word) -> Mark {
    Mark { source: source.to_owned(), key, word, at: None }
}

fn in_force(all: &[Instance], minute: i64) -> bool {
    all.iter().flat_map(|one| one.spans(all)).any(|span| span.is_in_force(at(minute)))
}

fn terminated() -> Instance {
    Instance::new("terminated".to_owned(), By::Person)
}

#[test]
fn a_rehire_dated_october_opens_nothing_in_august() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(10, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(100) }));
    let all = [claim];
    assert!(in_force(&all, 50));
    assert!(!in_force(&all, 100));
}

#[test]
fn a_termination_after_a_dated_rehire_leaves_the_first_one_until_the_rehire() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(10, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(100) }));
    claim.note(says("hr", key(None, 30, "c"), Word::Assert(span(200, None))));
    let all = [claim];
    assert!(in_force(&all, 99));
    assert!(!in_force(&all, 150));
    assert!(in_force(&all, 200));
}

#[test]
fn a_rehire_that_is_moved_lets_in_on_the_later_date() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(10, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(100) }));
    claim.note(says("hr", key(None, 30, "c"), Word::Withdraw { at: at(200) }));
    let all = [claim];
    assert!(in_force(&all, 150));
    assert!(!in_force(&all, 200));
}

#[test]
fn a_rehire_before_a_dated_termination_that_is_moved_behind_it_lets_the_termination_come() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(100, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(50) }));
    claim.note(says("hr", key(None, 30, "c"), Word::Withdraw { at: at(200) }));
    let all = [claim];
    assert!(!in_force(&all, 60));
    assert!(in_force(&all, 150));
    assert!(!in_force(&all, 200));
}

#[test]
fn a_rehire_after_a_rescinded_termination_does_not_bring_it_back() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(10, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(20) }));
    claim.note(says("hr", key(None, 25, "c"), Word::Withdraw { at: at(200) }));
    let all = [claim];
    assert!(!in_force(&all, 50));
}

#[test]
fn an_old_word_of_one_source_does_not_act_after_a_newer_one_of_another() {
    let mut claim = terminated();
    claim.note(says("a", key(None, 892, "1"), Word::Withdraw { at: at(892) }));
    claim.note(says("b", key(None, 893, "2"), Word::Assert(span(893, None))));
    claim.note(says("a", key(None, 924, "3"), Word::Withdraw { at: at(928) }));
    let all = [claim];
    assert!(in_force(&all, 927));
    assert!(!in_force(&all, 928));
}

#[test]
fn of_a_hire_and_its_cancellation_at_one_instant_the_cancellation_counts() {
    for (hires, cancels) in [("a", "b"), ("b", "a")] {
        let mut claim = Instance::new("employed".to_owned(), By::Person);
        let mut hired = span(30, None);
        hired.precedence = Precedence::Profile;
        hired.want = Want::default();
        claim.note(says(hires, key(None, 20, "1"), Word::Assert(hired)));
        claim.note(says(cancels, key(None, 20, "2"), Word::Withdraw { at: at(20) }));
        let all = [claim];
        assert!(!in_force(&all, 50), "hired by {hires}");
    }
}

#[test]
fn a_moved_termination_replaces_the_first_date() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(100, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Assert(span(300, None))));
    let all = [claim];
    assert!(!in_force(&all, 200));
    assert!(in_force(&all, 300));
}

#[test]
fn a_rescinded_termination_never_begins() {
    let mut claim = terminated();
    claim.note(says("hr", key(None, 10, "a"), Word::Assert(span(100, None))));
    claim.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(20) }));
    let all = [claim];
    assert!(!in_force(&all, 100));
}

#[test]
fn a_raised_that_arrives_after_its_cleared_is_stale() {
    let by = By::Detection { source: "xdr".to_owned(), id: "4711".to_owned() };
    let mut claim = Instance::new("quarantine".to_owned(), by);
    claim.note(says("xdr", key(None, 20, "b"), Word::Withdraw { at: at(20) }));
    let late = says("xdr", key(None, 10, "a"), Word::Assert(span(10, None)));
    assert_eq!(claim.note(late), Noted::Stale);
    let all = [claim];
    assert!(!in_force(&all, 30));
}

#[test]
fn a_sequence_counts_before_the_time_within_a_source() {
    let mut claim = terminated();
    claim.note(says("hr", key(Some(2), 5, "b"), Word::Withdraw { at: at(5) }));
    let earlier = says("hr", key(Some(1), 10, "a"), Word::Assert(span(10, None)));
    assert_eq!(claim.note(earlier), Noted::Stale);
}

#[test]
fn a_wide_withdrawal_covers_what_comes_later_with_an_earlier_time() {
    let mut wide = Instance::new("terminated".to_owned(), By::Person);
    wide.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(20) }));
    let mut narrow = Instance::new("terminated".to_owned(), By::Employment("E-1".to_owned()));
    narrow.note(says("payroll", key(None, 10, "a"), Word::Assert(span(10, None))));
    let all = [wide, narrow];
    assert!(!in_force(&all, 30));
}

/// As earlier versions kept them, which compared ids exactly.
#[test]
fn what_was_kept_apart_for_capitals_counts_as_one() {
    let employment = |id: &str| By::Employment(id.to_owned());
    let mut theirs = Instance::new("terminated".to_owned(), employment("E-1"));
    theirs.note(says("hr", key(None, 10, "a"), Word::Assert(span(10, None))));
    let mut again = Instance::new("terminated".to_owned(), employment("e-1"));
    again.note(says("hr", key(None, 20, "b"), Word::Withdraw { at: at(20) }));
    let mut other = Instance::new("terminated".to_owned(), employment("E-2"));
    other.note(says("hr", key(None, 10, "c"), Word::Assert(span(10, Some(30)))));
    let all = [theirs, again, other];
    assert!(in_force(&all, 29), "another employment is another");
    assert!(!in_force(&all, 30));
}

#[test]
fn a_wide_clearance_of_one_source_leaves_the_other_sources_quarantine() {
    let by = |source: &str| By::Detection { source: source.to_owned(), id: "1".to_owned() };
    let mut theirs = Instance::new("quarantine".to_owned(), by("defender"));
    theirs.note(says("defender", key(None, 10, "a"), Word::Assert(span(10, None))));
    let mut wide = Instance::new("quarantine".to_owned(), By::Source("falcon".to_owned()));
    wide.note(says("falcon", key(None, 20, "b"), Word::Withdraw { at: at(20) }));
    let all = [theirs, wide];
    assert!(in_force(&all, 30));
}

#[test]
fn at_the_same_instant_the_later_word_of_one_source_wins() {
    let mut claim = terminated();
    claim.note(says("hr", key(Some(1), 10, "a"), Word::Assert(span(10, None))));
    claim.note(says("hr", key(Some(2), 10, "b"), Word::Withdraw { at: at(10) }));
    let all = [claim];
    assert!(!in_force(&all, 10));
}

#[test]
fn at_the_same_instant_the_source_that_takes_access_wins() {
    let assert = says("a", key(None, 10, "x"), Word::Assert(span(10, None)));
    let withdraw = says("b", key(None, 10, "y"), Word::Withdraw { at: at(10) });
    for order in [[&assert, &withdraw], [&withdraw, &assert]] {
        let mut claim = terminated();
        for mark in order {
            claim.note(mark.clone());
        }
        let all = [claim];
        assert!(in_force(&all, 10));
    }
}

/// One source's history: each event has a later sequence than the one before.
fn history(source: &'static str) -> impl Strategy<Value = Vec<Mark>> {
    let word = prop_oneof![
        (0_i64..200, proptest::option::of(0_i64..300))
            .prop_map(|(from, until)| Word::Assert(span(from, until))),
        (0_i64..200).prop_map(|minute| Word::Withdraw { at: at(minute) }),
    ];
    proptest::collection::vec((word, 0_i64..100), 0..12).prop_map(move |events| {
        events
            .into_iter()
            .enumerate()
            .map(|(index, (word, minute))| {
                let sequence = u32::try_from(index).unwrap();
                says(source, key(Some(sequence), minute, &format!("{source}{index}")), word)
            })
            .collect()
    })
}

fn fold(events: &[Mark]) -> Vec<(Timestamp, Option<Timestamp>)> {
    let mut claim = terminated();
    for mark in events {
        claim.note(mark.clone());
    }
    let all = [claim];
    all.iter().flat_map(|one| one.spans(&all)).map(|span| (span.from, span.until)).collect()
}

/// Merges histories in the order that `picks` says, keeping each one's own order.
fn interleave(mut histories: Vec<Vec<Mark>>, picks: &[usize]) -> Vec<Mark> {
    let mut merged = Vec::new();
    for history in &mut histories {
        history.reverse();
    }
    let mut picks = picks.iter().cycle();
    while histories.iter().any(|history| !history.is_empty()) {
        let pick = picks.next().unwrap() % histories.len();
        merged.extend(histories[pick].pop());
        histories.retain(|history| !history.is_empty());
    }
    merged
}

proptest! {
    #[test]
    fn every_interleaving_and_every_re_delivery_gives_the_same_spans(
        first in history("hr"), second in history("payroll"), third in history("badge"),
        picks in proptest::collection::vec(0_usize..3, 1..20),
        again in proptest::collection::vec(0_usize..36, 0..6),
    ) {
        let histories = vec![first.clone(), second.clone(), third.clone()];
        let straight = fold(&histories.concat());
        let mut shuffled = interleave(histories, &picks);
        let repeated: Vec<Mark> = again.iter().filter_map(|index| shuffled.get(*index).cloned()).collect();
        shuffled.extend(repeated);
        prop_assert_eq!(fold(&shuffled), straight);
    }
}
