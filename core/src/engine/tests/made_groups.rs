//! A group that usher makes is a call like any other: written ahead, told in the audit, made by one, and
//! not twice while an earlier call may still make it.

use super::bench::Bench;
use crate::engine::settings::Mode;
use crate::model::call_record::Action;
use crate::model::{
    Call, Failure, GroupRef, Landed, Operation, Outcome, Reply, Request, ResultWord, ScimId,
    Verdict,
};
use jiff::SignedDuration;
use serde_json::json;

/// A provider without groups, in which this account is found under every name.
pub(super) struct Bare {
    pub(super) vpn: Option<ScimId>,
    pub(super) members: Vec<ScimId>,
}

impl Bare {
    pub(super) fn new() -> Self {
        Self { vpn: None, members: Vec::new() }
    }

    pub(super) fn answer(&mut self, bench: &mut Bench, call: &Call) {
        let reply = match &call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::FindGroups { name } => Reply::Groups(
                self.vpn
                    .iter()
                    .filter(|_| name.as_str() == "VPN")
                    .map(|id| GroupRef { name: name.clone(), id: id.clone() })
                    .collect(),
            ),
            Request::FindAccounts { value, .. } => {
                Reply::Accounts(vec![Bench::account(&format!("a-{value}"), value)])
            }
            Request::ReadAccount { account } => {
                let name = account.as_str().strip_prefix("a-").unwrap();
                Reply::Account(Bench::account(account.as_str(), name))
            }
            Request::ReadMembers { group } if self.vpn.as_ref() == Some(&group.id) => {
                Reply::Members(self.members.clone())
            }
            Request::ReadMembers { .. } => Reply::Gone,
            Request::AddMembers { accounts, .. } => {
                self.members.extend(accounts.iter().cloned());
                Reply::Changed
            }
            Request::Write(Operation::CreateGroup { name }) => {
                let id = ScimId::new("g-made");
                self.vpn = Some(id.clone());
                Reply::Groups(vec![GroupRef { name: name.clone(), id }])
            }
            Request::Write(Operation::AddMember { account, .. }) => {
                self.members.push(account.clone());
                Reply::Changed
            }
            Request::Write(_) => Reply::Changed,
        };
        bench.done(call, reply);
    }

    /// Answers all but what makes a group, for `time`; gives that as soon as it is called.
    pub(super) fn serve(&mut self, bench: &mut Bench, time: SignedDuration) -> Option<Call> {
        let end = bench.now + time;
        while bench.now < end {
            bench.commit_all();
            if let Some(making) = bench.calls.iter().find(|call| makes_a_group(call)).cloned() {
                return Some(making);
            }
            match bench.calls.first().cloned() {
                Some(call) => self.answer(bench, &call),
                None => bench.wait(SignedDuration::from_secs(1)),
            }
        }
        None
    }

    /// The same, and what makes a group is done, too. Says how often.
    pub(super) fn serve_all(&mut self, bench: &mut Bench, time: SignedDuration) -> usize {
        let end = bench.now + time;
        let mut made = 0;
        while bench.now < end {
            let left = end.duration_since(bench.now);
            let Some(call) = self.serve(bench, left) else { break };
            made += 1;
            self.answer(bench, &call);
        }
        made
    }
}

pub(super) fn makes_a_group(call: &Call) -> bool {
    matches!(&call.request, Request::Write(Operation::CreateGroup { .. }))
}

pub(super) fn hire(bench: &mut Bench, name: &str) {
    bench.event_of(name, "worker.hired", json!({ "worker": { "user_name": name } }));
}

pub(super) fn no_answer() -> Outcome {
    Outcome::Failed(Failure {
        what: "no answer".to_owned(),
        verdict: Verdict::Retry { after: None },
        landed: Landed::Maybe,
    })
}

pub(super) const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn a_group_that_is_made_is_written_ahead_and_told() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    let written = String::from_utf8(bench.state[&bench.person_key()].clone()).unwrap();
    assert!(written.contains(r#""pending":[{"op":"create_group","name":"VPN"}]"#), "{written}");
    bare.answer(&mut bench, &making);
    bare.serve_all(&mut bench, MINUTE);
    let result = bench.last_result();
    assert_eq!(result.word, ResultWord::Applied);
    let made = result.calls.iter().find(|call| call.action == Action::CreateGroup).unwrap();
    assert_eq!(
        (&made.touched[..], made.outcome.to_string()),
        (&["VPN".to_owned()][..], "done".to_owned())
    );
    assert_eq!(bare.members, [ScimId::new("a-kim@example.com")]);
}

#[test]
fn of_many_who_wait_for_a_group_one_makes_it() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    for person in 0..6 {
        hire(&mut bench, &format!("p{person}@example.com"));
    }
    assert_eq!(bare.serve_all(&mut bench, MINUTE), 1);
    assert_eq!(bare.members.len(), 6);
}

/// A second POST beside one that lands late would be a second group of the name, and then nobody knows
/// which is meant.
#[test]
fn while_a_call_may_still_make_the_group_no_other_one_does() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    hire(&mut bench, "ada@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    let sent_at = bench.now;
    bench.answer(&making, no_answer());
    let again = bare.serve(&mut bench, MINUTE * 30).expect("it is made once more in the end");
    let window = crate::engine::settings::Timing::default().late_window;
    assert!(bench.now.duration_since(sent_at) >= window, "{}", bench.now);
    bare.answer(&mut bench, &again);
    bare.serve_all(&mut bench, MINUTE * 10);
    assert_eq!(bare.members.len(), 2);
}

#[test]
fn a_group_that_a_call_without_an_answer_has_made_is_found() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    bench.answer(&making, no_answer());
    bare.vpn = Some(ScimId::new("g-late"));
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 10), 0, "it is there");
    assert_eq!(bare.members, [ScimId::new("a-kim@example.com")]);
}

/// What the last owner may have called, nobody knows.
#[test]
fn a_new_owner_does_not_make_a_group_that_the_last_one_may_have_made() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    bare.serve(&mut bench, MINUTE).expect("the group is made");
    let taken_over_at = bench.now;
    let mut next = bench.owned_again_making_groups();
    let again = bare.serve(&mut next, MINUTE * 30).expect("it is made once more in the end");
    let window = crate::engine::settings::Timing::default().late_window;
    assert!(next.now.duration_since(taken_over_at) >= window, "{}", next.now);
    bare.answer(&mut next, &again);
    bare.serve_all(&mut next, MINUTE * 10);
    assert_eq!(bare.members, [ScimId::new("a-kim@example.com")]);
}

/// What was seen a moment before the call landed proves nothing.
#[test]
fn a_group_is_looked_for_once_more_when_no_earlier_call_can_make_it_any_more() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    bench.answer(&making, no_answer());
    let window = crate::engine::settings::Timing::default().late_window;
    assert!(bare.serve(&mut bench, window - SignedDuration::from_secs(30)).is_none());
    hire(&mut bench, "ada@example.com");
    assert!(bare.serve(&mut bench, SignedDuration::from_secs(20)).is_none());
    bare.vpn = Some(ScimId::new("g-late"));
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 10), 0, "it is there");
    assert_eq!(bare.members.len(), 2);
}

#[test]
fn a_group_that_the_target_will_make_is_not_made_by_another_call() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    let sent_at = bench.now;
    bench.done(&making, Reply::Accepted);
    let again = bare.serve(&mut bench, MINUTE * 30).expect("it is made once more in the end");
    let window = crate::engine::settings::Timing::default().late_window;
    assert!(bench.now.duration_since(sent_at) >= window, "{}", bench.now);
    bare.answer(&mut bench, &again);
    bare.serve_all(&mut bench, MINUTE * 10);
    assert_eq!(bare.members, [ScimId::new("a-kim@example.com")]);
}

/// Some targets show what was so a while ago.
#[test]
fn a_group_that_was_made_and_is_not_shown_yet_is_not_made_by_another_call() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    bare.answer(&mut bench, &making);
    let made = bare.vpn.take();
    assert!(bare.serve(&mut bench, SignedDuration::from_secs(40)).is_none());
    bare.vpn = made;
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 10), 0, "it is there");
    assert_eq!(bare.members, [ScimId::new("a-kim@example.com")]);
}

/// What an owner has made, the next one may not be shown for a while.
#[test]
fn a_new_owner_does_not_make_a_group_that_is_made_and_not_shown_yet() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    bare.answer(&mut bench, &making);
    bench.commit_all();
    let made = bare.vpn.take();
    let mut next = bench.owned_again_making_groups();
    assert!(bare.serve(&mut next, SignedDuration::from_secs(40)).is_none());
    bare.vpn = made;
    assert_eq!(bare.serve_all(&mut next, MINUTE * 10), 0, "it is there");
    assert_eq!(bare.members, [ScimId::new("a-kim@example.com")]);
}

#[test]
fn a_group_that_somebody_deletes_is_made_again_for_those_who_were_in_it() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    hire(&mut bench, "ada@example.com");
    assert_eq!(bare.serve_all(&mut bench, MINUTE), 1);
    assert_eq!(bare.members.len(), 2);
    bare.vpn = None;
    bare.members.clear();
    assert_eq!(bare.serve_all(&mut bench, MINUTE * 30), 1);
    assert_eq!(bare.members.len(), 2);
    assert_eq!(bench.last_result().word, ResultWord::Applied);
}

#[test]
fn an_observed_target_gets_no_group() {
    let mut bench = Bench::with_mode(Mode::Observe, &[]);
    hire(&mut bench, "kim@example.com");
    let mut bare = Bare::new();
    assert_eq!(bare.serve_all(&mut bench, MINUTE), 0);
    assert!(bench.results().iter().all(|(_, word)| *word == ResultWord::Observed));
}

/// The account has an id: a cut of it waits for no group.
#[test]
fn a_leaver_is_cut_while_a_group_is_made_for_them() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let making = bare.serve(&mut bench, MINUTE).expect("the group is made");
    bench.event_of("kim@example.com", "worker.terminated", json!({}));
    bench.commit_all();
    let is_cut = |call: &Call| {
        matches!(&call.request, Request::Write(Operation::Change { active: Some(false), .. }))
    };
    assert!(bench.calls.iter().any(is_cut), "{:#?}", bench.calls);
    bare.answer(&mut bench, &making);
    bare.serve_all(&mut bench, MINUTE);
    assert!(bare.members.is_empty());
}

#[test]
fn a_group_that_is_refused_is_asked_for_with_growing_pauses() {
    let mut bench = Bench::without_groups(true);
    let mut bare = Bare::new();
    hire(&mut bench, "kim@example.com");
    let end = bench.now + MINUTE * 5;
    let mut calls = 0;
    while bench.now < end {
        let left = end.duration_since(bench.now);
        let Some(making) = bare.serve(&mut bench, left) else { break };
        calls += 1;
        let verdict = Verdict::Retry { after: None };
        let failure = Failure { what: "HTTP 503".to_owned(), verdict, landed: Landed::No };
        bench.answer(&making, Outcome::Failed(failure));
    }
    assert!((2..20).contains(&calls), "{calls} in five minutes");
}
