//! What each target has, as the worker read it last: enough to list, count and find, and no name.

use super::people::{Digests, Place};
use crate::inventory::scope::{Found, Policy};
use crate::inventory::{DAYS_KEPT, Day, Head, Record, Row, Slot, Taken};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::{GroupName, ScimId, TargetName, TenantName};
use crate::model::listing::ListedAccount;
use crate::view::glance;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Days that are shown of a target.
const DAYS_MOST: usize = DAYS_KEPT.unsigned_abs() as usize;

/// Of all targets.
#[derive(Debug, Default)]
pub struct Inventories {
    by_target: BTreeMap<(TenantName, TargetName), AtTarget>,
}

/// Of one target.
#[derive(Debug, Default)]
pub struct AtTarget {
    /// How the readings went.
    pub head: Head,
    /// What there was on each of the last days.
    pub days: BTreeMap<Date, Day>,
    /// What was read, until a head says that it is whole.
    pieces: HashMap<(Slot, u32), Piece>,
    whole: Option<Arc<Whole>>,
}

/// What one record holds.
#[derive(Debug)]
struct Piece {
    reading: u64,
    accounts: Vec<Account>,
    groups: Vec<Group>,
    policies: Vec<Policy>,
    members: Vec<(ScimId, Vec<ScimId>)>,
    unknown: Vec<ScimId>,
}

/// The last whole reading.
#[derive(Debug)]
pub struct Whole {
    pub taken: Taken,
    /// By their ids.
    pub accounts: Vec<Account>,
    /// By their names.
    pub groups: Vec<Group>,
    /// Policies that the target shows, without the users whom they name.
    pub policies: Vec<Policy>,
}

/// An account at a glance.
#[derive(Debug)]
pub struct Account {
    pub id: ScimId,
    /// Where the record lies that tells the rest.
    pub place: Place,
    /// `None`: the target does not say.
    pub active: Option<bool>,
    pub created: Option<Timestamp>,
    /// How many groups show it as a member.
    pub groups: u32,
    names: Box<[u64]>,
}

/// A group.
#[derive(Debug)]
pub struct Group {
    pub id: ScimId,
    pub name: GroupName,
    /// The places of its members among the accounts; `None`: the target does not show them.
    pub members: Option<Vec<u32>>,
    /// Members that are no account which was listed.
    pub others: usize,
}

/// A record of the topic, as far as it is kept.
#[derive(Debug)]
pub struct Heard {
    tenant: TenantName,
    target: TargetName,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Head(Box<Head>),
    Piece(Slot, u32, Box<Piece>),
    Day(Day),
}

/// Reads a record; `None`: it is nothing that is shown.
pub(super) fn read(
    key: &str,
    value: Option<&[u8]>,
    place: Place,
    digests: &Digests,
) -> Option<Heard> {
    // What is taken away is only room: a head names what counts.
    let record = match Record::read(key, value?) {
        Ok(record) => record?,
        Err(error) => {
            tracing::warn!(%error, "a record of an inventory is left out");
            return None;
        }
    };
    Some(match record {
        Record::Day(day) => {
            Heard { tenant: day.tenant.clone(), target: day.target.clone(), said: Said::Day(day) }
        }
        Record::Head { tenant, target, head } => Heard { tenant, target, said: Said::Head(head) },
        Record::Part { tenant, target, slot, place: number, number: reading, rows } => {
            let piece = Piece::of(reading, rows, place, digests);
            Heard { tenant, target, said: Said::Piece(slot, number, Box::new(piece)) }
        }
    })
}

impl Piece {
    fn of(reading: u64, rows: Vec<Row>, place: Place, digests: &Digests) -> Self {
        let mut piece = Self {
            reading,
            accounts: Vec::new(),
            groups: Vec::new(),
            policies: Vec::new(),
            members: Vec::new(),
            unknown: Vec::new(),
        };
        for row in rows {
            match row {
                Row::Account(account) => piece.accounts.push(Account::of(&account, place, digests)),
                Row::Group(group) => piece.groups.push(Group {
                    id: group.id,
                    name: group.name,
                    members: Some(Vec::new()),
                    others: 0,
                }),
                Row::Members { group, accounts } => piece.members.push((group, accounts)),
                Row::MembersUnknown { group } => piece.unknown.push(group),
                Row::Found(Found::Policy(policy)) => {
                    piece.policies.push(Policy { users: Vec::new(), ..policy });
                }
                // No page shows yet what else a target tells beside its accounts and groups.
                Row::Found(
                    Found::User(_)
                    | Found::Group(_)
                    | Found::Device(_)
                    | Found::Administrator(_)
                    | Found::Token(_),
                ) => {}
            }
        }
        piece
    }
}

impl Account {
    fn of(listed: &ListedAccount, place: Place, digests: &Digests) -> Self {
        let names =
            names(listed).filter_map(|name| glance::sought(&name)).map(|name| digests.of(&name));
        Self {
            id: listed.account.id.clone(),
            place,
            active: listed.account.active,
            created: listed.created,
            groups: 0,
            names: names.collect(),
        }
    }

    /// Whether it may go by the name of this digest.
    pub fn may_be_called(&self, digest: u64) -> bool {
        self.names.contains(&digest)
    }
}

/// Everything that leads to an account: its id, and what it is called.
pub fn names(listed: &ListedAccount) -> impl Iterator<Item = String> {
    let called = [
        AttributeName::USER_NAME,
        AttributeName::EXTERNAL_ID,
        AttributeName::WORK_EMAIL,
        AttributeName::EMPLOYEE_NUMBER,
    ];
    let called = called.into_iter().filter_map(|name| listed.account.attributes.get(&name));
    std::iter::once(listed.account.id.to_string()).chain(called.map(Value::to_text))
}

impl Inventories {
    pub(super) fn take(&mut self, heard: Heard) {
        let Heard { tenant, target, said } = heard;
        let at = self.by_target.entry((tenant, target)).or_default();
        match said {
            Said::Day(day) => {
                at.days.insert(day.on, day);
                while at.days.len() > DAYS_MOST {
                    at.days.pop_first();
                }
            }
            Said::Head(head) => {
                at.head = *head;
                at.put_together();
            }
            Said::Piece(slot, number, piece) => {
                at.pieces.insert((slot, number), *piece);
                // Its head may have been heard first, if what lay between was written anew.
                if at.whole.is_none() {
                    at.put_together();
                }
            }
        }
    }

    pub fn at(&self, tenant: &TenantName, target: &TargetName) -> Option<&AtTarget> {
        // The key is a pair of owned names, and there are few targets.
        self.by_target.iter().find(|((of, at), _)| of == tenant && at == target).map(|(_, at)| at)
    }
}

impl AtTarget {
    /// The last whole reading; `None`: there is none, or not all of it was heard.
    pub fn whole(&self) -> Option<&Arc<Whole>> {
        self.whole.as_ref()
    }

    /// Makes one of the pieces that the head names, and lets go of all others.
    fn put_together(&mut self) {
        let Some(taken) = self.head.complete.clone() else { return };
        if self.whole.as_ref().is_some_and(|whole| whole.taken.number == taken.number) {
            return;
        }
        let is_there = |number: u32| {
            let piece = self.pieces.get(&(taken.slot, number));
            piece.is_some_and(|piece| piece.reading == taken.number)
        };
        // A part that is missing makes it none; the worker reads the target again.
        self.whole = None;
        if !(0..taken.parts).all(is_there) {
            return;
        }
        let pieces = std::mem::take(&mut self.pieces).into_iter();
        let meant =
            pieces.filter(|((slot, number), _)| *slot == taken.slot && *number < taken.parts);
        let pieces = meant.map(|(_, piece)| piece).collect();
        self.whole = Some(Arc::new(Whole::of(taken, pieces)));
    }
}

impl Whole {
    fn of(taken: Taken, pieces: Vec<Piece>) -> Self {
        let (mut accounts, mut groups) = (Vec::new(), Vec::new());
        let (mut members, mut unknown) = (Vec::new(), Vec::new());
        let mut policies = Vec::new();
        for piece in pieces {
            accounts.extend(piece.accounts);
            groups.extend(piece.groups);
            members.extend(piece.members);
            policies.extend(piece.policies);
            unknown.extend(piece.unknown);
        }
        accounts.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
        groups.sort_by(|a, b| {
            (a.name.as_str(), a.id.as_str()).cmp(&(b.name.as_str(), b.id.as_str()))
        });
        accounts.shrink_to_fit();
        let mut whole = Self { taken, accounts, groups, policies };
        let by_id: HashMap<ScimId, usize> =
            whole.groups.iter().enumerate().map(|(at, group)| (group.id.clone(), at)).collect();
        for (group, ids) in &members {
            if let Some(at) = by_id.get(group) {
                whole.put_in(*at, ids);
            }
        }
        for group in unknown.iter().filter_map(|group| by_id.get(group)) {
            if let Some(group) = whole.groups.get_mut(*group) {
                group.members = None;
            }
        }
        whole
    }

    fn put_in(&mut self, group: usize, ids: &[ScimId]) {
        let Some(group) = self.groups.get_mut(group) else { return };
        for id in ids {
            let found = self.accounts.binary_search_by(|it| it.id.as_str().cmp(id.as_str()));
            let number = found.ok().and_then(|at| u32::try_from(at).ok());
            match (number, &mut group.members) {
                (Some(number), Some(members)) => members.push(number),
                (None, Some(_)) => group.others += 1,
                (_, None) => {}
            }
            if let Some(account) = found.ok().and_then(|at| self.accounts.get_mut(at)) {
                account.groups += 1;
            }
        }
    }

    /// The account of that id.
    pub fn account(&self, id: &str) -> Option<(usize, &Account)> {
        let at = self.accounts.binary_search_by(|it| it.id.as_str().cmp(id)).ok()?;
        self.accounts.get(at).map(|account| (at, account))
    }

    /// Accounts behind an id, in the order of their ids, with their places.
    pub fn after(&self, id: Option<&str>) -> impl Iterator<Item = (usize, &Account)> {
        let from = id.map_or(0, |id| self.accounts.partition_point(|it| it.id.as_str() <= id));
        self.accounts.iter().enumerate().skip(from)
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name.as_str() == name)
    }

    /// Groups that show an account as a member.
    pub fn groups_of(&self, account: usize) -> impl Iterator<Item = &Group> {
        let is_in = move |group: &&Group| {
            let members = group.members.as_deref().unwrap_or_default();
            members.iter().any(|it| usize::try_from(*it).is_ok_and(|it| it == account))
        };
        self.groups.iter().filter(is_in)
    }
}
