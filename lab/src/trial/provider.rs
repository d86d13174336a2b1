//! A SCIM provider in memory that does what it is asked, unless it is told not to.
//!
//! Names of accounts and groups are compared without case, and an account's `userName` is unique, as
//! RFC 7643 has it.

use super::groups::Groups;
use crate::model::account::{Account, AttributeName, Value};
use crate::model::call::{Failure, Landed, Outcome, Reply, Request, Verdict};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, GroupRef, Operation};
use crate::story::{Deed, Ids, Manner};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Accounts and groups.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    accounts: BTreeMap<ScimId, Account>,
    groups: Groups,
    /// Who has a value of an attribute by which usher may look accounts up.
    by_value: HashMap<(AttributeName, String), BTreeSet<ScimId>>,
    /// Accounts that no look-up shows.
    hidden: BTreeSet<ScimId>,
    /// Accounts that somebody else makes right before they would be made here, by user name.
    forestalled: BTreeMap<String, Newcomer>,
    last: u64,
    pub manner: Manner,
}

/// An account that somebody else makes, with the groups that it is in.
#[derive(Clone, Debug, Default)]
pub struct Newcomer {
    pub active: bool,
    pub attributes: BTreeMap<AttributeName, Value>,
    pub groups: BTreeSet<GroupName>,
}

/// What accounts are looked up by.
const LOOKED_UP: [AttributeName; 4] = [
    AttributeName::USER_NAME,
    AttributeName::EXTERNAL_ID,
    AttributeName::WORK_EMAIL,
    AttributeName::EMPLOYEE_NUMBER,
];

impl Provider {
    /// Makes a group without members, unless it is there.
    pub fn make_group(&mut self, name: GroupName) {
        if self.groups.named(&name).is_empty() {
            self.groups.make(name);
        }
    }

    /// Lets somebody change it past SCIM; says which accounts have other ids then.
    pub fn undergo(&mut self, deed: &Deed) -> BTreeMap<ScimId, ScimId> {
        match deed {
            Deed::MakeGroup(name) => self.groups.make(name.clone()),
            Deed::RenameGroup(name, new) => self.groups.rename(name, new),
            Deed::MoveIds(how) => return self.move_ids(*how),
            // `Suite::check` has refused what plays at a sandbox alone.
            Deed::Behave(_) | Deed::GoWrong(_) => {}
        }
        BTreeMap::new()
    }

    /// Makes an account and puts it into its groups, made where they are not there; `None` if the user
    /// name is taken.
    pub fn make(&mut self, newcomer: Newcomer) -> Option<ScimId> {
        let id = self.make_account(newcomer.active, newcomer.attributes)?;
        for group in newcomer.groups {
            self.make_group(group.clone());
            self.set_member(&group, &id, true);
        }
        Some(id)
    }

    /// Somebody else makes the account right before one of that user name would be made here.
    pub fn forestall(&mut self, newcomer: Newcomer) {
        if let Some(name) = newcomer.attributes.get(&AttributeName::USER_NAME) {
            self.forestalled.insert(name.to_text().to_lowercase(), newcomer);
        }
    }

    fn move_ids(&mut self, how: Ids) -> BTreeMap<ScimId, ScimId> {
        let old: Vec<ScimId> = self.accounts.keys().cloned().collect();
        let moved: BTreeMap<ScimId, ScimId> = match how {
            Ids::Renewed => {
                self.groups.renew_ids();
                old.into_iter().map(|id| (id, self.fresh_id())).collect()
            }
            Ids::Rotated => {
                let next: Vec<_> = old.iter().cycle().skip(1).take(old.len()).cloned().collect();
                old.into_iter().zip(next).collect()
            }
        };
        self.by_value.clear();
        for account in std::mem::take(&mut self.accounts).into_values() {
            let id = moved.get(&account.id).cloned().unwrap_or_else(|| account.id.clone());
            let account = Account { id: id.clone(), ..account };
            self.enter(&account);
            self.accounts.insert(id, account);
        }
        let hidden = std::mem::take(&mut self.hidden).into_iter();
        self.hidden = hidden.filter_map(|id| moved.get(&id).cloned()).collect();
        self.groups.move_members(&moved);
        moved
    }

    fn fresh_id(&mut self) -> ScimId {
        self.last += 1;
        ScimId::new(format!("a-{}", self.last))
    }

    /// Makes an account, as if it had always been there; `None` if the user name is taken.
    pub fn make_account(
        &mut self,
        active: bool,
        attributes: BTreeMap<AttributeName, Value>,
    ) -> Option<ScimId> {
        let name = attributes.get(&AttributeName::USER_NAME);
        if name
            .is_some_and(|name| !self.with(&AttributeName::USER_NAME, &name.to_text()).is_empty())
        {
            return None;
        }
        let id = self.fresh_id();
        let account = Account { id: id.clone(), active: Some(active), attributes, groups: None };
        self.enter(&account);
        self.accounts.insert(id.clone(), account);
        Some(id)
    }

    /// Changes an account, whoever does it; absent values are removed.
    pub fn change(
        &mut self,
        id: &ScimId,
        active: Option<bool>,
        attributes: &BTreeMap<AttributeName, Field>,
    ) -> bool {
        let Some(mut account) = self.accounts.remove(id) else { return false };
        self.strike(&account);
        account.active = active.or(account.active);
        for (name, field) in attributes {
            match field {
                Field::Set(value) => account.attributes.insert(name.clone(), value.clone()),
                Field::Clear => account.attributes.remove(name),
            };
        }
        self.enter(&account);
        self.accounts.insert(id.clone(), account);
        true
    }

    /// Puts an account into a group or takes it out; `None` if there is no such group.
    pub fn set_member(&mut self, group: &GroupName, id: &ScimId, member: bool) -> Option<()> {
        let named = self.groups.named(group).into_iter();
        let first = if member { 1 } else { usize::MAX };
        let put = named.take(first).map(|group| self.groups.set_member(&group.id, id, member));
        put.last()?
    }

    /// Removes an account and its memberships, whoever does it.
    pub fn remove(&mut self, id: &ScimId) {
        let Some(gone) = self.accounts.remove(id) else { return };
        self.strike(&gone);
        self.groups.forget(id);
    }

    pub fn account(&self, id: &ScimId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The accounts whose `attribute` is `value`, in whatever letters.
    pub fn with(&self, attribute: &AttributeName, value: &str) -> Vec<&Account> {
        let found = self.by_value.get(&(attribute.clone(), value.to_lowercase()));
        found.into_iter().flatten().filter_map(|id| self.accounts.get(id)).collect()
    }

    pub fn groups_of(&self, id: &ScimId) -> impl Iterator<Item = &GroupName> {
        self.groups.of(id)
    }

    /// From now on no look-up shows the account, though it is there.
    pub fn hide(&mut self, id: &ScimId) {
        self.hidden.insert(id.clone());
    }

    pub fn show(&mut self, id: &ScimId) {
        self.hidden.remove(id);
    }

    /// What it says to a request; a change has happened when it has said so.
    pub fn answer(&mut self, request: &Request) -> Outcome {
        match self.manner {
            Manner::Failing => {
                return failed(Verdict::Retry { after: None }, "503 service unavailable");
            }
            Manner::Refusing if changes(request) => {
                return failed(Verdict::Stuck, "400 refused, as it was told to");
            }
            Manner::Refusing | Manner::Willing | Manner::Slow(_) => {}
        }
        self.apply(request)
    }

    fn apply(&mut self, request: &Request) -> Outcome {
        Outcome::Done(match request {
            Request::FindAccounts { attribute, value } => {
                let found = self.with(attribute, value).into_iter();
                let shown = found.filter(|account| !self.hidden.contains(&account.id));
                Reply::Accounts(shown.cloned().collect())
            }
            Request::ReadAccount { account } => {
                self.accounts.get(account).map_or(Reply::Gone, |it| Reply::Account(it.clone()))
            }
            Request::FindGroups { name } => Reply::Groups(self.groups.named(name)),
            Request::ReadMembers { group } => {
                let members = self.groups.members(&group.id);
                members.map_or(Reply::Gone, |it| Reply::Members(it.iter().cloned().collect()))
            }
            Request::AddMembers { group, accounts } => self.add(group, accounts),
            Request::Write(operation) if self.takes_a_name(operation) => {
                return failed(Verdict::Stuck, "409 uniqueness: somebody else has the user name");
            }
            Request::Write(operation) => self.write(operation),
        })
    }

    /// Whether a change would give an account a user name that another one has.
    fn takes_a_name(&self, operation: &Operation) -> bool {
        let Operation::Change { account, attributes, .. } = operation else { return false };
        match attributes.get(&AttributeName::USER_NAME) {
            Some(Field::Set(name)) => {
                let holders = self.with(&AttributeName::USER_NAME, &name.to_text());
                holders.iter().any(|holder| holder.id != *account)
            }
            Some(Field::Clear) | None => false,
        }
    }

    fn write(&mut self, operation: &Operation) -> Reply {
        match operation {
            Operation::Create { active, attributes } => {
                let name = attributes.get(&AttributeName::USER_NAME);
                let name = name.map(|name| name.to_text().to_lowercase());
                if let Some(newcomer) = name.and_then(|name| self.forestalled.remove(&name)) {
                    self.make(newcomer);
                }
                let made = self.make_account(*active, attributes.clone());
                let made = made.and_then(|id| self.accounts.get(&id));
                made.map_or(Reply::Exists, |account| Reply::Account(account.clone()))
            }
            Operation::Change { account, active, attributes } => {
                self.change(account, *active, attributes);
                self.accounts.get(account).map_or(Reply::Gone, |it| Reply::Account(it.clone()))
            }
            Operation::AddMember { account, group } => {
                self.add(group, std::slice::from_ref(account))
            }
            Operation::RemoveMember { account, group } => self
                .groups
                .set_member(&group.id, account, false)
                .map_or(Reply::Gone, |()| Reply::Changed),
            Operation::CreateGroup { name } => {
                if !self.groups.named(name).is_empty() {
                    return Reply::Exists;
                }
                self.make_group(name.clone());
                Reply::Groups(self.groups.named(name))
            }
            Operation::Delete { account } => {
                if !self.accounts.contains_key(account) {
                    return Reply::Gone;
                }
                self.remove(account);
                Reply::Changed
            }
        }
    }

    fn add(&mut self, group: &GroupRef, accounts: &[ScimId]) -> Reply {
        if accounts.iter().any(|account| !self.accounts.contains_key(account)) {
            return Reply::Gone;
        }
        let all = accounts.iter().map(|account| self.groups.set_member(&group.id, account, true));
        all.collect::<Option<Vec<()>>>().map_or(Reply::Gone, |_| Reply::Changed)
    }

    fn enter(&mut self, account: &Account) {
        for key in keys(account) {
            self.by_value.entry(key).or_default().insert(account.id.clone());
        }
    }

    fn strike(&mut self, account: &Account) {
        for key in keys(account) {
            if let Some(found) = self.by_value.get_mut(&key) {
                found.remove(&account.id);
            }
        }
    }
}

fn keys(account: &Account) -> impl Iterator<Item = (AttributeName, String)> {
    LOOKED_UP.into_iter().filter_map(|name| {
        let value = account.attributes.get(&name)?.to_text().to_lowercase();
        Some((name, value))
    })
}

/// Whether the request would change something.
pub(super) fn changes(request: &Request) -> bool {
    match request {
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ReadMembers { .. } => false,
        Request::AddMembers { .. } | Request::Write(_) => true,
    }
}

fn failed(verdict: Verdict, what: &str) -> Outcome {
    Outcome::Failed(Failure { verdict, landed: Landed::No, what: what.to_owned() })
}

/// Nobody knows whether it was done: no answer came in time.
pub(super) fn unanswered() -> Outcome {
    let verdict = Verdict::Retry { after: None };
    let what = "no answer within 10 s".to_owned();
    Outcome::Failed(Failure { verdict, landed: Landed::Maybe, what })
}
