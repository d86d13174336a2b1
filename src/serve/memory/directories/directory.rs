//! The last whole reading of a target: its accounts, its groups, and who is in which.

use super::packed::{Account, Packed};
use crate::inventory::Taken;
use crate::model::ids::ScimId;
use crate::model::listing::ListedGroup;
use std::collections::BTreeMap;
use std::fmt;

/// By group; `None`: they are not shown.
type Members = BTreeMap<ScimId, Option<Vec<ScimId>>>;

/// An account's place in its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountNumber(u32);

/// A group's place in its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupNumber(u32);

/// Everything that a target had when it was last read whole.
pub struct Directory {
    pub taken: Taken,
    parts: Vec<Packed>,
    /// The part of each account, and its place there.
    accounts: Vec<(u32, u32)>,
    /// All accounts, in the order of their ids.
    by_id: Vec<u32>,
    groups: Vec<Group>,
    /// The groups of the account `n` are those from `first[n]` to `first[n + 1]`.
    first: Vec<u32>,
    groups_of: Vec<u32>,
}

/// A group.
#[derive(Debug)]
pub struct Group {
    pub listed: ListedGroup,
    /// The accounts in it; `None`: the target does not show them.
    members: Option<Vec<u32>>,
    /// Members that are no accounts of this reading: groups within the group, mostly.
    pub others: Vec<ScimId>,
}

impl Directory {
    /// Puts parts together; `None`: there are not as many accounts as were read.
    pub(super) fn of(taken: Taken, mut parts: Vec<Packed>) -> Option<Self> {
        let mut accounts = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let number = u32::try_from(number).ok()?;
            let count = u32::try_from(part.len()).ok()?;
            accounts.extend((0..count).map(|at| (number, at)));
        }
        if accounts.len() as u64 != taken.accounts.rows {
            return None;
        }
        accounts.shrink_to_fit();
        let (groups, members) = gathered(&mut parts);
        let mut whole = Self {
            taken,
            parts,
            by_id: (0..u32::try_from(accounts.len()).ok()?).collect(),
            accounts,
            groups: Vec::new(),
            first: Vec::new(),
            groups_of: Vec::new(),
        };
        let mut by_id = std::mem::take(&mut whole.by_id);
        by_id.sort_unstable_by_key(|number| whole.id(*number));
        whole.by_id = by_id;
        whole.groups = groups.into_iter().map(|group| whole.group_with(group, &members)).collect();
        whole.invert();
        Some(whole)
    }

    fn group_with(&self, listed: ListedGroup, members: &Members) -> Group {
        // One that nobody is in has no row of members.
        let Some(known) = members.get(&listed.id) else {
            return Group { listed, members: Some(Vec::new()), others: Vec::new() };
        };
        let Some(ids) = known else { return Group { listed, members: None, others: Vec::new() } };
        let (mut inside, mut others) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.find(id.as_str()) {
                Some(number) => inside.push(number.0),
                None => others.push(id.clone()),
            }
        }
        inside.sort_unstable();
        inside.dedup();
        Group { listed, members: Some(inside), others }
    }

    fn invert(&mut self) {
        let mut counts = vec![0_u32; self.accounts.len() + 1];
        let members =
            || self.groups.iter().map(|group| group.members.as_deref().unwrap_or_default());
        for number in members().flatten() {
            if let Some(count) = counts.get_mut(*number as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        let mut next = counts.clone();
        let mut groups_of = vec![0_u32; sum as usize];
        for (group, members) in members().enumerate() {
            for number in members {
                let Some(at) = next.get_mut(*number as usize) else { continue };
                if let Some(place) = groups_of.get_mut(*at as usize) {
                    *place = u32::try_from(group).unwrap_or(u32::MAX);
                }
                *at += 1;
            }
        }
        self.first = counts;
        self.groups_of = groups_of;
    }

    fn id(&self, number: u32) -> &str {
        self.account(AccountNumber(number)).map_or("", Account::id)
    }

    pub fn account(&self, number: AccountNumber) -> Option<Account<'_>> {
        let (part, at) = *self.accounts.get(number.0 as usize)?;
        self.parts.get(part as usize)?.account(at as usize)
    }

    /// All accounts, as they were read.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountNumber, Account<'_>)> {
        let numbers = (0..self.accounts.len()).filter_map(|number| u32::try_from(number).ok());
        let numbers = numbers.map(AccountNumber);
        numbers.filter_map(|number| Some((number, self.account(number)?)))
    }

    /// The account of that id.
    pub fn find(&self, id: &str) -> Option<AccountNumber> {
        let at = self.by_id.binary_search_by(|number| self.id(*number).cmp(id)).ok()?;
        self.by_id.get(at).map(|number| AccountNumber(*number))
    }

    /// All groups, as they were read.
    pub fn groups(&self) -> impl Iterator<Item = (GroupNumber, &Group)> {
        let numbered = self.groups.iter().enumerate();
        numbered.filter_map(|(at, group)| Some((GroupNumber(u32::try_from(at).ok()?), group)))
    }

    /// The groups that an account is in, as far as groups show their members.
    pub fn groups_of(&self, number: AccountNumber) -> impl Iterator<Item = (GroupNumber, &Group)> {
        let at = number.0 as usize;
        let bound = |at: usize| self.first.get(at).map_or(0, |first| *first as usize);
        let numbers = self.groups_of.get(bound(at)..bound(at + 1)).unwrap_or_default();
        let group = |number: &u32| Some((GroupNumber(*number), self.groups.get(*number as usize)?));
        numbers.iter().filter_map(group)
    }

    /// Whether every group showed its members, and the list of groups was whole.
    pub fn knows_groups(&self) -> bool {
        self.taken.groups_flaws.is_empty() && self.groups.iter().all(|it| it.members.is_some())
    }

    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

impl Group {
    /// The accounts in it; `None`: the target does not show them.
    pub fn members(&self) -> Option<impl Iterator<Item = AccountNumber>> {
        self.members.as_ref().map(|members| members.iter().copied().map(AccountNumber))
    }
}

/// Groups and members of all parts, taken out of them. A large group's members come in several rows.
fn gathered(parts: &mut [Packed]) -> (Vec<ListedGroup>, Members) {
    let (mut groups, mut members) = (Vec::new(), Members::new());
    for part in parts {
        groups.append(&mut part.groups);
        for (group, said) in std::mem::take(&mut part.members) {
            let all = members.entry(group).or_insert_with(|| Some(Vec::new()));
            match said {
                Some(accounts) => {
                    if let Some(all) = all {
                        all.extend(accounts);
                    }
                }
                None => *all = None,
            }
        }
        part.groups.shrink_to_fit();
    }
    groups.shrink_to_fit();
    (groups, members)
}

/// Without what it says of people.
impl fmt::Debug for Directory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taken, accounts, groups, .. } = self;
        out.debug_struct("Directory")
            .field("number", &taken.number)
            .field("accounts", &accounts.len())
            .field("groups", &groups.len())
            .finish_non_exhaustive()
    }
}
