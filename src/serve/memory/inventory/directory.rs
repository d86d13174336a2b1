//! The last whole reading of a target: its accounts, its groups, and who is in which.

use super::build::names;
use super::column::Column;
use super::members::Members;
use super::texts::{Sorted, Texts};
use crate::inventory::Taken;
use crate::inventory::scope::Policy;
use crate::model::account::{AttributeName, Value};
use crate::model::listing::ListedGroup;
use crate::serve::memory::people::digests::{Digests, joined, number_in};
use crate::view::glance;
use jiff::Timestamp;
use std::fmt;

/// An account's place in its directory. They are in the order of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountNumber(pub(super) u32);

/// A group's place in its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupNumber(pub(super) u32);

/// Everything that a target had when it was last read whole.
pub struct Directory {
    pub taken: Taken,
    /// Policies that the target shows, without the users whom they name.
    pub policies: Box<[Policy]>,
    pub(super) ids: Sorted,
    pub(super) active: Box<[Option<bool>]>,
    /// Seconds; [`NEVER`]: the target does not say.
    pub(super) created: Box<[i64]>,
    pub(super) changed: Box<[i64]>,
    /// In the order of their names.
    pub(super) columns: Box<[(AttributeName, Column)]>,
    /// The upper half of a name's digest, and the number of the account that is called so; sorted.
    pub(super) called: Box<[u64]>,
    pub(super) groups: Box<[Group]>,
    pub(super) members: Members,
}

pub(super) const NEVER: i64 = i64::MIN;

/// A group.
#[derive(Debug)]
pub struct Group {
    pub listed: ListedGroup,
    /// The accounts in it; `None`: the target does not show them.
    pub(super) members: Option<Box<[u32]>>,
    /// Members that are no accounts of this reading: groups within the group, mostly.
    pub others: Texts,
}

/// An account as it is kept.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    directory: &'a Directory,
    at: usize,
}

impl AccountNumber {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupNumber {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Directory {
    pub fn account(&self, number: AccountNumber) -> Option<Account<'_>> {
        let at = number.index();
        (at < self.len()).then_some(Account { directory: self, at })
    }

    /// All accounts, in the order of their ids.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountNumber, Account<'_>)> {
        self.numbered(0)
    }

    /// Those behind an id, whether or not that is there.
    pub fn after(&self, id: Option<&str>) -> impl Iterator<Item = (AccountNumber, Account<'_>)> {
        self.numbered(id.map_or(0, |id| self.ids.behind(id)))
    }

    fn numbered(&self, from: usize) -> impl Iterator<Item = (AccountNumber, Account<'_>)> {
        let numbers = (from..self.len()).filter_map(|at| u32::try_from(at).ok());
        let numbers = numbers.map(AccountNumber);
        numbers.filter_map(|number| Some((number, self.account(number)?)))
    }

    /// The account of that id.
    pub fn find(&self, id: &str) -> Option<AccountNumber> {
        self.ids.find(id).and_then(|at| u32::try_from(at).ok()).map(AccountNumber)
    }

    /// Those that go by a whole name or id, as names are compared.
    pub(in crate::serve::memory) fn called(
        &self,
        name: &str,
        digests: &Digests,
    ) -> Vec<AccountNumber> {
        let Some(name) = glance::sought(name) else { return Vec::new() };
        let digest = digests.of(&name);
        let start = self.called.partition_point(|it| *it < joined(digest, 0));
        let end = self.called.partition_point(|it| *it <= joined(digest, u32::MAX));
        let may = self.called.get(start..end).unwrap_or_default().iter();
        // Digests may be alike, so the names have the last word.
        let is_called = |number: &AccountNumber| {
            let mut names = self.account(*number).into_iter().flat_map(names);
            names.any(|it| glance::sought(it).as_ref() == Some(&name))
        };
        let may = may.map(|it| AccountNumber(number_in(*it)));
        may.filter(is_called).collect()
    }

    /// The ids of all accounts.
    pub fn ids(&self) -> &Sorted {
        &self.ids
    }

    /// All that accounts hold in an attribute; `None`: no account has it.
    pub fn column(&self, name: &AttributeName) -> Option<&Column> {
        let at = self.columns.binary_search_by(|(it, _)| it.cmp(name)).ok()?;
        self.columns.get(at).map(|(_, column)| column)
    }

    /// All groups, as they were read.
    pub fn groups(&self) -> impl Iterator<Item = (GroupNumber, &Group)> {
        let numbered = self.groups.iter().enumerate();
        numbered.filter_map(|(at, group)| Some((GroupNumber(u32::try_from(at).ok()?), group)))
    }

    pub fn group(&self, number: GroupNumber) -> Option<&Group> {
        self.groups.get(number.index())
    }

    /// The group of that name; of several the one with the first id.
    pub fn group_named(&self, name: &str) -> Option<&Group> {
        let named = self.groups.iter().filter(|group| group.listed.name.as_str() == name);
        named.min_by(|one, other| one.listed.id.cmp(&other.listed.id))
    }

    /// The groups that an account is in, as far as groups show their members.
    pub fn groups_of(&self, number: AccountNumber) -> impl Iterator<Item = (GroupNumber, &Group)> {
        let numbers = self.members.groups_of(number.index()).iter();
        numbers.filter_map(|it| Some((GroupNumber(*it), self.group(GroupNumber(*it))?)))
    }

    /// In how many groups it is.
    pub fn count_groups_of(&self, number: AccountNumber) -> usize {
        self.members.groups_of(number.index()).len()
    }

    /// Whether every group showed its members, and the list of groups was whole.
    pub fn knows_groups(&self) -> bool {
        self.taken.groups_flaws.is_empty() && self.groups.iter().all(|it| it.members.is_some())
    }

    pub fn len(&self) -> usize {
        self.active.len()
    }

    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }
}

impl Group {
    /// The accounts in it, in the order of their ids; `None`: the target does not show them.
    pub fn members(&self) -> Option<impl ExactSizeIterator<Item = AccountNumber>> {
        self.members.as_ref().map(|members| members.iter().copied().map(AccountNumber))
    }

    /// How many are in it, whatever they are; `None`: the target does not show them.
    pub fn count(&self) -> Option<usize> {
        self.members.as_ref().map(|members| members.len() + self.others.len())
    }

    /// The accounts in it behind one.
    pub fn members_behind(&self, from: Option<usize>) -> impl Iterator<Item = AccountNumber> {
        let members = self.members.as_deref().unwrap_or_default();
        let start = members.partition_point(|it| (*it as usize) < from.unwrap_or(0));
        members.get(start..).unwrap_or_default().iter().copied().map(AccountNumber)
    }

    /// Whether an account is in it.
    pub fn has(&self, account: AccountNumber) -> bool {
        self.members.as_ref().is_some_and(|members| members.binary_search(&account.0).is_ok())
    }
}

impl<'a> Account<'a> {
    pub fn id(self) -> &'a str {
        self.directory.ids.texts().get(self.at)
    }

    /// `None`: the target does not say.
    pub fn active(self) -> Option<bool> {
        self.directory.active.get(self.at).copied().flatten()
    }

    pub fn created(self) -> Option<Timestamp> {
        self.time(&self.directory.created)
    }

    pub fn changed(self) -> Option<Timestamp> {
        self.time(&self.directory.changed)
    }

    fn time(self, times: &[i64]) -> Option<Timestamp> {
        let seconds = *times.get(self.at)?;
        (seconds != NEVER).then(|| Timestamp::from_second(seconds).ok()).flatten()
    }

    /// The value of an attribute, as text.
    pub fn text(self, name: &AttributeName) -> Option<&'a str> {
        self.directory.column(name)?.text(self.at)
    }

    /// All that was read.
    pub fn attributes(self) -> impl Iterator<Item = (&'a AttributeName, Value)> {
        let columns = self.directory.columns.iter();
        columns.filter_map(move |(name, column)| Some((name, column.value(self.at)?)))
    }
}

/// Without what it says of people.
impl fmt::Debug for Directory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Directory")
            .field("number", &self.taken.number)
            .field("accounts", &self.len())
            .field("groups", &self.groups.len())
            .finish_non_exhaustive()
    }
}

/// Without what it says of somebody.
impl fmt::Debug for Account<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Account").field(&self.id()).finish()
    }
}
