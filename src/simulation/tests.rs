//! The simulation in small: enough seeds to notice, few enough to wait for.

use super::{Keep, Protection, run};

#[test]
fn thirty_worlds_keep_every_promise() {
    for seed in 1..=30 {
        let outcome = run(seed, None, Keep::Nothing).expect("the rule file loads");
        assert!(
            outcome.violation.is_none(),
            "seed {seed}: {:?}; `usher-sim --seeds {seed}..{seed}` tells how",
            outcome.violation
        );
        assert!(outcome.tally.results > 0, "seed {seed} came to nothing");
    }
}

#[test]
fn a_seed_replays_to_the_last_detail() {
    let once = run(7, None, Keep::History).expect("the rule file loads");
    let again = run(7, None, Keep::History).expect("the rule file loads");
    assert!(!once.history.is_empty());
    assert_eq!(once.history, again.history);
}

#[test]
fn without_fencing_a_promise_breaks() {
    assert!(breaks(Protection::Fencing));
}

#[test]
fn without_the_lease_a_promise_breaks() {
    assert!(breaks(Protection::Lease));
}

#[test]
fn without_the_write_ahead_a_promise_breaks() {
    assert!(breaks(Protection::WriteAhead));
}

#[test]
fn without_doubt_of_what_got_no_answer_a_promise_breaks() {
    assert!(breaks(Protection::Doubt));
}

#[test]
fn without_patience_with_the_lease_of_the_last_owner_a_promise_breaks() {
    assert!(breaks(Protection::Patience));
}

fn breaks(without: Protection) -> bool {
    (1..=200).any(|seed| {
        run(seed, Some(without), Keep::Nothing).expect("the rule file loads").violation.is_some()
    })
}
