use super::bench::Bench;
use crate::engine::schedule::gate::Gate;
use crate::engine::settings::{Mode, Quota, TargetSettings, Timing};
use crate::model::call::{
    Answer, Call, CallId, Failure, Landed, Outcome, RateLimits, Reply, Request, Urgency, Verdict,
};
use crate::model::code::Code;
use crate::model::decision::AuditEntry;
use crate::model::ids::{GroupName, ScimId, TargetName};
use crate::model::operation::{GroupRef, Operation};
use crate::model::{Account, AttributeName, ResultWord};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn four_a_second() -> TargetSettings {
    TargetSettings {
        name: TargetName::new("main"),
        mode: Mode::Enforce,
        restricting_groups: BTreeSet::new(),
        lookup: vec![AttributeName::USER_NAME],
        custom_attributes: None,
        concurrency: 4,
        quota: Quota::per_second(4.0),
        members_per_call: 100,
        create_groups: false,
        formerly: Vec::new(),
        limits: crate::engine::brakes::limits::Limits::default(),
        protected: crate::engine::brakes::protect::Protected::default(),
    }
}

#[test]
fn what_is_not_urgent_starts_evenly_and_leaves_a_slot() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    gate.start(&settings, at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Normal, at(0)), Some(at(250)));
    assert_eq!(
        gate.opens_at(&settings, Urgency::Urgent, at(0)),
        None,
        "a burst is for who is urgent"
    );
    gate.taken = 3;
    assert!(!gate.is_open(&settings, Urgency::Bulk, at(900)));
    assert!(gate.is_open(&settings, Urgency::Urgent, at(900)));
}

#[test]
fn no_window_holds_more_than_the_quota() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let mut starts = Vec::new();
    for millis in 0..4_000 {
        let urgency = if millis % 3 == 0 { Urgency::Urgent } else { Urgency::Normal };
        if gate.is_open(&settings, urgency, at(millis)) {
            gate.start(&settings, at(millis));
            starts.push(millis);
        }
    }
    assert!(starts.len() >= 13, "{starts:?}");
    assert!(starts.windows(5).all(|five| five[4] - five[0] >= 1_000), "{starts:?}");
}

#[test]
fn a_long_window_counts_whole() {
    let quota = Quota { calls: 600, window: SignedDuration::from_mins(1) };
    let (settings, mut gate) = (TargetSettings { quota, ..four_a_second() }, Gate::default());
    for _ in 0..600 {
        assert!(gate.is_open(&settings, Urgency::Urgent, at(0)));
        gate.start(&settings, at(0));
    }
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(30_000)), Some(at(60_000)));
}

#[test]
fn an_empty_window_of_the_provider_closes_the_gate_until_the_next() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let limits = |remaining| RateLimits {
        limit: Some(4),
        remaining: Some(remaining),
        reset: Some(Duration::from_secs(7)),
    };
    gate.hear(settings.quota, limits(1), at(0));
    assert!(gate.is_open(&settings, Urgency::Urgent, at(0)));
    gate.hear(settings.quota, limits(0), at(0));
    gate.went_well(at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(0)), Some(at(7_000)));
}

#[test]
fn a_reset_of_a_second_is_rounded_up_and_costs_a_slot() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let reset = Some(Duration::from_secs(1));
    gate.hear(settings.quota, RateLimits { limit: Some(4), remaining: Some(0), reset }, at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(0)), Some(at(250)));
}

#[test]
fn what_a_provider_asked_for_outlasts_the_answer_to_an_earlier_call() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    gate.went_wrong(Some(SignedDuration::from_secs(30)), &Timing::default(), at(0));
    gate.went_well(at(0));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(100)), Some(at(30_000)));
}

#[test]
fn a_tripped_breaker_probes_one_at_a_time_and_closes_on_success() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    for _ in 0..3 {
        gate.went_wrong(None, &Timing::default(), at(0));
    }
    let probe_at = gate.opens_at(&settings, Urgency::Urgent, at(0)).expect("it pauses");
    assert!(gate.is_open(&settings, Urgency::Normal, probe_at), "it goes on by itself");
    gate.taken = 1;
    assert!(!gate.is_open(&settings, Urgency::Urgent, probe_at));
    gate.went_well(probe_at);
    assert!(gate.is_open(&settings, Urgency::Urgent, probe_at));
}

/// An answer that asks for a century.
fn asks_too_long(outcome: Outcome) -> Answer {
    let reset = Some(Duration::from_hours(24 * 36_525));
    let limits = RateLimits { limit: None, remaining: Some(0), reset };
    let answer = Answer::new(CallId(1), outcome).with_limits(Some(limits));
    answer.heeded_for(Duration::from_mins(15))
}

fn refusal(after: Option<Duration>) -> Outcome {
    Outcome::Failed(Failure {
        verdict: Verdict::Retry { after },
        landed: Landed::No,
        what: "HTTP 429".to_owned(),
    })
}

const QUARTER: i64 = 15 * 60_000;

#[test]
fn absurd_wait_is_cut_short_and_then_one_call_asks() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let answer = asks_too_long(refusal(None));
    gate.listen(settings.quota, &answer, at(0));
    gate.went_well(at(10));
    assert_eq!(gate.opens_at(&settings, Urgency::Urgent, at(10)), Some(at(QUARTER)));
    assert!(gate.is_open(&settings, Urgency::Normal, at(QUARTER)));
    gate.taken = 1;
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(QUARTER)), "only one asks");
    gate.taken = 0;
    gate.listen(settings.quota, &answer, at(QUARTER));
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(2 * QUARTER - 1)), "told so again");
    gate.taken = 1;
    gate.went_well(at(2 * QUARTER));
    assert!(gate.is_open(&settings, Urgency::Urgent, at(2 * QUARTER)), "it got through");
    assert_eq!(gate.pause(), None);
}

#[test]
fn reset_that_a_call_has_refuted_closes_nothing_until_one_is_refused() {
    let (settings, mut gate) = (four_a_second(), Gate::default());
    let served = asks_too_long(Outcome::Done(Reply::Changed));
    gate.listen(settings.quota, &served, at(0));
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(QUARTER - 1)));
    for _ in 0..3 {
        gate.went_well(at(QUARTER));
        gate.listen(settings.quota, &served, at(QUARTER));
        assert!(gate.is_open(&settings, Urgency::Urgent, at(QUARTER)));
    }
    gate.listen(settings.quota, &asks_too_long(refusal(None)), at(QUARTER));
    assert!(!gate.is_open(&settings, Urgency::Urgent, at(QUARTER)));
}

/// Kim is to be cut, Lou to be let in; Lou was first.
#[test]
fn after_an_absurd_wait_the_first_call_is_a_cuts_and_all_are_told() {
    let mut bench = Bench::ready(&["a-kim"]);
    let lou = json!({ "worker": { "user_name": "lou@example.com" } });
    bench.event_of("lou@example.com", "worker.hired", lou);
    bench.commit_all();
    let asked = bench.only_call();
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
    let waiting = bench.audit.iter().filter_map(|entry| match entry {
        AuditEntry::Note(note) => Some(note.why.code.as_str()),
        AuditEntry::Decision(_)
        | AuditEntry::Result(_)
        | AuditEntry::Reading(_)
        | AuditEntry::Command(_) => None,
    });
    assert_eq!(waiting.collect::<Vec<_>>(), ["waiting.asked", "waiting.asked"]);
    bench.wait(SignedDuration::from_mins(1));
    bench.commit_all();
    let probe = bench.only_call();
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
                bench.answer(&call, stuck());
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

fn stuck() -> Outcome {
    failed(Verdict::Stuck)
}

fn failed(verdict: Verdict) -> Outcome {
    Outcome::Failed(Failure { verdict, landed: Landed::No, what: "refused".to_owned() })
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
        calls += u32::from(!matches!(call.request, Request::ReadAccount { .. }));
    });
    assert_eq!(vpn.len(), 99);
    assert!(calls <= 40, "halves, not one by one: {calls} calls");
    let failed: Vec<_> = bench
        .audit
        .iter()
        .filter(|entry| matches!(entry, AuditEntry::Result(result) if result.word == ResultWord::Failed))
        .collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
}

#[test]
fn a_leaver_is_cut_within_a_slot_though_ten_thousand_hires_wait() {
    let mut bench = company(10, 4.0);
    for number in 0..10_000 {
        let name = format!("new{number}@example.com");
        let worker = json!({ "user_name": name });
        bench.event_of(&name, "worker.hired", json!({ "worker": worker }));
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
        let is_cut = |call: &&Call| {
            matches!(&call.request, Request::Write(Operation::Change { active: Some(false), .. }))
        };
        if let Some(cut) = bench.calls.iter().find(is_cut) {
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
    bench.commit_all();
    let admin = bench.only_call();
    let forbidden = Answer::new(admin.id, failed(Verdict::Closed)).with_status(Some(403));
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
    let codes: Vec<_> = bench
        .audit
        .iter()
        .filter_map(|entry| match entry {
            AuditEntry::Result(result) => Some((result.person.clone(), result.why.clone()?.code)),
            AuditEntry::Decision(_)
            | AuditEntry::Note(_)
            | AuditEntry::Reading(_)
            | AuditEntry::Command(_) => None,
        })
        .collect();
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
        let forbidden = Answer::new(call.id, failed(Verdict::Closed)).with_status(Some(403));
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
        bench.event("worker.hired", json!({ "worker": { "user_name": "kim@example.com" } }));
        let mut made = Vec::new();
        for _ in 0..80 {
            bench.commit_all();
            let Some(call) = bench.calls.first().cloned() else {
                bench.wait(SignedDuration::from_secs(1));
                continue;
            };
            let reply = match &call.request {
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
