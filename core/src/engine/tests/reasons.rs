//! Whoever is not settled waits for one thing that comes, and no cut waits for a read that fails.

use super::bench::Bench;
use super::words::{failed, is_find, is_read, is_removal, is_write, lists, unanswered};
use crate::engine::deeds::reason::Reason;
use crate::model::{
    GroupName, GroupRef, Landed, Operation, Outcome, Reply, Request, ResultWord, ScimId, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;

/// The one reason why Kim is not settled.
fn reason(bench: &Bench) -> Option<Reason> {
    let mut unsettled = bench.shard.unsettled();
    assert!(unsettled.len() < 2, "{unsettled:?}");
    unsettled.pop().map(|unsettled| unsettled.reason)
}

/// Answers what is asked, without letting time pass.
fn answer_all(bench: &mut Bench) {
    bench.commit_all();
    bench.read_groups(&[], &[]);
    while let Some(call) = bench.calls.first().cloned() {
        let is_read = matches!(call.request, Request::ReadAccount { .. });
        let reply = if is_read { Reply::Account(Bench::kim(false)) } else { Reply::Changed };
        bench.done(&call, reply);
        bench.commit_all();
        bench.read_groups(&[], &[]);
    }
}

/// Kim is terminated and bound, and the removal from VPN is all that is left.
fn with_kim_to_be_removed() -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accounts(vec![Bench::kim(false)]));
    bench
}

#[test]
fn a_person_on_the_way_has_one_reason_at_each_step_and_none_at_rest() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.wait(SignedDuration::from_secs(3));
    bench.event("worker.terminated", json!({}));
    assert_eq!(reason(&bench), Some(Reason::Turn), "no call without a fresh lease");
    let find = bench.called();
    assert_eq!(reason(&bench), Some(Reason::Answer(find.id)));
    bench.done(&find, Reply::Accounts(vec![Bench::kim(false)]));
    let ahead = bench.commit.as_ref().unwrap().id;
    assert_eq!(reason(&bench), Some(Reason::Commit(ahead)));
    let removal = bench.called();
    bench.answer(&removal, failed(Verdict::Retry { after: None }, Landed::No));
    bench.commit_all();
    assert!(matches!(reason(&bench), Some(Reason::Retry(at)) if at > bench.now));
    bench.settle(false, &[]);
    assert_eq!(bench.results(), [(1, ResultWord::Applied)]);
    assert_eq!(reason(&bench), None);
}

#[test]
fn a_call_that_may_land_late_is_a_reason_though_the_revision_is_over() {
    let mut bench = with_kim_to_be_removed();
    let removal = bench.only_call();
    bench.answer(&removal, unanswered());
    answer_all(&mut bench);
    assert_eq!(bench.results(), [(1, ResultWord::Applied)]);
    assert!(matches!(reason(&bench), Some(Reason::LateCall(at)) if at > bench.now));
}

#[test]
fn a_first_read_of_a_group_that_fails_keeps_no_cut_waiting() {
    let known = with_kim_to_be_removed();
    let mut next = known.next_owner();
    next.commit_all();
    next.wait(SignedDuration::from_secs(3));
    next.commit_all();
    let name = GroupName::new("VPN");
    let find = next.open(|call| call.request == Request::FindGroups { name: name.clone() });
    let found = GroupRef { name: name.clone(), id: ScimId::new("g-VPN") };
    next.done(&find, Reply::Groups(vec![found]));
    next.commit_all();
    assert!(matches!(reason(&next), Some(Reason::Groups(_) | Reason::Answer(_))));
    let read = next.open(|call| lists(call, "VPN"));
    next.answer(&read, failed(Verdict::Retry { after: None }, Landed::No));
    next.commit_all();
    next.open(is_removal);
}

#[test]
fn a_late_call_that_the_target_will_not_let_be_read_after_is_a_failure_and_tried_again() {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    let cut = bench.called();
    bench.answer(&cut, unanswered());
    answer_all(&mut bench);
    assert_eq!(bench.results(), [(1, ResultWord::Applied)]);
    bench.wait(SignedDuration::from_mins(6));
    for _ in 0..2 {
        bench.commit_all();
        let read = bench.open(is_read);
        bench.answer(&read, failed(Verdict::Stuck, Landed::No));
    }
    bench.commit_all();
    assert_eq!(bench.results(), [(1, ResultWord::Applied), (2, ResultWord::Failed)]);
    assert!(matches!(reason(&bench), Some(Reason::Stuck(_) | Reason::LateCall(_))));
}

#[test]
fn a_call_that_is_taken_in_does_not_make_up_for_the_read_that_an_earlier_one_is_owed() {
    let mut bench = with_kim_to_be_removed();
    for outcome in [unanswered(), Outcome::Done(Reply::Accepted)] {
        let removal = bench.open(is_write);
        bench.answer(&removal, outcome);
        // The group's reading is still to be answered; another word begins another revision.
        bench.event("worker.terminated", json!({}));
        bench.commit_all();
    }
    let seat = bench.seat();
    assert!(seat.unanswered.iter().any(|call| !call.read), "{:?}", seat.unanswered);
}

#[test]
fn a_late_call_of_an_owner_whose_clock_was_ahead_is_read_soon_by_the_next() {
    let mut bench = with_kim_to_be_removed();
    let removal = bench.only_call();
    bench.answer(&removal, unanswered());
    bench.commit_all();
    let behind = bench.now.checked_sub(SignedDuration::from_mins(3)).unwrap();
    let mut next = bench.next_owner_at(behind);
    // The people's time is the last owner's.
    let mut rescinded =
        next.event_about("kim@example.com", "worker.termination.cancelled", json!({}));
    rescinded.time = bench.now;
    next.tell(rescinded);
    next.commit_all();
    next.read_groups(&["a-kim"], &[]);
    next.wait(SignedDuration::from_millis(2_001));
    next.commit_all();
    next.open(is_read);
}

#[test]
fn a_call_in_doubt_is_read_at_once_though_a_cut_was_made_for_want_of_knowledge() {
    let mut bench = Bench::ready(&[]);
    let worker = json!({"user_name": "kim@example.com"});
    bench.event("worker.updated", json!({"worker": worker, "profile": {"title": "Lead"}}));
    bench.event("worker.terminated", json!({}));
    let mut in_doubt = false;
    for _ in 0..40 {
        bench.commit_all();
        bench.read_groups(&[], &[]);
        if in_doubt {
            break;
        }
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        let is_title =
            matches!(call.request, Request::Write(Operation::Change { active: None, .. }));
        let reply = if is_find(&call) {
            Reply::Accounts(vec![Bench::kim(true)])
        } else if matches!(call.request, Request::ReadAccount { .. }) {
            Reply::Account(Bench::kim(false))
        } else {
            Reply::Changed
        };
        in_doubt = is_title;
        bench.answer(&call, if is_title { unanswered() } else { Outcome::Done(reply) });
    }
    assert!(matches!(reason(&bench), Some(Reason::Answer(_))), "{:?}", reason(&bench));
    bench.open(is_read);
}
