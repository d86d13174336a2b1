//! A SCIM provider without I/O: users and groups, and what each request does to them.
//!
//! It is always right and never tired; what goes wrong on the way is the weather's business. Reads
//! show the state at the instant at which they are applied.

use crate::model::{
    Account, AttributeName, Failure, Field, GroupName, GroupRef, Landed, Operation, Outcome, Reply,
    Request, ScimId, Value, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

/// A group and who is in it.
#[derive(Clone, Debug)]
struct Group {
    name: GroupName,
    members: BTreeSet<ScimId>,
}

/// The provider's users and groups.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    users: BTreeMap<ScimId, Account>,
    groups: BTreeMap<ScimId, Group>,
    made: u64,
}

impl Provider {
    /// A provider with these groups, all empty, and no users.
    pub fn with_groups<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut provider = Self::default();
        for name in names {
            let id = provider.fresh("g");
            let group = Group { name: GroupName::new(name), members: BTreeSet::new() };
            provider.groups.insert(id, group);
        }
        provider
    }

    /// Takes in one request, and says what an honest provider would answer.
    pub fn apply(&mut self, request: &Request) -> Outcome {
        match request {
            Request::FindAccounts { attribute, value } => {
                Outcome::Done(Reply::Accounts(self.find(attribute, value)))
            }
            Request::ReadAccount { account } => {
                Outcome::Done(self.users.get(account).cloned().map_or(Reply::Gone, Reply::Account))
            }
            Request::FindGroups { name } => Outcome::Done(Reply::Groups(self.groups_named(name))),
            Request::ReadMembers { group } => {
                Outcome::Done(self.groups.get(&group.id).map_or(Reply::Gone, |group| {
                    Reply::Members(group.members.iter().cloned().collect())
                }))
            }
            Request::CreateGroup { name } => self.create_group(name),
            Request::AddMembers { group, accounts } => self.add_members(group, accounts),
            Request::Write(operation) => self.write(operation),
        }
    }

    fn create_group(&mut self, name: &GroupName) -> Outcome {
        if !self.groups_named(name).is_empty() {
            return Outcome::Done(Reply::Exists);
        }
        let group = GroupRef { name: name.clone(), id: self.fresh("g") };
        let made = Group { name: name.clone(), members: BTreeSet::new() };
        self.groups.insert(group.id.clone(), made);
        Outcome::Done(Reply::Groups(vec![group]))
    }

    /// All of them or none (RFC 7644 §3.5.2).
    fn add_members(&mut self, group: &GroupRef, accounts: &[ScimId]) -> Outcome {
        let known = accounts.iter().all(|account| self.users.contains_key(account));
        match self.groups.get_mut(&group.id) {
            Some(group) if known => {
                group.members.extend(accounts.iter().cloned());
                Outcome::Done(Reply::Changed)
            }
            Some(_) | None => Outcome::Done(Reply::Gone),
        }
    }

    fn write(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::Create { active, attributes } => self.create(*active, attributes),
            Operation::Change { account, active, attributes } => {
                self.change(account, *active, attributes)
            }
            Operation::AddMember { account, group } => self.set_member(account, group, true),
            Operation::RemoveMember { account, group } => self.set_member(account, group, false),
            Operation::Delete { account } => Outcome::Done(self.delete(account)),
        }
    }

    /// Adds a user without further ado, as if it had always been there.
    pub fn create(&mut self, active: bool, attributes: &BTreeMap<AttributeName, Value>) -> Outcome {
        let taken = attributes
            .get(&AttributeName::USER_NAME)
            .is_some_and(|name| self.has_user_name(name, None));
        if taken {
            return Outcome::Done(Reply::Exists);
        }
        let account =
            Account { id: self.fresh("u"), active: Some(active), attributes: attributes.clone() };
        self.users.insert(account.id.clone(), account.clone());
        Outcome::Done(Reply::Account(account))
    }

    fn change(
        &mut self,
        id: &ScimId,
        active: Option<bool>,
        attributes: &BTreeMap<AttributeName, Field>,
    ) -> Outcome {
        if let Some(Field::Set(name)) = attributes.get(&AttributeName::USER_NAME)
            && self.has_user_name(name, Some(id))
        {
            return refused("409 uniqueness");
        }
        let Some(account) = self.users.get_mut(id) else {
            return Outcome::Done(Reply::Gone);
        };
        account.active = active.or(account.active);
        for (name, field) in attributes {
            match field {
                Field::Set(value) => account.attributes.insert(name.clone(), value.clone()),
                Field::Clear => account.attributes.remove(name),
            };
        }
        Outcome::Done(Reply::Account(account.clone()))
    }

    fn set_member(&mut self, account: &ScimId, group: &GroupRef, member: bool) -> Outcome {
        let known = self.users.contains_key(account);
        match self.groups.get_mut(&group.id) {
            Some(group) if known || !member => {
                if member {
                    group.members.insert(account.clone());
                } else {
                    group.members.remove(account);
                }
                Outcome::Done(Reply::Changed)
            }
            Some(_) | None => Outcome::Done(Reply::Gone),
        }
    }

    fn delete(&mut self, account: &ScimId) -> Reply {
        for group in self.groups.values_mut() {
            group.members.remove(account);
        }
        match self.users.remove(account) {
            Some(_) => Reply::Changed,
            None => Reply::Gone,
        }
    }

    /// Users whose `attribute` equals `value`, without case (RFC 7643 §4.1.1).
    pub fn find(&self, attribute: &AttributeName, value: &str) -> Vec<Account> {
        self.users
            .values()
            .filter(|user| {
                matches!(user.attributes.get(attribute), Some(Value::Text(text))
                    if text.eq_ignore_ascii_case(value))
            })
            .cloned()
            .collect()
    }

    fn groups_named(&self, name: &GroupName) -> Vec<GroupRef> {
        self.groups
            .iter()
            .filter(|(_, group)| group.name.as_str().eq_ignore_ascii_case(name.as_str()))
            .map(|(id, group)| GroupRef { name: group.name.clone(), id: id.clone() })
            .collect()
    }

    /// Whether a user is in the group called `name`.
    pub fn is_member(&self, account: &ScimId, name: &str) -> bool {
        self.groups
            .values()
            .any(|group| group.name.as_str() == name && group.members.contains(account))
    }

    /// Puts a user into the group called `name`, as if it had always been there.
    pub fn put_into(&mut self, account: &ScimId, name: &str) {
        for group in self.groups.values_mut() {
            if group.name.as_str() == name {
                group.members.insert(account.clone());
            }
        }
    }

    fn has_user_name(&self, name: &Value, but: Option<&ScimId>) -> bool {
        let Value::Text(name) = name else {
            return false;
        };
        self.find(&AttributeName::USER_NAME, name).iter().any(|user| Some(&user.id) != but)
    }

    fn fresh(&mut self, kind: &str) -> ScimId {
        self.made += 1;
        ScimId::new(format!("{kind}-{}", self.made))
    }
}

fn refused(what: &str) -> Outcome {
    Outcome::Failed(Failure { verdict: Verdict::Stuck, landed: Landed::No, what: what.to_owned() })
}
