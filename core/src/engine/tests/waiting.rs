//! Nobody waits in silence.

use super::bench::Bench;
use crate::engine::Input;
use crate::engine::settings::Quota;
use crate::engine::state::Seat;
use crate::model::code::Code;
use crate::model::decision::{NoteRecord, NoteWord};
use crate::model::{Failure, Landed, Outcome, Reply, Request, Verdict};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn waiting(bench: &Bench) -> Vec<&NoteRecord> {
    bench.notes(NoteWord::Waiting)
}

fn failed(verdict: Verdict, landed: Landed, what: &str) -> Outcome {
    Outcome::Failed(Failure { verdict, landed, what: what.to_owned() })
}

/// Fails whatever is called for `seconds`, one second at a time.
fn fail_for(bench: &mut Bench, seconds: i64, outcome: &Outcome) {
    for _ in 0..seconds {
        while let Some(call) = bench.calls.first().cloned() {
            bench.answer(&call, outcome.clone());
            bench.commit_all();
        }
        bench.wait(SignedDuration::from_secs(1));
        bench.commit_all();
    }
}

#[test]
fn leaver_whose_target_fails_is_told_within_seconds_with_the_last_answer() {
    for (verdict, what) in [
        (Verdict::Retry { after: None }, "HTTP 503"),
        (Verdict::Closed, "HTTP 401"),
        (Verdict::Retry { after: None }, "HTTP 200 with a body that cannot be read"),
        (Verdict::Retry { after: None }, "no connection"),
    ] {
        let mut bench = Bench::ready(&["a-kim"]);
        bench.event("worker.terminated", json!({}));
        bench.commit_all();
        let outcome = failed(verdict, Landed::No, what);
        fail_for(&mut bench, 7, &outcome);
        let [note] = waiting(&bench)[..] else { panic!("{what}: {:#?}", bench.audit) };
        assert_eq!(note.why.code, Code::WaitingTarget);
        assert!(note.why.text.contains(what), "{}", note.why.text);
        assert!(!note.warrants.is_empty(), "which rule wants it");
        // Once is enough.
        fail_for(&mut bench, 600, &outcome);
        assert_eq!(waiting(&bench).len(), 1);
    }
}

#[test]
fn write_that_fails_while_reads_work_is_told_too() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    for _ in 0..8 {
        while let Some(call) = bench.calls.first().cloned() {
            match &call.request {
                Request::ListAccounts { .. }
                | Request::ListGroups { .. }
                | Request::ReadScope { .. } => {
                    panic!("nobody lists here")
                }
                Request::FindAccounts { .. } => {
                    bench.done(&call, Reply::Accounts(vec![Bench::kim(true)]));
                }
                Request::ReadAccount { .. } => {
                    bench.done(&call, Reply::Account(Bench::kim(true)));
                }
                Request::Write(_) => {
                    let outcome = failed(Verdict::Retry { after: None }, Landed::Maybe, "HTTP 500");
                    bench.answer(&call, outcome);
                }
                Request::FindGroups { .. }
                | Request::ReadMembers { .. }
                | Request::AddMembers { .. } => bench.read_groups(&["a-kim"], &[]),
            }
            bench.commit_all();
        }
        bench.wait(SignedDuration::from_secs(1));
        bench.commit_all();
    }
    let [note] = waiting(&bench)[..] else { panic!("{:#?}", bench.audit) };
    assert!(note.why.text.contains("HTTP 500"), "{}", note.why.text);
    let seat = bench.seat();
    let kept = seat.trouble.as_ref().map(|trouble| trouble.what.as_str());
    assert_eq!(kept, Some("HTTP 500"), "for `explain`");
}

#[test]
fn who_only_waits_for_the_quota_is_told_after_a_minute() {
    let mut bench = Bench::with_quota(Quota::per_second(0.01));
    bench.commit_all();
    bench.hire("kim@example.com");
    bench.commit_all();
    bench.wait(SignedDuration::from_secs(40));
    bench.commit_all();
    assert_eq!(waiting(&bench).len(), 0);
    bench.wait(SignedDuration::from_secs(15));
    bench.commit_all();
    let codes: Vec<_> = waiting(&bench).iter().map(|note| note.why.code.clone()).collect();
    assert_eq!(codes, [Code::WaitingTurn]);
}

#[test]
fn answer_that_does_not_come_is_told_after_a_minute_and_after_a_takeover() {
    let mut bench = Bench::ready(&["a-kim"]);
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    let code =
        |bench: &Bench| waiting(bench).iter().map(|note| note.why.code.clone()).collect::<Vec<_>>();
    for _ in 0..55 {
        bench.wait(SignedDuration::from_secs(1));
        bench.commit_all();
    }
    assert_eq!(code(&bench), [Code::WaitingAnswer]);
    bench.step(Input::Tick);
    bench.commit_all();
    assert_eq!(code(&bench).len(), 1, "once");
}

/// Whoever reads the notes takes the last of them for what is so.
#[test]
fn who_is_held_again_or_looked_for_again_is_told_of_again() {
    let mut seat = Seat::new(Timestamp::UNIX_EPOCH);
    assert!(seat.note(NoteWord::Unverified, &Code::AccountNotFound.into()));
    assert!(!seat.note(NoteWord::Unverified, &Code::AccountNotFound.into()));
    assert!(seat.note(NoteWord::Held, &Code::IdentityContested.into()));
    assert!(!seat.note(NoteWord::Held, &Code::IdentityContested.into()));
    assert!(seat.note(NoteWord::Unverified, &Code::AccountNotFound.into()));
    assert!(seat.note(NoteWord::Held, &Code::IdentityContested.into()));
    assert!(seat.note(NoteWord::Held, &Code::BaselineUnknown.into()));
    assert!(seat.note(NoteWord::Held, &Code::IdentityContested.into()));
    assert!(seat.note(NoteWord::Waiting, &Code::WaitingTarget.into()));
    assert!(!seat.note(NoteWord::Held, &Code::IdentityContested.into()));
}
