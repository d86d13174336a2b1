//! One reading of everything that a target has: which page is asked for next, and what came.

use super::days::{Day, Used};
use super::guard::{End, Sofar};
use super::head::{Flaw, Head, Slot, Taken, Try};
use super::row::{Headed, Part, Row, part_key, write};
use super::scope::{Found, Grant, List, ScopePage};
use super::scopes::{Scopes, Wanted};
use crate::model::StateWrite;
use crate::model::ids::{GroupName, ScimId, TargetName, TenantName};
use crate::model::listing::{ListedAccount, ListedGroup, Page};
use crate::model::operation::GroupRef;
use jiff::Timestamp;
use std::collections::{BTreeSet, VecDeque};

/// Rows go into one record up to this size.
const PART_BYTES: usize = 128 * 1024;
/// Members in one row.
const MEMBERS_IN_ROW: usize = 1_000;

/// What is asked for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The page after so many accounts.
    Accounts {
        received: u64,
    },
    Groups {
        received: u64,
    },
    Members(GroupRef),
    /// The page of this list after so many rows.
    Scope {
        list: List,
        received: u64,
    },
    /// Nothing is left to ask for: [`Reading::close`] it.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Accounts,
    Groups,
    Members,
}

/// The groups that usher fills, and the names in policies that were imported, if any were.
pub type Filled<'a> = (&'a BTreeSet<GroupName>, Option<&'a BTreeSet<String>>);

/// A reading that is under way.
#[derive(Debug)]
pub struct Reading {
    number: u64,
    slot: Slot,
    began: Timestamp,
    stage: Stage,
    accounts: Sofar,
    groups: Sofar,
    inactive: u64,
    /// Groups whose members are still to be read.
    unread: VecDeque<GroupRef>,
    scopes: Scopes,
    used: Used,
    rows: Vec<Row>,
    bytes: usize,
    parts: u32,
}

impl Reading {
    pub fn begin(head: &Head, now: Timestamp) -> Self {
        Self {
            number: head.next_number(),
            slot: head.free_slot(),
            began: now,
            stage: Stage::Accounts,
            accounts: Sofar::default(),
            groups: Sofar::default(),
            inactive: 0,
            unread: VecDeque::new(),
            scopes: Scopes::default(),
            used: Used::default(),
            rows: Vec::new(),
            bytes: 0,
            parts: 0,
        }
    }

    /// Besides accounts and groups these are asked for.
    #[must_use]
    pub fn with_scopes(self, wanted: &Wanted) -> Self {
        Self { scopes: Scopes::of(wanted), ..self }
    }

    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// Whether an account was on a page.
    pub fn has_seen(&self, account: &ScimId) -> bool {
        self.accounts.seen.contains(account)
    }

    pub fn next(&self) -> Next {
        match self.stage {
            Stage::Accounts => Next::Accounts { received: self.accounts.received },
            Stage::Groups => Next::Groups { received: self.groups.received },
            Stage::Members => match (self.unread.front(), self.scopes.next()) {
                (Some(group), _) => Next::Members(group.clone()),
                (None, Some((list, received))) => Next::Scope { list, received },
                (None, None) => Next::Nothing,
            },
        }
    }

    pub fn take_accounts(&mut self, page: Page<ListedAccount>) {
        let (fresh, end) = self.accounts.take(page);
        for account in fresh {
            self.inactive += u64::from(account.account.active == Some(false));
            self.used.note(&account);
            self.keep(Row::Account(account));
        }
        if end == End::Over {
            self.stage = Stage::Groups;
        }
    }

    pub fn take_groups(&mut self, page: Page<ListedGroup>) {
        let (fresh, end) = self.groups.take(page);
        for group in fresh {
            self.unread.push_back(GroupRef { name: group.name.clone(), id: group.id.clone() });
            self.keep(Row::Group(group));
        }
        if end == End::Over {
            self.stage = Stage::Members;
        }
    }

    /// The members of the group that was asked for; `None`: the target does not show them.
    pub fn take_members(&mut self, members: Option<Vec<ScimId>>) {
        let Some(group) = self.unread.pop_front() else { return };
        let Some(members) = members else {
            self.groups.flaws.insert(Flaw::Refused);
            return self.keep(Row::MembersUnknown { group: group.id });
        };
        for accounts in members.chunks(MEMBERS_IN_ROW) {
            self.keep(Row::Members { group: group.id.clone(), accounts: accounts.to_vec() });
        }
    }

    /// The group that was asked for is gone since it was listed.
    pub fn group_is_gone(&mut self) {
        self.unread.pop_front();
        self.groups.flaws.insert(Flaw::Changed);
    }

    /// A page of the list that was asked for.
    pub fn take_scope(&mut self, page: ScopePage, now: Timestamp) {
        let rows = self.scopes.take(page, now);
        for row in rows {
            self.keep(row);
        }
    }

    /// The list that was asked for cannot be read; everything else can.
    pub fn refuse_scope(&mut self, grant: Grant, now: Timestamp) {
        self.scopes.refuse(grant, now);
    }

    /// What was asked for does not come, and asking again would not help.
    pub fn fails(&mut self, flaw: Flaw) {
        match self.stage {
            Stage::Accounts => {
                self.accounts.flaws.insert(flaw);
                self.unread.clear();
                self.scopes.give_up();
                self.stage = Stage::Members; // Without accounts there is nothing to keep.
            }
            Stage::Groups => {
                self.groups.flaws.insert(flaw);
                self.stage = Stage::Members;
            }
            Stage::Members => self.take_members(None),
        }
    }

    fn keep(&mut self, row: Row) {
        self.bytes += bytes_of(&row);
        self.rows.push(row);
    }

    /// Rows that fill a record, as records.
    pub fn take_parts(&mut self, tenant: &TenantName, target: &TargetName) -> Vec<StateWrite> {
        let mut parts = Vec::new();
        while self.bytes >= PART_BYTES {
            parts.push(self.part(tenant, target));
        }
        parts
    }

    fn part(&mut self, tenant: &TenantName, target: &TargetName) -> StateWrite {
        let mut bytes = 0;
        let mut fits = |row: &Row| {
            bytes += bytes_of(row);
            bytes <= PART_BYTES
        };
        let count = self.rows.iter().take_while(|row| fits(row)).count();
        let rest = self.rows.split_off(count.max(1).min(self.rows.len()));
        let rows = std::mem::replace(&mut self.rows, rest);
        self.bytes = self.bytes.saturating_sub(rows.iter().map(bytes_of).sum());
        let place = self.parts;
        self.parts += 1;
        let (tenant, target) = (tenant.clone(), target.clone());
        let key = part_key(&tenant, &target, self.slot, place);
        write(key, &Part { tenant, target, number: self.number, place, rows })
    }

    /// Everything was asked for: what is known from now on, and the last records. Says whether this
    /// reading is whole.
    pub fn close(
        mut self,
        (tenant, target): (&TenantName, &TargetName),
        head: &mut Head,
        (now, groups_filled): (Timestamp, Filled<'_>),
    ) -> (Vec<StateWrite>, bool) {
        let rest = self.scopes.rest();
        self.used.count(&rest, now);
        for row in rest {
            self.keep(row);
        }
        let before = head.complete.as_ref();
        if self.accounts.flaws.is_empty() {
            self.accounts.close(before.map(|taken| taken.accounts.rows));
        }
        if self.groups.flaws.is_empty() && self.accounts.flaws.is_empty() {
            self.groups.close(before.map(|taken| taken.groups.rows));
        }
        let (accounts, groups) = (self.accounts.count(), self.groups.count());
        let mut flaws = self.accounts.flaws.clone();
        if flaws.iter().all(|flaw| flaw.ends_if_repeated()) && shows_the_same(head, &self.accounts)
        {
            flaws.clear();
        }
        let mut records = Vec::new();
        if flaws.is_empty() {
            while !self.rows.is_empty() {
                records.push(self.part(tenant, target));
            }
            let stale = self.parts..head.left(self.slot);
            let stale = stale.map(|part| part_key(tenant, target, self.slot, part));
            records.extend(stale.map(|key| StateWrite { key, value: None }));
            head.set_left(self.slot, self.parts);
            let scopes = std::mem::take(&mut self.scopes).close(head, groups_filled);
            let active = accounts.rows.saturating_sub(self.inactive);
            let day = Day {
                tenant: tenant.clone(),
                target: target.clone(),
                on: Day::of(now),
                provisioned: accounts.rows,
                active,
                seen: self.used.seen(&scopes),
            };
            records.extend(day.records(head));
            head.complete = Some(Taken {
                number: self.number,
                slot: self.slot,
                parts: self.parts,
                began: self.began,
                ended: now,
                accounts,
                active,
                groups,
                groups_flaws: self.groups.flaws,
                scopes,
            });
        } else {
            head.set_left(self.slot, self.parts.max(head.left(self.slot)));
        }
        let is_whole = flaws.is_empty();
        head.last =
            Some(Try { number: self.number, began: self.began, ended: now, accounts, flaws });
        let head = Headed { tenant: tenant.clone(), target: target.clone(), head: head.clone() };
        records.push(head.record());
        (records, is_whole)
    }
}

/// Whether the reading before this one had the same doubts for the same number of accounts.
fn shows_the_same(head: &Head, accounts: &Sofar) -> bool {
    let Some(last) = &head.last else { return false };
    let is_same = |before: &BTreeSet<Flaw>| !before.is_empty() && *before == accounts.flaws;
    is_same(&last.flaws) && last.accounts.rows == accounts.count().rows
}

/// About what a row takes in a record.
fn bytes_of(row: &Row) -> usize {
    const AROUND: usize = 64;
    match row {
        Row::Account(listed) => {
            let account = &listed.account;
            let attributes = account.attributes.iter();
            let text =
                attributes.map(|(name, value)| name.as_str().len() + value.to_text().len() + 8);
            let groups = account.groups.iter().flatten();
            let groups = groups
                .map(|(id, name)| id.as_str().len() + name.as_ref().map_or(0, String::len) + 8);
            3 * AROUND + text.sum::<usize>() + groups.sum::<usize>()
        }
        Row::Group(group) => 2 * AROUND + group.name.as_str().len(),
        Row::Members { accounts, .. } => {
            AROUND + accounts.iter().map(|id| id.as_str().len() + 3).sum::<usize>()
        }
        Row::MembersUnknown { .. } => AROUND,
        Row::Found(found) => AROUND + bytes_of_found(found),
    }
}

fn bytes_of_found(found: &Found) -> usize {
    const AROUND: usize = 96;
    let all = |texts: &[String]| texts.iter().map(|text| text.len() + 3).sum::<usize>();
    AROUND
        + match found {
            Found::User(it) | Found::Group(it) => it.name.len() + all(&it.parent_groups),
            Found::Policy(it) => {
                let lists = [&it.users, &it.groups, &it.units, &it.apps];
                it.name.len() + lists.into_iter().map(|list| all(list)).sum::<usize>()
            }
            Found::Device(it) => it.user.len(),
            Found::Administrator(it) => it.name.len() + all(&it.emails),
            Found::Token(it) => it.name.len(),
        }
}
