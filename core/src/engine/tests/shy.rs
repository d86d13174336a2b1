//! A provider that shows accounts late, or hides those that are inactive.

use super::bench::Bench;
use crate::model::{Account, Call, Operation, Outcome, Reply, Request};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// How a call is answered.
pub(super) enum Answered {
    Honestly,
    So(Outcome),
    /// And nothing else after it.
    Last(Outcome),
    NoMore,
}

/// A provider with one account, Kim's, that shows it when told.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Provider {
    pub(super) is_there: bool,
    pub(super) is_shown: bool,
    pub(super) is_active: bool,
    pub(super) tells_active: bool,
    /// A hidden account is known by its id to a PATCH.
    pub(super) hides_inactive: bool,
    pub(super) vpn: BTreeSet<String>,
    pub(super) written: Vec<Operation>,
    /// How often a reading still shows an account active that is not.
    pub(super) late_looks: u32,
    /// How often the account was read.
    pub(super) looks: u32,
    /// How often it says yes to an opening and does nothing.
    pub(super) openings_ignored: u32,
}

impl Provider {
    pub(super) fn new() -> Self {
        Self {
            is_there: false,
            is_shown: true,
            is_active: true,
            tells_active: true,
            hides_inactive: false,
            vpn: BTreeSet::new(),
            written: Vec::new(),
            late_looks: 0,
            looks: 0,
            openings_ignored: 0,
        }
    }

    fn shows(&self) -> bool {
        self.is_there && self.is_shown && (self.is_active || !self.hides_inactive)
    }

    pub(super) fn kim(&self) -> Account {
        let active = self.tells_active.then_some(self.is_active);
        Account { active, ..Bench::kim(self.is_active) }
    }

    pub(super) fn reply(&mut self, request: &Request) -> Reply {
        self.looks += u32::from(matches!(request, Request::ReadAccount { .. }));
        match request {
            Request::ListAccounts { .. }
            | Request::ListGroups { .. }
            | Request::ReadScope { .. } => {
                panic!("nobody lists here")
            }
            Request::FindAccounts { .. } => {
                Reply::Accounts(self.shows().then(|| self.kim()).into_iter().collect())
            }
            Request::ReadAccount { .. } if !self.is_active && self.late_looks > 0 => {
                self.late_looks -= 1;
                Reply::Account(Bench::kim(true))
            }
            Request::ReadAccount { .. } if self.shows() => Reply::Account(self.kim()),
            Request::ReadAccount { .. } => Reply::Gone,
            Request::Write(operation) => {
                self.written.push(operation.clone());
                self.write(operation)
            }
            other @ (Request::FindGroups { .. }
            | Request::ReadMembers { .. }
            | Request::AddMembers { .. }) => panic!("{other:?}"),
        }
    }

    fn write(&mut self, operation: &Operation) -> Reply {
        let is_reached = self.is_there && (self.is_shown || self.hides_inactive);
        match operation {
            Operation::Create { .. } if self.is_there => Reply::Exists,
            Operation::Create { active, .. } => {
                (self.is_there, self.is_active) = (true, *active);
                Reply::Account(self.kim())
            }
            _ if !is_reached => Reply::Gone,
            Operation::Change { active: Some(true), .. } if self.openings_ignored > 0 => {
                self.openings_ignored -= 1;
                Reply::Changed
            }
            Operation::Change { active, .. } => {
                self.is_active = active.unwrap_or(self.is_active);
                Reply::Changed
            }
            Operation::AddMember { account, .. } => {
                self.vpn.insert(account.to_string());
                Reply::Changed
            }
            Operation::RemoveMember { account, .. } => {
                self.vpn.remove(account.as_str());
                Reply::Changed
            }
            Operation::CreateGroup { .. } | Operation::Delete { .. } => {
                panic!("nothing is deleted, and no group is made")
            }
        }
    }

    /// For so many turns answers a call, or lets a second pass. What `instead` answers comes from the
    /// test; nobody answers any more when it says so.
    pub(super) fn play(
        &mut self,
        bench: &mut Bench,
        turns: usize,
        mut instead: impl FnMut(&Self, &Call) -> Answered,
    ) {
        for _ in 0..turns {
            bench.commit_all();
            bench.read_groups(&[], &[]);
            let Some(call) = bench.calls.first().cloned() else {
                bench.wait(SignedDuration::from_secs(1));
                continue;
            };
            match instead(self, &call) {
                Answered::Honestly => {
                    let reply = self.reply(&call.request);
                    bench.done(&call, reply);
                }
                Answered::So(outcome) => bench.answer(&call, outcome),
                Answered::Last(outcome) => {
                    bench.answer(&call, outcome);
                    bench.commit_all();
                    return bench.read_groups(&[], &[]);
                }
                Answered::NoMore => return,
            }
        }
    }

    /// Answers everything for `time`, second by second.
    pub(super) fn serve(&mut self, bench: &mut Bench, time: SignedDuration) {
        for _ in 0..time.as_secs().max(1) {
            self.answer_all(bench);
            bench.wait(SignedDuration::from_secs(1));
        }
        self.answer_all(bench);
    }

    pub(super) fn answer_all(&mut self, bench: &mut Bench) {
        for _ in 0..50 {
            bench.commit_all();
            let members: Vec<&str> = self.vpn.iter().map(String::as_str).collect();
            bench.read_groups(&members, &[]);
            let Some(call) = bench.calls.first().cloned() else { return };
            let reply = self.reply(&call.request);
            bench.done(&call, reply);
        }
        panic!("it never comes to rest: {:?}", self.written);
    }

    pub(super) fn cuts(&self) -> usize {
        let is_cut = |it: &&Operation| matches!(it, Operation::Change { active: Some(false), .. });
        self.written.iter().filter(is_cut).count()
    }

    pub(super) fn creations(&self) -> usize {
        self.written.iter().filter(|it| matches!(it, Operation::Create { .. })).count()
    }
}
