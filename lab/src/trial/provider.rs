//! A SCIM provider in memory that does what it is asked, unless it is told not to.
//!
//! Names of accounts and groups are compared without case, and an account's `userName` is unique, as
//! RFC 7643 has it.

use crate::model::account::{Account, AttributeName, Value};
use crate::model::call::{Failure, Landed, Outcome, Reply, Request, Verdict};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, GroupRef, Operation};
use crate::story::Manner;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Accounts and groups.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    accounts: BTreeMap<ScimId, Account>,
    groups: BTreeMap<GroupName, BTreeSet<ScimId>>,
    /// Who has a value of an attribute by which usher may look accounts up.
    by_value: HashMap<(AttributeName, String), BTreeSet<ScimId>>,
    /// Accounts that no look-up shows.
    hidden: BTreeSet<ScimId>,
    last: u64,
    pub manner: Manner,
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
        if self.group_named(&name).is_none() {
            self.groups.insert(name, BTreeSet::new());
        }
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
        self.last += 1;
        let id = ScimId::new(format!("a-{}", self.last));
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
        let name = self.group_named(group)?.clone();
        let members = self.groups.get_mut(&name)?;
        if member {
            members.insert(id.clone());
        } else {
            members.remove(id);
        }
        Some(())
    }

    /// Removes an account and its memberships, whoever does it.
    pub fn remove(&mut self, id: &ScimId) {
        let Some(gone) = self.accounts.remove(id) else { return };
        self.strike(&gone);
        for members in self.groups.values_mut() {
            members.remove(id);
        }
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
        self.groups.iter().filter(|(_, members)| members.contains(id)).map(|(name, _)| name)
    }

    pub fn group_names(&self) -> impl Iterator<Item = &GroupName> {
        self.groups.keys()
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
            Request::FindGroups { name } => {
                let found = self.group_named(name).map(|_| reference(name));
                Reply::Groups(found.into_iter().collect())
            }
            Request::ReadMembers { group } => {
                let members = self.group_named(&group.name).and_then(|it| self.groups.get(it));
                members.map_or(Reply::Gone, |it| Reply::Members(it.iter().cloned().collect()))
            }
            Request::CreateGroup { name } => {
                if self.group_named(name).is_some() {
                    Reply::Exists
                } else {
                    self.make_group(name.clone());
                    Reply::Groups(vec![reference(name)])
                }
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
                .set_member(&group.name, account, false)
                .map_or(Reply::Gone, |()| Reply::Changed),
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
        let all = accounts.iter().map(|account| self.set_member(&group.name, account, true));
        all.collect::<Option<Vec<()>>>().map_or(Reply::Gone, |_| Reply::Changed)
    }

    fn group_named(&self, name: &GroupName) -> Option<&GroupName> {
        let exact = self.groups.get_key_value(name).map(|(known, _)| known);
        exact.or_else(|| {
            self.groups.keys().find(|known| known.as_str().eq_ignore_ascii_case(name.as_str()))
        })
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

fn reference(name: &GroupName) -> GroupRef {
    GroupRef { name: name.clone(), id: ScimId::new(format!("g-{name}")) }
}

/// Whether the request would change something.
pub(super) fn changes(request: &Request) -> bool {
    match request {
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ReadMembers { .. } => false,
        Request::CreateGroup { .. } | Request::AddMembers { .. } | Request::Write(_) => true,
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
