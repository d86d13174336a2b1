//! How many people a target may be changed for: never more in any window, over all paths, and who is beyond
//! it is a row.

use super::bench::Bench;
use super::setting::Like;
use crate::command::Operators;
use crate::command::tests::court::group;
use crate::engine::brakes::counters::{Charges, Counters};
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::{Ceiling, Limit, Limits, Reserve};
use crate::engine::brakes::protect::Protected;
use crate::engine::settings::{Mode, Quota};
use crate::engine::state::Stage;
use crate::model::{
    Account, AttributeName, Call, Effect, Failure, GroupName, GroupRef, Landed, Operation, Outcome,
    Reply, Request, ScimId, Value, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A provider with an account for every name, which does what it is told.
#[derive(Default)]
pub(super) struct Provider {
    pub(super) inactive: BTreeSet<ScimId>,
    pub(super) vpn: BTreeSet<ScimId>,
    pub(super) quarantine: BTreeSet<ScimId>,
    pub(super) deleted: BTreeSet<ScimId>,
    /// It takes no writes.
    pub(super) is_down: bool,
    /// It does not show who is in a group.
    pub(super) hides_members: bool,
    /// It has no such group.
    pub(super) lacks: Option<GroupName>,
    /// It has two of that name.
    pub(super) doubles: Option<GroupName>,
    /// Its `userType` says so.
    pub(super) administrator: Option<ScimId>,
    /// What it was told, in order.
    pub(super) written: Vec<Operation>,
}

impl Provider {
    fn account(&self, name: &str) -> Account {
        let id = format!("a-{name}");
        let active = !self.inactive.contains(&ScimId::new(&id));
        let mut account = Account { active: Some(active), ..Bench::account(&id, name) };
        if self.administrator.as_ref() == Some(&account.id) {
            let shown = Value::Text("Administrator".to_owned());
            account.attributes.insert(AttributeName::USER_TYPE, shown);
        }
        account
    }

    fn write(&mut self, operation: &Operation) -> Reply {
        self.written.push(operation.clone());
        match operation {
            Operation::Change { account, active: Some(true), .. } => {
                self.inactive.remove(account);
            }
            Operation::Change { account, active: Some(false), .. } => {
                self.inactive.insert(account.clone());
            }
            Operation::AddMember { account, group } => {
                self.members(group).insert(account.clone());
            }
            Operation::RemoveMember { account, group } => {
                self.members(group).remove(account);
            }
            Operation::Delete { account } => {
                self.deleted.insert(account.clone());
            }
            Operation::Change { .. } | Operation::Create { .. } | Operation::CreateGroup { .. } => {
            }
        }
        Reply::Changed
    }

    fn members(&mut self, group: &GroupRef) -> &mut BTreeSet<ScimId> {
        if group.name.as_str() == "VPN" { &mut self.vpn } else { &mut self.quarantine }
    }

    fn reply(&mut self, request: &Request) -> Reply {
        match request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::FindGroups { name } if self.lacks.as_ref() == Some(name) => {
                Reply::Groups(Vec::new())
            }
            Request::FindGroups { name } => {
                let group = |id| GroupRef { name: name.clone(), id: ScimId::new(id) };
                let second = self.doubles.as_ref().filter(|it| *it == name);
                let second = second.map(|_| group(format!("g-{name}-2")));
                Reply::Groups([group(format!("g-{name}"))].into_iter().chain(second).collect())
            }
            Request::FindAccounts { value, .. } => {
                let account = self.account(value);
                Reply::Accounts(if self.deleted.contains(&account.id) {
                    Vec::new()
                } else {
                    vec![account]
                })
            }
            Request::ReadAccount { account } if self.deleted.contains(account) => Reply::Gone,
            Request::ReadAccount { account } => {
                Reply::Account(self.account(account.as_str().strip_prefix("a-").unwrap()))
            }
            Request::ReadMembers { group } => {
                Reply::Members(self.members(group).iter().cloned().collect())
            }
            Request::AddMembers { accounts, .. } => {
                self.vpn.extend(accounts.iter().cloned());
                Reply::Changed
            }
            Request::Write(operation) => self.write(operation),
        }
    }

    /// Answers the call that has been open for longest. Says whether there was one.
    pub(super) fn answer_one(&mut self, bench: &mut Bench) -> bool {
        let Some(call) = bench.calls.first().cloned() else { return false };
        self.answer(bench, &call);
        true
    }

    /// Answers one call.
    pub(super) fn answer(&mut self, bench: &mut Bench, call: &Call) {
        let is_write = matches!(call.request, Request::Write(_) | Request::AddMembers { .. });
        let is_hidden = self.hides_members && matches!(call.request, Request::ReadMembers { .. });
        if is_hidden || self.is_down && is_write {
            let what = "HTTP 503".to_owned();
            let failure =
                Failure { what, verdict: Verdict::Retry { after: None }, landed: Landed::No };
            bench.answer(call, Outcome::Failed(failure));
        } else {
            let reply = self.reply(&call.request);
            bench.done(call, reply);
        }
    }

    /// Answers everything until nothing is asked for a minute.
    pub(super) fn serve(&mut self, bench: &mut Bench) {
        let mut idle = 0;
        while idle < 12 {
            bench.commit_all();
            if self.answer_one(bench) {
                idle = 0;
            } else {
                bench.wait(SignedDuration::from_secs(5));
                idle += 1;
            }
        }
    }

    pub(super) fn cut(&self) -> usize {
        self.inactive.len()
    }
}

impl Bench {
    /// A new shard at a target that may be changed for so many people only.
    pub(super) fn limited(limits: &Limits) -> Self {
        Self::limited_again(limits, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
    }

    /// A new shard at a target where some are protected.
    pub(super) fn protecting(protected: Protected) -> Self {
        Self::protecting_again(protected, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
    }

    /// The next owner of what is committed there.
    pub(super) fn protecting_again(
        protected: Protected,
        state: BTreeMap<String, Vec<u8>>,
        now: Timestamp,
    ) -> Self {
        let operators = Operators::new(vec![group()]).unwrap();
        let like = Like { operators, protected, ..Like::usual(Mode::Enforce) };
        Self::owned_like(like, state, now)
    }

    /// The next owner of what is committed there.
    pub(super) fn limited_again(
        limits: &Limits,
        state: BTreeMap<String, Vec<u8>>,
        now: Timestamp,
    ) -> Self {
        let operators = Operators::new(vec![group()]).unwrap();
        let like = Like { limits: limits.clone(), operators, ..Like::usual(Mode::Enforce) };
        Self::owned_like(like, state, now)
    }
}

pub(super) fn two_cuts_an_hour() -> Limits {
    let hour = Ceiling { count: Some(2), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let reserve = Reserve { an_hour: 1, per_source: 1, per_rule: 1 };
    Limits { kinds: [(LimitKind::Cut, limit)].into(), reserve, ..Limits::default() }
}

pub(super) fn name(number: usize) -> String {
    format!("person{number}@example.com")
}

pub(super) fn terminate(bench: &mut Bench, number: usize) {
    bench.event_of(&name(number), "worker.terminated", json!({}));
}

/// The rows of everybody: whom, and why.
fn rows(bench: &Bench) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for person in bench.shard.people() {
        for seat in bench.shard.seats_of(person).values() {
            for hold in &seat.holds {
                let account = seat.account().unwrap().to_string();
                rows.push((account, hold.why.code.to_string()));
            }
        }
    }
    rows
}

pub(super) fn terminated(bench: &mut Bench, provider: &mut Provider, people: usize) {
    for number in 0..people {
        terminate(bench, number);
    }
    provider.serve(bench);
}

#[test]
fn beyond_the_limit_everybody_is_a_row_and_stays_one() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 5);
    assert_eq!(provider.cut(), 2);
    let held: BTreeSet<String> = rows(&bench).into_iter().map(|(account, _)| account).collect();
    assert_eq!(held.len(), 3, "{held:?}");
    assert!(rows(&bench).iter().all(|(_, code)| code == "limit.reached"));
    // Time alone lets nobody through, nor does another owner.
    bench.wait(HOUR * 3);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 2);
    let mut bench = Bench::limited_again(&limits, bench.state, bench.now);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 2);
    assert_eq!(rows(&bench).len(), 3);
    // There is room again for somebody else.
    terminate(&mut bench, 7);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 3);
}

/// What was counted is not forgotten when the shard changes hands.
#[test]
fn a_new_owner_counts_on() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 2);
    let mut bench = Bench::limited_again(&limits, bench.state, bench.now + MINUTE);
    terminate(&mut bench, 3);
    provider.serve(&mut bench);
    assert_eq!(provider.cut(), 2);
    assert_eq!(rows(&bench).len(), 1);
}

/// A held leaver is quarantined all the same, out of the reserve; a second one is a row.
#[test]
fn a_quarantine_goes_beside_what_is_held() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    provider.vpn = (0..4).map(|number| ScimId::new(format!("a-{}", name(number)))).collect();
    terminated(&mut bench, &mut provider, 4);
    assert_eq!(provider.cut(), 2);
    bench.event_of(&name(3), "risk.raised", json!({}));
    provider.serve(&mut bench);
    let quarantined: Vec<&str> = provider.quarantine.iter().map(ScimId::as_str).collect();
    assert_eq!(quarantined, [format!("a-{}", name(3))]);
    assert!(!provider.vpn.contains(&ScimId::new(format!("a-{}", name(3)))));
    bench.event_of(&name(2), "risk.raised", json!({}));
    provider.serve(&mut bench);
    assert_eq!(provider.quarantine.len(), 1, "the reserve is one");
    assert!(rows(&bench).iter().any(|(account, _)| *account == format!("a-{}", name(2))));
}

/// Whoever is wanted again is no row any more.
#[test]
fn a_row_ends_when_nobody_wants_its_effect() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 3);
    assert_eq!(rows(&bench).len(), 1);
    let held = bench
        .shard
        .people()
        .find(|person| bench.shard.seats_of(person).values().any(|seat| seat.stage == Stage::Held));
    let name = held.unwrap().aliases.first().unwrap().value().to_owned();
    bench.event_of(&name, "worker.termination.cancelled", json!({}));
    provider.serve(&mut bench);
    assert!(rows(&bench).is_empty());
    assert_eq!(provider.cut(), 2);
}

/// What brakes keep is one operation, not the person: who leaves a group that may lose nobody more is cut.
#[test]
fn a_group_loses_no_more_of_its_members_than_its_share() {
    let limits = Limits { group_percent: Some(20), group_least: 25, ..Limits::default() };
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    let account = |number| ScimId::new(format!("a-{}", name(number)));
    provider.vpn = (0..30).map(account).collect();
    terminated(&mut bench, &mut provider, 10);
    assert_eq!(provider.cut(), 10, "that is another operation");
    assert_eq!(provider.vpn.len(), 24, "a fifth of thirty");
    assert!(rows(&bench).iter().all(|(_, code)| code == "limit.group"));
    assert_eq!(rows(&bench).len(), 4);
}

/// The row tells what would be called.
#[test]
fn a_row_names_its_operation() {
    let limits = two_cuts_an_hour();
    let (mut bench, mut provider) = (Bench::limited(&limits), Provider::default());
    terminated(&mut bench, &mut provider, 3);
    let hold = bench.shard.people().find_map(|person| {
        bench.shard.seats_of(person).values().find_map(|seat| seat.holds.first().cloned())
    });
    let hold = hold.unwrap();
    let Effect::Operation(Operation::Change { active, .. }) = &hold.effect else {
        panic!("{hold:?}")
    };
    assert_eq!(*active, Some(false));
    assert!(hold.why.text.contains("2 people were cut"), "{}", hold.why.text);
}

/// Many who go along in one call are many.
#[test]
fn those_who_join_together_are_counted_one_by_one() {
    let hour = Ceiling { count: Some(3), percent: None };
    let limit = Limit { hour, day: Ceiling::default() };
    let limits = Limits { kinds: [(LimitKind::Grant, limit)].into(), ..Limits::default() };
    // So few calls that those who are to join stand in line together.
    let like = Like { limits, quota: Quota::per_second(1.0), ..Like::usual(Mode::Enforce) };
    let start = "2026-09-01T08:00:00Z".parse().unwrap();
    let mut bench = Bench::owned_like(like, BTreeMap::new(), start);
    let mut provider = Provider::default();
    for number in 0..8 {
        bench.event_of(&name(number), "worker.transferred", json!({}));
    }
    provider.serve(&mut bench);
    assert_eq!(provider.vpn.len(), 3);
    assert_eq!(rows(&bench).len(), 5);
}

proptest! {
    /// In any hour and in any day no more people than the limit, whoever is charged when.
    #[test]
    fn no_window_holds_more_than_the_limit(
        asks in prop::collection::vec((0_i64..2_000, 0_usize..12), 1..300),
    ) {
        let limits = {
            let hour = Ceiling { count: Some(3), percent: None };
            let day = Ceiling { count: Some(7), percent: None };
            Limits { kinds: [(LimitKind::Cut, Limit { hour, day })].into(), ..Limits::default() }
        };
        let mut counters = Counters::default();
        let mut charges: BTreeMap<usize, Charges> = BTreeMap::new();
        let mut done: Vec<(i64, usize)> = Vec::new();
        let mut now = 0_i64;
        for (pause, person) in asks {
            now += pause;
            let at = Timestamp::from_second(now).unwrap();
            let own = charges.entry(person).or_default();
            let charge = own.get(&LimitKind::Cut).copied();
            let reached =
                counters.reached((LimitKind::Cut, charge.as_ref()), (&limits, 1_000), at);
            if reached.is_none() {
                counters.charge(LimitKind::Cut, own, at);
                done.push((now, person));
            }
            for (window, most) in [(3_600, 3), (86_400, 7)] {
                let within = done.iter().filter(|(at, _)| now - at < window);
                let people: BTreeSet<usize> = within.map(|(_, person)| *person).collect();
                prop_assert!(people.len() <= most, "{people:?} within {window} s at {now}");
            }
        }
    }
}
