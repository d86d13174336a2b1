//! Inactive accounts that are there and not shown.

use super::bench::Bench;
use super::shy::{Answered, Provider};
use super::words::{is_cut, is_find, is_opening, refused, unanswered};
use crate::model::code::Code;
use crate::model::{Account, Action, Operation, Outcome, Reply, ResultWord, ScimId};
use jiff::SignedDuration;
use serde_json::json;

/// Kim was hired and terminated at a provider that hides who is inactive.
fn cut_and_hidden() -> (Bench, Provider) {
    cut_and_hidden_at(Provider::new())
}

fn cut_and_hidden_at(provider: Provider) -> (Bench, Provider) {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { hides_inactive: true, ..provider };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    assert!(!provider.is_active);
    (bench, provider)
}

#[test]
fn a_cut_after_which_the_account_is_hidden_is_done_and_says_how_that_is_known() {
    let (bench, _provider) = cut_and_hidden();
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert_eq!(result.why.as_ref().unwrap().code, Code::AccountHidden);
}

#[test]
fn a_rehire_opens_the_hidden_account_by_its_id_and_makes_no_second_one() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(6));
    assert!(provider.is_active);
    assert_eq!(provider.creations(), 1, "{:?}", provider.written);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
    assert!(provider.vpn.contains("a-kim"));
}

#[test]
fn what_asks_for_an_account_decides_that_a_hidden_one_is_opened_if_no_way_back_does() {
    // Nobody has ever seen whether it was active.
    let unseen = Provider { tells_active: false, ..Provider::new() };
    let (mut bench, mut provider) = cut_and_hidden_at(unseen);
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(6));
    assert!(provider.is_active);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    assert!(result.calls.iter().any(|call| call.action == Action::Activate), "{:?}", result.calls);
    let mut warrants = result.warrants.iter().map(|warrant| &warrant.fields);
    let decided = warrants.find(|fields| fields.contains(&"active".to_owned()));
    assert!(decided.unwrap().contains(&"account".to_owned()), "{:?}", result.warrants);
}

#[test]
fn a_cut_without_an_answer_that_has_hidden_the_account_leads_to_no_second_one() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { hides_inactive: true, ..Provider::new() };
    bench.hire("kim@example.com");
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let cut = bench.open(is_cut);
    provider.reply(&cut.request);
    bench.event("worker.termination.cancelled", json!({}));
    bench.answer(&cut, unanswered());
    provider.serve(&mut bench, SignedDuration::from_secs(10));
    assert_eq!(provider.creations(), 1, "{:?}", provider.written);
    assert!(provider.is_active);
}

/// Some providers say yes and do nothing.
#[test]
fn a_hidden_account_whose_opening_was_answered_with_yes_and_not_done_is_opened_in_seconds() {
    let (mut bench, mut provider) = cut_and_hidden();
    provider.openings_ignored = 1;
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(40));
    assert!(provider.is_active, "{:?}", provider.written);
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn a_hidden_account_that_is_opened_and_never_shows_is_a_failure_that_somebody_sees() {
    let (mut bench, mut provider) = cut_and_hidden();
    provider.is_shown = false;
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_mins(7));
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed);
    assert_eq!(result.why.as_ref().unwrap().code, Code::ChangeDoesNotStick);
    assert_eq!(provider.creations(), 1, "{:?}", provider.written);
    // It is tried again, and shows at last.
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_hours(25));
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn a_rehire_whose_account_was_removed_gets_a_new_one() {
    let (mut bench, mut provider) = cut_and_hidden();
    (provider.is_there, provider.hides_inactive) = (false, false);
    bench.event("worker.termination.cancelled", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(6));
    assert!(provider.is_there && provider.is_active);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn an_account_under_the_hidden_ones_name_is_no_hidden_account() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event(
        "worker.updated",
        json!({"worker": {"user_name": "kim@example.com"}, "profile": {"title": "Lead"}}),
    );
    let newcomer = Account { id: ScimId::new("a-new"), ..Bench::kim(true) };
    let found = Outcome::Done(Reply::Accounts(vec![newcomer]));
    provider.play(&mut bench, 30, |_, call| {
        if is_find(call) { Answered::So(found.clone()) } else { Answered::Honestly }
    });
    let touches = |it: &Operation| matches!(it, Operation::Change { account, .. } if account.as_str() == "a-new");
    assert!(!provider.written.iter().any(touches));
}

#[test]
fn who_is_terminated_while_a_hidden_account_may_be_opened_is_cut_by_its_id() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    // The activation has no answer, and is done.
    without_an_answer(&mut bench, &mut provider, 1);
    bench.event("worker.terminated", json!({}));
    bench.calls.clear();
    provider.is_active = true;
    let cuts = provider.cuts();
    provider.serve(&mut bench, SignedDuration::from_secs(10));
    let after = provider.cuts();
    assert!(after > cuts, "{:?}", provider.written);
    assert!(!provider.is_active);
}

/// Answers all until so many openings of the hidden account had no answer; none of them is done.
fn without_an_answer(bench: &mut Bench, provider: &mut Provider, openings: usize) {
    let mut left = openings;
    provider.play(bench, 120, |_, call| {
        if !is_opening(call) {
            return Answered::Honestly;
        }
        left -= 1;
        if left == 0 { Answered::Last(unanswered()) } else { Answered::So(unanswered()) }
    });
    assert_eq!(left, 0, "openings were not made: {:?}", provider.written);
}

#[test]
fn a_hidden_account_is_told_again_to_be_active_if_nobody_answers() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    without_an_answer(&mut bench, &mut provider, 2);
    assert!(!provider.is_active);
    provider.serve(&mut bench, SignedDuration::from_secs(60));
    assert!(provider.is_active, "{:?}", provider.written);
    assert_eq!(provider.creations(), 1);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn who_is_cut_while_an_opening_may_still_land_is_cut_by_the_id() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    without_an_answer(&mut bench, &mut provider, 2);
    bench.wait(SignedDuration::from_secs(1));
    provider.written.clear();
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(5));
    assert!(provider.cuts() > 0, "{:?}", provider.written);
}

#[test]
fn an_opening_that_lands_after_the_next_cut_is_found_and_cut() {
    let (mut bench, mut provider) = cut_and_hidden();
    bench.event("worker.termination.cancelled", json!({}));
    without_an_answer(&mut bench, &mut provider, 1);
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(60));
    assert!(!provider.is_active);
    provider.is_active = true;
    provider.serve(&mut bench, SignedDuration::from_mins(8));
    assert!(!provider.is_active, "{:?}", provider.written);
}

/// Answers everything, and refuses to make an account active.
fn refuse_to_open(bench: &mut Bench, provider: &mut Provider) {
    provider.play(bench, 60, |_, call| {
        if is_opening(call) { Answered::So(refused()) } else { Answered::Honestly }
    });
}

#[test]
fn who_is_to_be_let_in_and_whose_opening_is_refused_is_never_called_done() {
    let mut bench = Bench::ready(&[]);
    let mut provider = Provider { is_there: true, hides_inactive: true, ..Provider::new() };
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(3));
    bench.event("worker.termination.cancelled", json!({}));
    refuse_to_open(&mut bench, &mut provider);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed, "{result:?}");
}

#[test]
fn nobody_gets_a_second_account_because_the_hidden_one_may_not_be_opened() {
    let unseen = Provider { tells_active: false, ..Provider::new() };
    let (mut bench, mut provider) = cut_and_hidden_at(unseen);
    let before = provider.creations();
    bench.event("worker.termination.cancelled", json!({}));
    refuse_to_open(&mut bench, &mut provider);
    assert_eq!(provider.creations(), before, "{:?}", provider.written);
    assert_eq!(bench.last_result().word, ResultWord::Failed);
}

/// Kim, whom no rule gives an account, had one before.
#[test]
fn a_hidden_account_that_was_there_before_is_opened_when_the_cut_ends() {
    for late_looks in [0, 1, 2] {
        let mut bench = Bench::ready(&[]);
        let new = Provider { is_there: true, hides_inactive: true, ..Provider::new() };
        let mut provider = Provider { late_looks, ..new };
        bench.event("worker.terminated", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(9));
        assert!(!provider.is_active);
        bench.event("worker.termination.cancelled", json!({}));
        provider.serve(&mut bench, SignedDuration::from_secs(6));
        assert!(provider.is_active, "{late_looks}: {:?}", provider.written);
        assert_eq!(provider.creations(), 0);
        assert_eq!(bench.last_result().word, ResultWord::Applied);
    }
}

/// The target opened the account, and shows that after a minute; meanwhile the person leaves again.
#[test]
fn who_is_cut_while_an_opening_does_not_show_is_cut_by_the_id() {
    let (mut bench, mut provider) = cut_and_hidden();
    provider.is_shown = false;
    bench.event("worker.termination.cancelled", json!({}));
    provider.play(&mut bench, 400, |provider, call| {
        if provider.is_active && is_find(call) { Answered::NoMore } else { Answered::Honestly }
    });
    assert!(provider.is_active, "{:?}", provider.written);
    bench.event("worker.terminated", json!({}));
    provider.serve(&mut bench, SignedDuration::from_secs(30));
    provider.is_shown = true;
    provider.serve(&mut bench, SignedDuration::from_mins(2));
    assert!(!provider.is_active, "{:?}", provider.written);
}
