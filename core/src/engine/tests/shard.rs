use super::bench::Bench;
use crate::engine::Input;
use crate::engine::settings::Mode;
use crate::model::code::Code;
use crate::model::{
    Action, AuditEntry, Decision, Extent, Failure, Landed, Operation, Outcome, Reply, Request,
    ResultWord, Verdict,
};
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

fn unanswered() -> Outcome {
    Outcome::Failed(Failure {
        verdict: Verdict::Retry { after: None },
        landed: Landed::Maybe,
        what: "no answer in time".to_owned(),
    })
}

fn is_deactivation(request: &Request) -> bool {
    matches!(request, Request::Write(Operation::Change { active: Some(false), .. }))
}

/// Kim is known and at rest: active, in VPN.
fn with_kim() -> Bench {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.hired", json!({"worker": {"user_name": "kim@example.com"}}));
    bench.commit_all();
    let call = bench.only_call();
    assert!(matches!(call.request, Request::FindAccounts { .. }));
    bench.done(&call, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    assert_eq!(bench.results(), [(1, ResultWord::AlreadySo)]);
    bench
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
    bench.commit_all();
    let call = bench.only_call();
    assert!(is_deactivation(&call.request));
}

#[test]
fn a_termination_is_applied_only_when_it_has_been_read_back() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let cut = bench.only_call();
    bench.done(&cut, Reply::Changed);
    bench.commit_all();
    let removal = bench.only_call();
    assert!(matches!(removal.request, Request::Write(Operation::RemoveMember { .. })));
    bench.done(&removal, Reply::Changed);
    bench.commit_all();
    let read = bench.only_call();
    assert!(matches!(read.request, Request::ReadAccount { .. }));
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
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
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
    assert!(matches!(call.request, Request::ReadAccount { .. }), "{call:?}");
    next.done(&call, Reply::Account(Bench::kim(false)));
    next.read_groups(&["a-kim"], &[]);
    next.commit_all();
    let grant = next.only_call();
    assert!(matches!(grant.request, Request::Write(Operation::Change { active: Some(true), .. })));
}

#[test]
fn a_grant_of_an_earlier_revision_waits_for_the_commit_that_allows_it_again() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    for _ in 0..2 {
        let cut = bench.only_call();
        bench.done(&cut, Reply::Changed);
        bench.commit_all();
    }
    let read = bench.only_call();
    bench.done(&read, Reply::Account(Bench::kim(false)));
    bench.commit_all();
    bench.read_groups(&[], &[]);
    bench.event("worker.termination.cancelled", json!({}));
    bench.commit_all();
    let read = bench.only_call();
    bench.done(&read, Reply::Account(Bench::kim(false)));
    bench.commit_all(); // The grant is written ahead, and called.
    let grant = bench.only_call();
    let closed = Failure { verdict: Verdict::Closed, landed: Landed::No, what: "401".to_owned() };
    bench.answer(&grant, Outcome::Failed(closed));
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    bench.now = bench.now.checked_add(SignedDuration::from_secs(1)).unwrap();
    bench.event("worker.termination.cancelled", json!({}));
    let writes = |call: &crate::model::Call| matches!(call.request, Request::Write(_));
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
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
    next.commit_all();
    assert!(next.calls.iter().any(|call| is_deactivation(&call.request)), "{:?}", next.calls);
}

#[test]
fn a_cut_goes_out_over_an_open_grant() {
    let mut bench = with_kim();
    bench.event("risk.raised", json!({}));
    bench.settle(true, &[]);
    bench.event("risk.cleared", json!({}));
    bench.commit_all();
    let read = bench.only_call();
    bench.done(&read, Reply::Account(Bench::kim(true)));
    bench.commit_all();
    let grant = bench.calls.clone();
    assert!(grant.iter().any(|call| matches!(call.request, Request::Write(_))), "{grant:?}");
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    assert!(bench.calls.iter().any(|call| is_deactivation(&call.request)), "{:?}", bench.calls);
}

#[test]
fn a_late_call_that_undoes_a_cut_is_found_at_the_end_of_its_window() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let cut = bench.only_call();
    bench.answer(&cut, unanswered());
    bench.commit_all();
    let again = bench.only_call();
    assert!(is_deactivation(&again.request), "a cut in doubt is made again: {again:?}");
    bench.done(&again, Reply::Changed);
    bench.commit_all();
    let removal = bench.only_call();
    bench.done(&removal, Reply::Changed);
    bench.commit_all();
    let read = bench.only_call();
    bench.done(&read, Reply::Account(Bench::kim(false)));
    bench.commit_all();
    bench.read_groups(&[], &[]);
    assert_eq!(bench.results()[1..], [(2, ResultWord::Applied)]);
    bench.wait(SignedDuration::from_mins(5));
    bench.commit_all();
    let look = bench.only_call();
    assert!(matches!(look.request, Request::ReadAccount { .. }));
    bench.done(&look, Reply::Account(Bench::kim(true)));
    bench.commit_all();
    let correction = bench.only_call();
    assert!(is_deactivation(&correction.request));
}

#[test]
fn a_change_that_was_only_taken_in_is_read_again_when_it_can_land_no_more() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let cut = bench.only_call();
    bench.done(&cut, Reply::Accepted);
    bench.commit_all();
    let removal = bench.only_call();
    bench.done(&removal, Reply::Changed);
    bench.commit_all();
    assert!(bench.calls.is_empty(), "it is given a second: {:?}", bench.calls);
    bench.wait(SignedDuration::from_secs(1));
    bench.commit_all();
    let read = bench.only_call();
    assert!(matches!(read.request, Request::ReadAccount { .. }), "{read:?}");
    bench.done(&read, Reply::Account(Bench::kim(false)));
    bench.commit_all();
    bench.read_groups(&[], &[]);
    assert_eq!(bench.results()[1..], [(2, ResultWord::Applied)]);
    bench.wait(SignedDuration::from_mins(5));
    bench.commit_all();
    let look = bench.only_call();
    assert!(matches!(look.request, Request::ReadAccount { .. }), "{look:?}");
}

#[test]
fn a_creation_without_an_answer_is_looked_up_again_at_the_end_of_its_window() {
    let mut bench = Bench::ready(&[]);
    bench.event("worker.hired", json!({"worker": {"user_name": "kim@example.com"}}));
    bench.commit_all();
    let find = bench.only_call();
    bench.done(&find, Reply::Accounts(vec![]));
    bench.commit_all();
    let create = bench.only_call();
    assert!(matches!(create.request, Request::Write(Operation::Create { .. })));
    bench.answer(&create, unanswered());
    bench.commit_all();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let look = bench.only_call();
    bench.done(&look, Reply::Accounts(vec![]));
    bench.commit_all();
    assert!(bench.calls.is_empty(), "{:?}", bench.calls);
    bench.wait(SignedDuration::from_secs(299));
    bench.commit_all();
    // Looked for meanwhile, too, for it would let a leaver in.
    let is_look = |call: &&crate::model::Call| matches!(call.request, Request::FindAccounts { .. });
    let look = bench.calls.iter().find(is_look).cloned().expect("it may land at any time");
    bench.done(&look, Reply::Accounts(vec![]));
    bench.commit_all();
    assert!(bench.calls.iter().all(|call| call.person.is_none()), "{:?}", bench.calls);
    bench.wait(SignedDuration::from_secs(2));
    bench.commit_all();
    let again = bench.calls.iter().any(|call| matches!(call.request, Request::FindAccounts { .. }));
    assert!(again, "the creation may have landed: {:?}", bench.calls);
}

#[test]
fn whom_the_target_refuses_stands_behind_the_others() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let cut = bench.only_call();
    bench.event_of(
        "ada@example.com",
        "worker.hired",
        json!({"worker": {"user_name": "ada@example.com"}}),
    );
    bench.commit_all();
    let find = bench.only_call();
    bench.done(&find, Reply::Accounts(vec![]));
    bench.commit_all();
    let create = bench.only_call();
    let closed = Failure { verdict: Verdict::Closed, landed: Landed::No, what: "403".to_owned() };
    bench.answer(&create, Outcome::Failed(closed.clone()));
    bench.answer(&cut, Outcome::Failed(closed.clone()));
    bench.commit_all();
    let mut asked = Vec::new();
    for _ in 0..20 {
        bench.wait(SignedDuration::from_secs(5));
        bench.commit_all();
        for call in bench.calls.clone() {
            asked.push(call.person.clone());
            bench.answer(&call, Outcome::Failed(closed.clone()));
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
        removed |= matches!(call.request, Request::Write(Operation::RemoveMember { .. }));
        if matches!(call.request, Request::ReadAccount { .. }) {
            bench.done(&call, Reply::Account(Bench::kim(true)));
        } else {
            bench.done(&call, Reply::Changed);
        }
    }
    assert!(removed, "{:#?}", bench.audit.last());
    let Some(AuditEntry::Result(result)) = bench.audit.last() else { panic!("no result") };
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
    bench.commit_all();
    let call = bench.only_call();
    assert!(is_deactivation(&call.request));
    assert_eq!(call.not_after, bench.now.checked_add(SignedDuration::from_secs(2)).unwrap());
}

#[test]
fn the_same_event_at_another_position_is_a_duplicate_and_a_decided_position_writes_nothing() {
    let mut bench = with_kim();
    let decisions = |bench: &Bench| {
        let entries = bench.audit.iter().filter_map(|entry| match entry {
            AuditEntry::Decision(record) => Some(record.decision.clone()),
            AuditEntry::Result(_)
            | AuditEntry::Note(_)
            | AuditEntry::Reading(_)
            | AuditEntry::Command(_) => None,
        });
        entries.collect::<Vec<_>>()
    };
    bench.event("worker.updated", json!({"profile": {"title": "Engineer"}}));
    bench.commit_all();
    assert_eq!(decisions(&bench), [Decision::Asserted, Decision::Asserted]);
    let before = bench.state.clone();
    let mut next = Bench::own(Mode::Enforce, before, bench.now);
    next.offset = 0; // The next is at offset 1: decided.
    next.event("worker.updated", json!({"profile": {"title": "Chief"}}));
    next.commit_all();
    assert_eq!(decisions(&next), []);
}

#[test]
fn observing_writes_nothing_and_says_what_it_would() {
    let mut bench = Bench::with_mode(Mode::Observe, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let find = bench.only_call();
    bench.done(&find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    let Some(AuditEntry::Result(result)) = bench.audit.last() else { panic!("no result") };
    assert_eq!(result.word, ResultWord::Observed);
    let actions: Vec<Action> = result.calls.iter().map(|call| call.action).collect();
    assert_eq!(actions, [Action::Deactivate, Action::RemoveMember]);
}

#[test]
fn a_release_that_nobody_knows_the_way_back_for_is_held_and_said() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all(); // The cut leaves, and the owner dies before it hears of it.
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
    let before = next.state.get_mut(&bench.person_key()).unwrap();
    // As if the cut had gone before anybody had seen the account.
    let text = String::from_utf8(before.clone()).unwrap();
    *before = text.replace(r#""active":{"was":true}"#, r#""active":"unknown""#).into_bytes();
    assert_ne!(before.as_slice(), text.as_bytes(), "{text}");
    let mut next = Bench::own(Mode::Enforce, next.state.clone(), next.now);
    next.commit_all();
    next.settle(false, &[]);
    next.event("worker.termination.cancelled", json!({}));
    next.commit_all();
    next.settle(false, &["a-kim"]);
    let held = next.audit.iter().any(
        |entry| matches!(entry, AuditEntry::Note(note) if note.why.code == Code::BaselineUnknown),
    );
    assert!(held, "{:#?}", next.audit);
}

#[test]
fn what_was_only_observed_is_done_once_the_target_is_enforced() {
    let mut bench = Bench::with_mode(Mode::Observe, &["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let find = bench.only_call();
    bench.done(&find, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    bench.read_groups(&["a-kim"], &[]);
    let mut next = Bench::own(Mode::Enforce, bench.state.clone(), bench.now);
    next.commit_all();
    assert!(next.calls.iter().any(|call| is_deactivation(&call.request)), "{:?}", next.calls);
}

#[test]
fn a_deletion_is_held_and_said_once() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({"effective_at": "2026-07-01T00:00:00Z"}));
    bench.commit_all();
    for _ in 0..2 {
        let cut = bench.only_call();
        bench.done(&cut, Reply::Changed);
        bench.commit_all();
    }
    let read = bench.only_call();
    bench.done(&read, Reply::Account(Bench::kim(false)));
    bench.commit_all();
    bench.read_groups(&[], &[]);
    bench.wait(SignedDuration::from_hours(1));
    bench.commit_all();
    let held = bench
        .audit
        .iter()
        .filter(|entry| matches!(entry, AuditEntry::Note(note) if note.why.code == Code::Deletion));
    assert_eq!(held.count(), 1);
    assert_eq!(bench.shard.figures().held, 1);
    assert!(bench.calls.iter().all(|call| !matches!(call.request, Request::Write(_))));
}

#[test]
fn an_outage_closes_the_target_and_parks_nobody() {
    let mut bench = with_kim();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    for _ in 0..50 {
        for call in bench.calls.clone() {
            let failure = Failure {
                verdict: Verdict::Retry { after: Some(Duration::from_secs(1)) },
                landed: Landed::No,
                what: "503".to_owned(),
            };
            bench.answer(&call, Outcome::Failed(failure));
        }
        bench.commit_all();
        bench.wait(SignedDuration::from_secs(2));
        bench.commit_all();
    }
    assert_eq!(bench.results(), [(1, ResultWord::AlreadySo)]);
    assert_eq!(bench.shard.figures().dirty, 1);
    bench.wait(SignedDuration::from_secs(60));
    bench.commit_all();
    let cut = bench.only_call();
    assert!(is_deactivation(&cut.request));
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
