use super::bench::Bench;
use super::words::{
    failed, is_creation, is_cut, is_find, is_opening, is_read, is_removal, is_write, unanswered,
};
use crate::engine::Input;
use crate::engine::settings::Mode;
use crate::model::code::Code;
use crate::model::{
    Action, AuditEntry, Decision, Extent, Landed, NoteWord, Reply, ResultWord, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

/// Kim is known and at rest: active, in VPN.
fn with_kim() -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.hire("kim@example.com");
    bench.reply_to(is_find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.read_groups(&["a-kim"], &[]);
    assert_eq!(bench.results(), [(1, ResultWord::AlreadySo)]);
    bench
}

/// Kim's cuts are made, and read back.
fn cut(bench: &mut Bench) {
    bench.reply(Reply::Changed);
    bench.reply(Reply::Changed);
    bench.reply(Reply::Account(Bench::kim(false)));
    bench.read_groups(&[], &[]);
}

#[test]
fn a_cut_is_written_ahead_in_the_commit_of_its_event_and_leaves_when_that_is_in() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    assert!(bench.calls.is_empty(), "nothing leaves before its commit");
    let commit = bench.commit.clone().unwrap();
    let written = String::from_utf8(commit.state[0].value.clone().unwrap()).unwrap();
    assert!(
        written.contains(r#""pending":[{"op":"change","account":"a-kim","active":false}"#),
        "{written}"
    );
    assert!(commit.audit.iter().any(|entry| matches!(entry, AuditEntry::Decision(_))));
    let call = bench.called();
    assert!(is_cut(&call));
}

#[test]
fn a_termination_is_applied_only_when_it_has_been_read_back() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Changed);
    bench.reply_to(is_removal, Reply::Changed);
    let read = bench.called();
    assert!(is_read(&read));
    bench.done(&read, Reply::Account(Bench::kim(false)));
    bench.commit_all();
    assert_eq!(bench.results().len(), 1, "the group has not been read back");
    bench.read_groups(&[], &[]);
    assert_eq!(bench.results()[1..], [(2, ResultWord::Applied)]);
    assert!(bench.shard.is_quiet());
}

#[test]
fn what_a_crashed_owner_may_have_called_is_read_before_anything_is_granted() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all(); // The cut leaves, and the owner dies.
    let mut next = bench.next_owner();
    next.event("worker.termination.cancelled", json!({}));
    next.commit_all();
    next.read_groups(&["a-kim"], &[]);
    assert!(
        next.calls.is_empty(),
        "a read before the old lease is over proves nothing: {:?}",
        next.calls
    );
    next.wait(SignedDuration::from_millis(2_001));
    next.commit_all();
    let call = next.calls.iter().find(|call| call.person.is_some()).cloned().unwrap();
    assert!(is_read(&call), "{call:?}");
    next.done(&call, Reply::Account(Bench::kim(false)));
    next.read_groups(&["a-kim"], &[]);
    let grant = next.called();
    assert!(is_opening(&grant));
}

#[test]
fn a_grant_of_an_earlier_revision_waits_for_the_commit_that_allows_it_again() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    cut(&mut bench);
    bench.event("worker.termination.cancelled", json!({}));
    let read = bench.called();
    bench.done(&read, Reply::Account(Bench::kim(false)));
    // The grant is written ahead, and called.
    let grant = bench.called();
    let closed = failed(Verdict::Closed, Landed::No);
    bench.answer(&grant, closed);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    bench.now = bench.now.checked_add(SignedDuration::from_secs(1)).unwrap();
    bench.event("worker.termination.cancelled", json!({}));
    let writes = is_write;
    assert!(
        !bench.calls.iter().any(writes),
        "the cancellation is not committed: {:?}",
        bench.calls
    );
}

#[test]
fn an_inherited_cut_leaves_at_once() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let mut next = bench.next_owner();
    next.commit_all();
    assert!(next.calls.iter().any(is_cut), "{:?}", next.calls);
}

#[test]
fn a_cut_goes_out_over_an_open_grant() {
    let mut bench = with_kim();
    bench.event("risk.raised", json!({}));
    bench.settle(true, &[]);
    bench.event("risk.cleared", json!({}));
    bench.reply(Reply::Account(Bench::kim(true)));
    let grant = bench.calls.clone();
    assert!(grant.iter().any(is_write), "{grant:?}");
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    assert!(bench.calls.iter().any(is_cut), "{:?}", bench.calls);
}

#[test]
fn a_late_call_that_undoes_a_cut_is_found_at_the_end_of_its_window() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    let cut = bench.called();
    bench.answer(&cut, unanswered());
    let again = bench.called();
    assert!(is_cut(&again), "a cut in doubt is made again: {again:?}");
    bench.done(&again, Reply::Changed);
    bench.reply(Reply::Changed);
    bench.reply(Reply::Account(Bench::kim(false)));
    bench.read_groups(&[], &[]);
    assert_eq!(bench.results()[1..], [(2, ResultWord::Applied)]);
    bench.wait(SignedDuration::from_mins(5));
    bench.reply_to(is_read, Reply::Account(Bench::kim(true)));
    let correction = bench.called();
    assert!(is_cut(&correction));
}

#[test]
fn a_change_that_was_only_taken_in_is_read_again_when_it_can_land_no_more() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accepted);
    bench.reply(Reply::Changed);
    assert!(bench.calls.is_empty(), "it is given a second: {:?}", bench.calls);
    bench.wait(SignedDuration::from_secs(1));
    bench.reply_to(is_read, Reply::Account(Bench::kim(false)));
    bench.read_groups(&[], &[]);
    assert_eq!(bench.results()[1..], [(2, ResultWord::Applied)]);
    bench.wait(SignedDuration::from_mins(5));
    let look = bench.called();
    assert!(is_read(&look), "{look:?}");
}

#[test]
fn a_creation_without_an_answer_is_looked_up_again_at_the_end_of_its_window() {
    let mut bench = Bench::ready(&[]);
    bench.hire("kim@example.com");
    let find = bench.called();
    bench.done(&find, Reply::Accounts(vec![]));
    let create = bench.called();
    assert!(is_creation(&create));
    bench.answer(&create, unanswered());
    bench.commit_all();
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accounts(vec![]));
    assert!(bench.calls.is_empty(), "{:?}", bench.calls);
    bench.wait(SignedDuration::from_secs(299));
    bench.commit_all();
    // Looked for meanwhile, too, for it would let a leaver in.
    let look = bench.open(is_find);
    bench.done(&look, Reply::Accounts(vec![]));
    bench.commit_all();
    assert!(bench.calls.iter().all(|call| call.person.is_none()), "{:?}", bench.calls);
    bench.wait(SignedDuration::from_secs(2));
    bench.commit_all();
    let again = bench.calls.iter().any(is_find);
    assert!(again, "the creation may have landed: {:?}", bench.calls);
}

#[test]
fn whom_the_target_refuses_stands_behind_the_others() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    let cut = bench.called();
    bench.hire("ada@example.com");
    bench.reply(Reply::Accounts(vec![]));
    let create = bench.called();
    let closed = failed(Verdict::Closed, Landed::No);
    bench.answer(&create, closed.clone());
    bench.answer(&cut, closed.clone());
    bench.commit_all();
    let mut asked = Vec::new();
    for _ in 0..20 {
        bench.wait(SignedDuration::from_secs(5));
        bench.commit_all();
        for call in bench.calls.clone() {
            asked.push(call.person.clone());
            bench.answer(&call, closed.clone());
            bench.commit_all();
        }
    }
    let kims = asked.iter().filter(|person| **person == cut.person).count();
    assert!(kims > 0 && kims < asked.len(), "{asked:?}");
}

#[test]
fn a_cut_that_does_not_stick_stops_no_other_cut() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    let mut removed = false;
    for _ in 0..200 {
        bench.commit_all();
        bench.read_groups(if removed { &[] } else { &["a-kim"] }, &[]);
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_secs(1));
            continue;
        };
        removed |= is_removal(&call);
        if is_read(&call) {
            bench.done(&call, Reply::Account(Bench::kim(true)));
        } else {
            bench.done(&call, Reply::Changed);
        }
    }
    assert!(removed, "{:#?}", bench.audit.last());
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Failed);
    assert_eq!(result.why.as_ref().unwrap().code, Code::ChangeDoesNotStick);
}

#[test]
fn without_a_fresh_lease_a_commit_comes_before_the_call() {
    let mut bench = with_kim();
    bench.wait(SignedDuration::from_secs(60));
    bench.event("worker.terminated", json!({}));
    let commit = bench.commit.take().unwrap();
    bench.now = bench.now.checked_add(SignedDuration::from_secs(3)).unwrap();
    bench.step(Input::Committed(commit.id));
    assert!(bench.calls.is_empty(), "the commit began three seconds ago");
    let call = bench.called();
    assert!(is_cut(&call));
    assert_eq!(call.not_after, bench.now.checked_add(SignedDuration::from_secs(2)).unwrap());
}

#[test]
fn the_same_event_at_another_position_is_a_duplicate_and_a_decided_position_writes_nothing() {
    let mut bench = with_kim();
    let decisions =
        |bench: &Bench| bench.decisions().iter().map(|it| it.decision.clone()).collect::<Vec<_>>();
    bench.event("worker.updated", json!({"profile": {"title": "Engineer"}}));
    bench.commit_all();
    assert_eq!(decisions(&bench), [Decision::Asserted, Decision::Asserted]);
    let mut next = bench.next_owner();
    next.offset = 0; // The next is at offset 1: decided.
    next.event("worker.updated", json!({"profile": {"title": "Chief"}}));
    next.commit_all();
    assert_eq!(decisions(&next), []);
}

#[test]
fn observing_writes_nothing_and_says_what_it_would() {
    let mut bench = Bench::with_mode(Mode::Observe, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    bench.read_groups(&["a-kim"], &[]);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Observed);
    let actions: Vec<Action> = result.calls.iter().map(|call| call.action).collect();
    assert_eq!(actions, [Action::Deactivate, Action::RemoveMember]);
}

#[test]
fn a_release_that_nobody_knows_the_way_back_for_is_held_and_said() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all(); // The cut leaves, and the owner dies before it hears of it.
    let mut next = bench.next_owner();
    let before = next.state.get_mut(&bench.person_key()).unwrap();
    // As if the cut had gone before anybody had seen the account.
    let text = String::from_utf8(before.clone()).unwrap();
    *before = text.replace(r#""active":{"was":true}"#, r#""active":"unknown""#).into_bytes();
    assert_ne!(before.as_slice(), text.as_bytes(), "{text}");
    let mut next = next.next_owner();
    next.commit_all();
    next.settle(false, &[]);
    next.event("worker.termination.cancelled", json!({}));
    next.commit_all();
    next.settle(false, &["a-kim"]);
    let held = next.notes(NoteWord::Held);
    assert!(held.iter().any(|note| note.why.code == Code::BaselineUnknown), "{:#?}", next.audit);
}

#[test]
fn what_was_only_observed_is_done_once_the_target_is_enforced() {
    let mut bench = Bench::with_mode(Mode::Observe, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.reply(Reply::Accounts(vec![Bench::kim(true)]));
    bench.read_groups(&["a-kim"], &[]);
    let mut next = bench.next_owner();
    next.commit_all();
    assert!(next.calls.iter().any(is_cut), "{:?}", next.calls);
}

#[test]
fn a_deletion_is_held_and_said_once() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({"effective_at": "2026-07-01T00:00:00Z"}));
    cut(&mut bench);
    bench.wait(SignedDuration::from_hours(1));
    bench.commit_all();
    let held = bench.notes(NoteWord::Held);
    assert_eq!(held.iter().filter(|note| note.why.code == Code::Deletion).count(), 1);
    assert_eq!(bench.shard.figures().held, 1);
    assert!(bench.calls.iter().all(|call| !is_write(call)));
}

#[test]
fn an_outage_closes_the_target_and_parks_nobody() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    for _ in 0..50 {
        for call in bench.calls.clone() {
            let verdict = Verdict::Retry { after: Some(Duration::from_secs(1)) };
            bench.answer(&call, failed(verdict, Landed::No));
        }
        bench.commit_all();
        bench.wait(SignedDuration::from_secs(2));
        bench.commit_all();
    }
    assert_eq!(bench.results(), [(1, ResultWord::AlreadySo)]);
    assert_eq!(bench.shard.figures().dirty, 1);
    bench.wait(SignedDuration::from_secs(60));
    let cut = bench.called();
    assert!(is_cut(&cut));
}

#[test]
fn a_topic_that_ends_before_our_position_is_read_anew_from_its_beginning() {
    let mut bench = with_kim();
    let extents =
        [(0, 0, 1), (1, 0, 9)].map(|(partition, low, high)| Extent { partition, low, high });
    assert_eq!(bench.shard.start_reading("hr", &extents), [(0, 0), (1, 0)]);
    bench.step(Input::Tick);
    bench.commit_all();
    let told = bench.audit.iter().any(|entry| matches!(entry, AuditEntry::Reading(reading) if reading.why.code == Code::TopicMadeAnew));
    assert!(told);
}
