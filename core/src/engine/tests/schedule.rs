//! Who is called next, and how many calls that takes.

use super::bench::Bench;
use super::words::{failed, is_cut, is_read, refused};
use crate::engine::settings::Quota;
use crate::model::call::{Answer, Call, Failure, Landed, Outcome, Reply, Request, Verdict};
use crate::model::code::Code;
use crate::model::decision::NoteWord;
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{GroupRef, Operation};
use crate::model::{Account, AttributeName, ResultWord};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

pub(super) fn refusal(after: Option<Duration>) -> Outcome {
    Outcome::Failed(Failure {
        verdict: Verdict::Retry { after },
        landed: Landed::No,
        what: "HTTP 429".to_owned(),
    })
}

/// Kim is to be cut, Lou to be let in; Lou was first.
#[test]
fn after_an_absurd_wait_the_first_call_is_a_cuts_and_all_are_told() {
    let mut bench = Bench::ready(&["a-kim"]);
    let lou = json!({ "worker": { "user_name": "lou@example.com" } });
    bench.event_of("lou@example.com", "worker.hired", lou);
    let asked = bench.called();
    let century = Some(Duration::from_hours(24 * 36_525));
    let answer = Answer::new(asked.id, refusal(century)).heeded_for(Duration::from_mins(15));
    bench.answer_with(&asked, answer);
    bench.commit_all();
    bench.event("worker.terminated", json!({}));
    bench.commit_all();
    for _ in 0..14 {
        bench.wait(SignedDuration::from_mins(1));
        bench.commit_all();
        assert_eq!(bench.calls, [], "nobody calls within the pause");
    }
    let waiting = bench.notes(NoteWord::Waiting);
    let waiting: Vec<_> = waiting.iter().map(|note| note.why.code.as_str()).collect();
    assert_eq!(waiting, ["waiting.asked", "waiting.asked"]);
    bench.wait(SignedDuration::from_mins(1));
    let probe = bench.called();
    let Request::FindAccounts { value, .. } = &probe.request else { panic!("{probe:?}") };
    assert_eq!(value, "kim@example.com");
    bench.done(&probe, Reply::Accounts(vec![Bench::kim(true)]));
    bench.commit_all();
    assert!(bench.calls.len() > 1, "it got through, and all follow: {:?}", bench.calls);
}

/// A shard with `count` people whose accounts are known and who are in no group.
fn company(count: usize, calls_per_second: f64) -> Bench {
    let mut bench = Bench::with_quota(Quota::per_second(100_000.0));
    for number in 0..count {
        let name = format!("p{number}@example.com");
        let worker = json!({ "user_name": name });
        bench.event_of(&name, "worker.updated", json!({ "worker": worker }));
    }
    serve(&mut bench, &BTreeSet::new(), |_| {});
    bench.own_again_with(Quota::per_second(calls_per_second));
    serve(&mut bench, &BTreeSet::new(), |_| {});
    bench
}

fn account_of(name: &str) -> Account {
    Account {
        id: ScimId::new(format!("a-{name}")),
        active: Some(true),
        attributes: [(AttributeName::USER_NAME, crate::model::Value::Text(name.to_owned()))].into(),
        groups: None,
        changed: None,
    }
}

/// Answers as an honest provider would, as time passes, until nothing is asked for a while.
fn serve(bench: &mut Bench, dead: &BTreeSet<ScimId>, see: impl FnMut(&Call)) -> BTreeSet<ScimId> {
    settle_with(bench, dead, BTreeSet::new(), see)
}

fn settle_with(
    bench: &mut Bench,
    dead: &BTreeSet<ScimId>,
    mut inactive: BTreeSet<ScimId>,
    mut see: impl FnMut(&Call),
) -> BTreeSet<ScimId> {
    let mut vpn: BTreeSet<ScimId> = BTreeSet::new();
    let mut quiet = 0;
    while quiet < 100 {
        bench.commit_all();
        let Some(call) = bench.calls.first().cloned() else {
            bench.wait(SignedDuration::from_millis(250));
            quiet += 1;
            continue;
        };
        quiet = 0;
        see(&call);
        let reply = match &call.request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::FindAccounts { value, .. } => Reply::Accounts(vec![account_of(value)]),
            Request::ReadAccount { account } => {
                let mut found = account_of(account.as_str().strip_prefix("a-").unwrap());
                found.active = Some(!inactive.contains(account));
                Reply::Account(found)
            }
            Request::FindGroups { name } | Request::Write(Operation::CreateGroup { name }) => {
                let id = ScimId::new(format!("g-{name}"));
                Reply::Groups(vec![GroupRef { name: name.clone(), id }])
            }
            Request::ReadMembers { group } if group.name.as_str() == "VPN" => {
                Reply::Members(vpn.iter().cloned().collect())
            }
            Request::ReadMembers { .. } => Reply::Members(Vec::new()),
            Request::AddMembers { accounts, .. } if accounts.iter().any(|id| dead.contains(id)) => {
                Reply::Gone
            }
            Request::AddMembers { accounts, .. } => {
                vpn.extend(accounts.iter().cloned());
                Reply::Changed
            }
            Request::Write(Operation::AddMember { account, .. }) if dead.contains(account) => {
                bench.answer(&call, refused());
                continue;
            }
            Request::Write(Operation::AddMember { account, .. }) => {
                vpn.insert(account.clone());
                Reply::Changed
            }
            Request::Write(Operation::RemoveMember { account, .. }) => {
                vpn.remove(account);
                Reply::Changed
            }
            Request::Write(Operation::Change { account, active: Some(false), .. }) => {
                inactive.insert(account.clone());
                Reply::Changed
            }
            Request::Write(_) => Reply::Changed,
        };
        bench.done(&call, reply);
    }
    vpn
}

fn let_all_join(bench: &mut Bench, count: usize) {
    for number in 0..count {
        bench.event_of(&format!("p{number}@example.com"), "worker.transferred", json!({}));
    }
}

#[test]
fn a_thousand_people_join_a_group_in_twelve_calls() {
    let mut bench = company(1_000, 4.0);
    let_all_join(&mut bench, 1_000);
    let mut calls = Vec::new();
    let vpn = serve(&mut bench, &BTreeSet::new(), |call| calls.push(call.request.clone()));
    assert_eq!(vpn.len(), 1_000);
    // Whose each account is was read before.
    calls.retain(|request| !matches!(request, Request::ReadAccount { .. }));
    assert!(calls.len() <= 12, "{} calls", calls.len());
    let applied = bench.results().iter().filter(|(_, word)| *word == ResultWord::Applied).count();
    assert_eq!(applied, 1_000, "each has its own result");
}

#[test]
fn one_dead_account_keeps_nobody_else_out() {
    let mut bench = company(100, 4.0);
    let dead: BTreeSet<ScimId> = [ScimId::new("a-p37@example.com")].into();
    let_all_join(&mut bench, 100);
    let mut calls = 0;
    let vpn = serve(&mut bench, &dead, |call| {
        calls += u32::from(!is_read(call));
    });
    assert_eq!(vpn.len(), 99);
    assert!(calls <= 40, "halves, not one by one: {calls} calls");
    let mut failed = bench.result_records();
    failed.retain(|result| result.word == ResultWord::Failed);
    assert_eq!(failed.len(), 1, "{failed:#?}");
}

#[test]
fn a_leaver_is_cut_within_a_slot_though_ten_thousand_hires_wait() {
    let mut bench = company(10, 4.0);
    for number in 0..10_000 {
        let name = format!("new{number}@example.com");
        bench.hire(&name);
    }
    for _ in 0..40 {
        bench.commit_all();
        if let Some(call) = bench.calls.first().cloned() {
            bench.done(&call, Reply::Accounts(vec![]));
        }
        bench.wait(SignedDuration::from_millis(50));
    }
    bench.event_of("p7@example.com", "worker.terminated", json!({}));
    bench.commit_all();
    let asked_at = bench.now;
    let cut = loop {
        bench.commit_all();
        if let Some(cut) = bench.calls.iter().find(|call| is_cut(call)) {
            break cut.clone();
        }
        bench.wait(SignedDuration::from_millis(10));
    };
    assert!(cut.person.is_some());
    let waited = bench.now.duration_since(asked_at);
    assert!(waited <= SignedDuration::from_millis(250), "{waited}");
}

#[test]
fn a_403_closes_nobody_else_out_and_ends_with_its_reason() {
    let mut bench = company(2, 100.0);
    bench.event_of("p0@example.com", "worker.terminated", json!({}));
    let admin = bench.called();
    let forbidden =
        Answer::new(admin.id, failed(Verdict::Closed, Landed::No)).with_status(Some(403));
    bench.calls.clear();
    bench.step(crate::engine::Input::Answer(forbidden));
    bench.event_of("p1@example.com", "worker.terminated", json!({}));
    bench.commit_all();
    bench.wait(SignedDuration::from_millis(20));
    let other = bench
        .calls
        .iter()
        .find(|call| call.person != admin.person)
        .cloned()
        .expect("the other's cut leaves at once");
    bench.done(&other, Reply::Changed);
    let account = ScimId::new("a-p1@example.com");
    settle_with(&mut bench, &BTreeSet::new(), BTreeSet::from([account]), |_| {});
    let told = bench.result_records();
    let codes: Vec<_> =
        told.iter().filter_map(|it| Some((it.person.clone(), it.why.clone()?.code))).collect();
    assert_eq!(codes, [(admin.person.unwrap(), Code::TargetForbids.into())]);
}

#[test]
fn two_people_refused_close_the_target() {
    let mut bench = company(2, 100.0);
    for person in ["p0@example.com", "p1@example.com"] {
        bench.event_of(person, "worker.terminated", json!({}));
    }
    bench.commit_all();
    bench.wait(SignedDuration::from_millis(20));
    let open: Vec<Call> = bench.calls.drain(..).collect();
    assert_eq!(open.len(), 2, "{open:#?}");
    for call in &open {
        let forbidden =
            Answer::new(call.id, failed(Verdict::Closed, Landed::No)).with_status(Some(403));
        bench.step(crate::engine::Input::Answer(forbidden));
    }
    bench.commit_all();
    assert!(bench.calls.is_empty(), "closed: it pauses before it probes");
    let mut probes = 0;
    serve(&mut bench, &BTreeSet::new(), |_| probes += 1);
    assert!(probes > 2, "it goes on by itself");
    assert!(bench.results().iter().all(|(_, word)| *word != ResultWord::Failed));
}

#[test]
fn a_group_is_made_only_where_that_is_allowed() {
    for allowed in [false, true] {
        let mut bench = Bench::without_groups(allowed);
        bench.hire("kim@example.com");
        let mut made = Vec::new();
        for _ in 0..80 {
            bench.commit_all();
            let Some(call) = bench.calls.first().cloned() else {
                bench.wait(SignedDuration::from_secs(1));
                continue;
            };
            let reply = match &call.request {
                Request::ListAccounts { .. }
                | Request::ListGroups { .. }
                | Request::ReadScope { .. } => {
                    panic!("nobody lists here")
                }
                Request::FindGroups { .. } => Reply::Groups(Vec::new()),
                Request::Write(Operation::CreateGroup { name }) => {
                    made.push(name.clone());
                    let id = ScimId::new(format!("g-{name}"));
                    Reply::Groups(vec![GroupRef { name: name.clone(), id }])
                }
                Request::FindAccounts { .. } => Reply::Accounts(vec![Bench::kim(true)]),
                Request::ReadAccount { .. } => Reply::Account(Bench::kim(true)),
                Request::ReadMembers { .. } => Reply::Members(vec![ScimId::new("a-kim")]),
                Request::AddMembers { .. } | Request::Write(_) => Reply::Changed,
            };
            bench.done(&call, reply);
        }
        let (groups, word): (&[GroupName], _) = if allowed {
            (&[GroupName::new("VPN")], ResultWord::Applied)
        } else {
            (&[], ResultWord::Failed)
        };
        assert_eq!(made, groups, "the restricting group is wanted by nobody");
        assert_eq!(bench.results().first().map(|(_, word)| *word), Some(word), "{allowed}");
    }
}
