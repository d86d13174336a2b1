//! New accounts that show late, or never.

use super::bench::Bench;
use super::shy::Provider;
use crate::model::ResultWord;
use crate::model::code::Code;
use jiff::SignedDuration;
use serde_json::json;

#[test]
fn a_new_account_that_shows_after_25_seconds_is_made_once_and_goes_on_within_seconds() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(25));
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_secs(8));
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.results(), [(1, ResultWord::Applied)]);
    assert!(provider.vpn.contains("a-kim"));
}

#[test]
fn who_is_terminated_before_the_new_account_shows_is_cut_by_its_id_at_once_and_when_it_shows() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    bench.event("worker.terminated", json!({}));
    provider.answer_all(&mut bench);
    assert!(provider.cuts() > 0, "tried at once");
    provider.serve(&mut bench, SignedDuration::from_secs(20));
    assert!(provider.is_active);
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_secs(8));
    assert!(!provider.is_active);
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn an_account_that_the_target_says_is_there_is_looked_for_until_it_shows() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_there: true, is_shown: false, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(25));
    assert_eq!(provider.creations(), 1, "a 409 is not asked for again and again");
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_secs(8));
    assert!(!provider.is_active);
}

#[test]
fn an_account_that_is_there_by_a_409_and_never_shows_is_a_failure_that_somebody_sees() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_there: true, is_shown: false, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_mins(5));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed);
    assert_eq!(result.why.as_ref().unwrap().code, Code::AccountUnproved);
    assert!(provider.creations() <= 3);
}

#[test]
fn a_new_account_that_never_shows_is_not_waited_for_for_ever() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_mins(12));
    assert_eq!(bench.last_result().word, ResultWord::Failed);
}

#[test]
fn a_new_owner_waits_for_the_account_that_the_last_one_made() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    let mut next = bench.next_owner();
    next.event("worker.terminated", json!({}));
    provider.serve(&mut next, SignedDuration::from_secs(10));
    provider.is_shown = true;
    provider.serve(&mut next, SignedDuration::from_secs(8));
    assert!(!provider.is_active);
    assert_eq!(provider.creations(), 1);
}

/// Kim was hired, and terminated before any reading has shown the new account; it is reached by its id.
fn cut_before_it_shows() -> (Bench, Provider) {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_shown: false, hides_inactive: true, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    assert!(!provider.is_active, "the cut waits for nothing");
    (bench, provider)
}

#[test]
fn who_is_cut_before_the_new_account_shows_is_looked_at_when_it_does() {
    let (mut bench, mut provider) = cut_before_it_shows();
    assert_eq!(bench.results(), [(1, ResultWord::Superseded)], "nobody has seen the cut");
    // An earlier call has landed late, and only now readings show the account.
    (provider.is_shown, provider.hides_inactive, provider.is_active) = (true, false, true);
    provider.serve(&mut bench, SignedDuration::from_secs(30));
    assert!(!provider.is_active);
    assert_eq!(provider.creations(), 1);
    let result = bench.last_result();
    assert_eq!((result.word, result.why.as_ref()), (ResultWord::Applied, None));
}

#[test]
fn a_new_account_that_was_cut_and_never_shows_is_hidden_after_its_time() {
    let (mut bench, mut provider) = cut_before_it_shows();
    provider.serve(&mut bench, SignedDuration::from_mins(6));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert_eq!(result.why.as_ref().unwrap().code, Code::AccountHidden);
}

#[test]
fn however_much_is_said_an_account_that_does_not_show_is_looked_at_no_more_often() {
    let (mut bench, mut provider) = cut_before_it_shows();
    provider.looks = 0;
    for _ in 0..15 {
        bench.event("worker.rehired", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(2));
        bench.event("worker.terminated", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(2));
    }
    assert!(provider.looks <= 18, "{} looks in a minute", provider.looks);
    assert!(!provider.is_active);
}
