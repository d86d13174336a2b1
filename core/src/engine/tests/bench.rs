//! A shard on the bench: its effects are taken by hand, its answers given by hand.

use super::setting::{Like, settings};
use crate::decode::Item;
use crate::engine::settings::{Mode, Quota};
use crate::engine::state::Seat;
use crate::engine::{Effects, Input, Record, Shard};
use crate::inventory::Keeper;
use crate::model::decision::{DecisionRecord, NoteRecord, ResultRecord};
use crate::model::event::{Calendar, Event};
use crate::model::event_kind::EventKind;
use crate::model::ids::{PersonId, ScimId, TargetName};
use crate::model::{
    Account, Alias, AliasKind, Answer, AttributeName, AuditEntry, Call, Commit, Deployment,
    GroupRef, NoteWord, Operation, Outcome, RawRecord, Reply, Request, ResultWord,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Bench {
    pub(super) shard: Shard,
    pub(super) now: Timestamp,
    /// Calls that were started and not answered.
    pub(super) calls: Vec<Call>,
    /// The commit that was handed out and is not in.
    pub(super) commit: Option<Commit>,
    pub(super) audit: Vec<AuditEntry>,
    /// What a new owner would restore.
    pub(super) state: BTreeMap<String, Vec<u8>>,
    pub(super) offset: i64,
    /// What was written of all that the target has.
    pub(super) inventory: Keeper,
    /// Whether Kim was put into Quarantine, for `settle`.
    quarantined: bool,
}

impl Bench {
    /// A new shard whose groups are found and read: VPN and Quarantine, with these members of VPN.
    pub(super) fn ready(vpn: &[&str]) -> Self {
        Self::with_mode(Mode::Enforce, vpn)
    }

    pub(super) fn with_mode(mode: Mode, vpn: &[&str]) -> Self {
        let mut bench = Self::new(Like::usual(mode));
        bench.commit_all();
        bench.read_groups(vpn, &[]);
        bench
    }

    /// A new shard that has asked nothing yet, at a target that takes `quota`.
    pub(super) fn with_quota(quota: Quota) -> Self {
        Self::new(Like { quota, ..Like::usual(Mode::Enforce) })
    }

    /// A new shard at a target where people are looked up by their addresses, too.
    pub(super) fn looking_up_addresses() -> Self {
        let quota = Quota::per_second(20.0);
        Self::new(Like { quota, looks_up_addresses: true, ..Like::usual(Mode::Enforce) })
    }

    /// A new shard at a target of which nobody knows the groups.
    pub(super) fn without_groups(create_groups: bool) -> Self {
        Self::new(Like { create_groups, ..Like::usual(Mode::Enforce) })
    }

    fn new(like: Like) -> Self {
        Self::owned_like(like, BTreeMap::new(), "2026-09-01T08:00:00Z".parse().unwrap())
    }

    /// A new owner of what is committed.
    pub(super) fn own(mode: Mode, state: BTreeMap<String, Vec<u8>>, now: Timestamp) -> Self {
        Self::owned_like(Like::usual(mode), state, now)
    }

    /// The next owner of what is committed, now.
    pub(super) fn next_owner(&self) -> Self {
        self.next_owner_at(self.now)
    }

    pub(super) fn next_owner_at(&self, now: Timestamp) -> Self {
        Self::own(Mode::Enforce, self.state.clone(), now)
    }

    /// Hands over to a new owner at once; the target takes `quota` now.
    pub(super) fn own_again_with(&mut self, quota: Quota) {
        let like = Like { quota, ..Like::usual(Mode::Enforce) };
        *self = Self::owned_like(like, std::mem::take(&mut self.state), self.now);
    }

    /// The next owner of what is committed, at a target where groups may be made.
    pub(super) fn owned_again_making_groups(self) -> Self {
        let like = Like { create_groups: true, ..Like::usual(Mode::Enforce) };
        Self::owned_like(like, self.state, self.now)
    }

    pub(super) fn owned_like(like: Like, state: BTreeMap<String, Vec<u8>>, now: Timestamp) -> Self {
        Self::owned_by(Shard::new(settings(like)), state, now)
    }

    /// The next owner of what is committed, which leaves somebody aside at whom the last one crashed.
    pub(super) fn next_owner_without(&self, person: &PersonId) -> Self {
        let mut shard = Shard::new(settings(Like::usual(Mode::Enforce)));
        shard.leave_aside([person.clone()].into());
        Self::owned_by(shard, self.state.clone(), self.now)
    }

    fn owned_by(mut shard: Shard, state: BTreeMap<String, Vec<u8>>, now: Timestamp) -> Self {
        for (key, value) in &state {
            shard.restore(key, Some(value)).unwrap();
        }
        shard.belongs_to(Deployment { id: "d-1".to_owned(), shards: 1 });
        shard.take_over(now);
        let (calls, audit) = (Vec::new(), Vec::new());
        let decided = shard.committed_positions().first().map_or(0, |(_, _, next)| next - 1);
        let mut bench = Self {
            shard,
            now,
            calls,
            commit: None,
            audit,
            state,
            offset: decided,
            inventory: Keeper::default(),
            quarantined: false,
        };
        bench.step(Input::Tick);
        bench
    }

    pub(super) fn step(&mut self, input: Input) {
        let Effects { calls, commit, .. } = self.shard.step(self.now, input);
        self.calls.extend(calls);
        if let Some(commit) = commit {
            assert!(self.commit.is_none(), "one commit at a time");
            self.commit = Some(commit);
        }
    }

    pub(super) fn wait(&mut self, time: SignedDuration) {
        self.now = self.now.checked_add(time).unwrap();
        self.step(Input::Tick);
    }

    /// Lets commits in until none is due.
    pub(super) fn commit_all(&mut self) {
        while let Some(commit) = self.commit.take() {
            for write in commit.inventory {
                self.inventory.take(&write.key, write.value.as_deref());
            }
            for write in commit.state {
                match write.value {
                    Some(value) => self.state.insert(write.key, value),
                    None => self.state.remove(&write.key),
                };
            }
            self.audit.extend(commit.audit);
            self.step(Input::Committed(commit.id));
        }
    }

    /// Something happens to Kim.
    pub(super) fn event(&mut self, kind: &str, data: serde_json::Value) {
        self.event_of("kim@example.com", kind, data);
    }

    pub(super) fn event_of(&mut self, name: &str, kind: &str, data: serde_json::Value) {
        let event = self.event_about(name, kind, data);
        self.tell(event);
    }

    /// Somebody of this user name is hired.
    pub(super) fn hire(&mut self, name: &str) {
        self.event_of(name, "worker.hired", serde_json::json!({ "worker": { "user_name": name } }));
    }

    /// The next event, about `name`.
    pub(super) fn event_about(&self, name: &str, kind: &str, data: serde_json::Value) -> Event {
        Event {
            source: "src".to_owned(),
            id: format!("e{}", self.offset + 1),
            kind: EventKind::parse(kind).unwrap(),
            time: self.now,
            is_timed: true,
            sequence: None,
            aliases: vec![Alias::parse(AliasKind::UserName, name).unwrap()],
            employment_id: None,
            detection_id: None,
            effective_at: data.get("effective_at").map(|at| at.as_str().unwrap().parse().unwrap()),
            calendar: Calendar::default(),
            correlation_id: None,
            trace: None,
            data,
            remarks: Vec::new(),
        }
    }

    /// A record with this event comes in.
    pub(super) fn tell(&mut self, event: Event) {
        self.offset += 1;
        let raw = RawRecord {
            topic: "hr".to_owned(),
            partition: 0,
            offset: self.offset,
            timestamp: self.now,
            key: None,
            value: Some(Vec::new()),
            headers: Vec::new(),
        };
        let items = vec![Item::Event(Box::new(event))];
        self.step(Input::Record(Record { raw: Arc::new(raw), items }));
    }

    /// The first person's place at the target.
    pub(super) fn seat(&self) -> &Seat {
        let person = self.shard.people().next().unwrap();
        self.shard.seats_of(person)[&TargetName::new("main")]
    }

    /// The one call that is open.
    pub(super) fn only_call(&mut self) -> Call {
        assert_eq!(self.calls.len(), 1, "{:#?}", self.calls);
        self.calls.remove(0)
    }

    /// The one call that is open once commits are in.
    pub(super) fn called(&mut self) -> Call {
        self.commit_all();
        self.only_call()
    }

    /// An open call that is meant.
    pub(super) fn open(&self, is_meant: impl Fn(&Call) -> bool) -> Call {
        let found = self.calls.iter().find(|call| is_meant(call));
        found.unwrap_or_else(|| panic!("no such call among {:?}", self.calls)).clone()
    }

    /// Answers the one call that is open once commits are in, and lets more of them in.
    pub(super) fn reply(&mut self, reply: Reply) {
        let call = self.called();
        self.done(&call, reply);
        self.commit_all();
    }

    /// The same; the call is the one that is meant.
    pub(super) fn reply_to(&mut self, is_meant: impl Fn(&Call) -> bool, reply: Reply) {
        let call = self.called();
        assert!(is_meant(&call), "{call:?}");
        self.done(&call, reply);
        self.commit_all();
    }

    pub(super) fn answer(&mut self, call: &Call, outcome: Outcome) {
        self.answer_with(
            call,
            Answer::new(call.id, outcome).with_latency(Duration::from_millis(5)),
        );
    }

    pub(super) fn answer_with(&mut self, call: &Call, answer: Answer) {
        self.calls.retain(|open| open.id != call.id);
        self.step(Input::Answer(answer));
    }

    pub(super) fn done(&mut self, call: &Call, reply: Reply) {
        self.answer(call, Outcome::Done(reply));
    }

    /// Answers every reading of groups until none is open.
    pub(super) fn read_groups(&mut self, vpn: &[&str], quarantine: &[&str]) {
        while let Some(call) = self.calls.iter().find(|call| call.person.is_none()).cloned() {
            let reply = match &call.request {
                Request::ListAccounts { .. }
                | Request::ListGroups { .. }
                | Request::ReadScope { .. } => panic!("nobody lists here"),
                Request::FindGroups { name } => Reply::Groups(vec![GroupRef {
                    name: name.clone(),
                    id: ScimId::new(format!("g-{name}")),
                }]),
                Request::ReadMembers { group } => {
                    let members = if group.name.as_str() == "VPN" { vpn } else { quarantine };
                    Reply::Members(members.iter().map(|id| ScimId::new(*id)).collect())
                }
                Request::FindAccounts { .. }
                | Request::ReadAccount { .. }
                | Request::AddMembers { .. }
                | Request::Write(_) => {
                    panic!("no reading of a group: {call:?}")
                }
            };
            self.done(&call, reply);
            self.commit_all();
        }
    }

    /// The key of the one person's record.
    pub(super) fn person_key(&self) -> String {
        self.state.keys().find(|key| key.contains('/')).unwrap().clone()
    }

    /// Lets time pass and answers everything, until nothing is asked any more; Kim's account is
    /// shown as `active`, and `vpn` as the members of VPN.
    pub(super) fn settle(&mut self, active: bool, vpn: &[&str]) {
        for _ in 0..40 {
            self.commit_all();
            let quarantine: &[&str] = if self.quarantined { &["a-kim"] } else { &[] };
            self.read_groups(vpn, quarantine);
            let Some(call) = self.calls.first().cloned() else {
                self.wait(SignedDuration::from_secs(3));
                continue;
            };
            if let Request::Write(Operation::AddMember { group, .. }) = &call.request {
                self.quarantined |= group.name.as_str() == "Quarantine";
            } else if let Request::Write(Operation::RemoveMember { group, .. }) = &call.request {
                self.quarantined &= group.name.as_str() != "Quarantine";
            }
            let reply = match call.request {
                Request::ListAccounts { .. }
                | Request::ListGroups { .. }
                | Request::ReadScope { .. } => panic!("nobody lists here"),
                Request::FindAccounts { .. } => Reply::Accounts(vec![Self::kim(active)]),
                Request::ReadAccount { .. } => Reply::Account(Self::kim(active)),
                Request::FindGroups { .. }
                | Request::ReadMembers { .. }
                | Request::AddMembers { .. }
                | Request::Write(_) => Reply::Changed,
            };
            self.done(&call, reply);
        }
    }

    /// Kim's account as the provider shows it.
    pub(super) fn kim(active: bool) -> Account {
        let name = crate::model::Value::Text("kim@example.com".to_owned());
        Account {
            id: ScimId::new("a-kim"),
            active: Some(active),
            attributes: [(AttributeName::USER_NAME, name)].into(),
            groups: None,
            changed: None,
        }
    }

    /// An active account with this id, that goes by this user name.
    pub(super) fn account(id: &str, user_name: &str) -> Account {
        let name = crate::model::Value::Text(user_name.to_owned());
        let attributes = [(AttributeName::USER_NAME, name)].into();
        Account { id: ScimId::new(id), attributes, ..Self::kim(true) }
    }

    pub(super) fn decisions(&self) -> Vec<&DecisionRecord> {
        let decisions = self.audit.iter().filter_map(|entry| match entry {
            AuditEntry::Decision(decision) => Some(decision),
            AuditEntry::Result(_)
            | AuditEntry::Note(_)
            | AuditEntry::Reading(_)
            | AuditEntry::Command(_) => None,
        });
        decisions.collect()
    }

    pub(super) fn notes(&self, word: NoteWord) -> Vec<&NoteRecord> {
        let notes = self.audit.iter().filter_map(|entry| match entry {
            AuditEntry::Note(note) => Some(note),
            AuditEntry::Decision(_)
            | AuditEntry::Result(_)
            | AuditEntry::Reading(_)
            | AuditEntry::Command(_) => None,
        });
        notes.filter(|note| note.word == word).collect()
    }

    /// The codes of what was said to be unverified.
    pub(super) fn unverified(&self) -> Vec<&str> {
        let notes = self.notes(NoteWord::Unverified);
        notes.into_iter().map(|note| note.why.code.as_str()).collect()
    }

    pub(super) fn result_records(&self) -> Vec<&ResultRecord> {
        let results = self.audit.iter().filter_map(|entry| match entry {
            AuditEntry::Result(result) => Some(result),
            AuditEntry::Decision(_)
            | AuditEntry::Note(_)
            | AuditEntry::Reading(_)
            | AuditEntry::Command(_) => None,
        });
        results.collect()
    }

    /// The words of the results so far, with their revisions.
    pub(super) fn results(&self) -> Vec<(u64, ResultWord)> {
        self.result_records().into_iter().map(|result| (result.revision, result.word)).collect()
    }

    pub(super) fn last_result(&self) -> &ResultRecord {
        self.result_records().last().unwrap()
    }
}
