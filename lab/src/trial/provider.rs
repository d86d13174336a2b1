//! A SCIM provider in memory that does what it is asked, unless it is told not to.

use crate::model::account::{Account, AttributeName, Value};
use crate::model::call::{Failure, Landed, Outcome, Reply, Request, Verdict};
use crate::model::ids::{GroupName, ScimId};
use crate::model::operation::{Field, Operation};
use crate::provider::directory::{Directory, Ids};
use crate::provider::manners::{CustomAttributes, Manners};
use crate::provider::model::account_of;
use crate::story::{self, Deed, Manner};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts and groups.
#[derive(Clone, Debug)]
pub struct Provider {
    directory: Directory,
    /// Accounts that no look-up shows.
    hidden: BTreeSet<ScimId>,
    /// Accounts that somebody else makes right before they would be made here, by user name.
    forestalled: BTreeMap<String, Newcomer>,
    pub manner: Manner,
}

/// An account that somebody else makes, with the groups that it is in.
#[derive(Clone, Debug, Default)]
pub struct Newcomer {
    pub active: bool,
    pub attributes: BTreeMap<AttributeName, Value>,
    pub groups: BTreeSet<GroupName>,
}

impl Default for Provider {
    fn default() -> Self {
        let most = usize::MAX;
        let custom = CustomAttributes { most, key_chars: most, value_chars: most };
        let manners = Manners {
            members_must_exist: true,
            custom_attributes: Some(custom),
            ..Manners::rfc7644()
        };
        Self {
            directory: Directory::new(manners, Ids::Plain),
            hidden: BTreeSet::new(),
            forestalled: BTreeMap::new(),
            manner: Manner::default(),
        }
    }
}

impl Provider {
    /// Makes a group without members, unless it is there.
    pub fn make_group(&mut self, name: &GroupName) {
        if self.directory.groups_named(name).is_empty() {
            self.plant_group(name);
        }
    }

    fn plant_group(&mut self, name: &GroupName) {
        // It asks nobody, so nobody refuses it.
        let _planted = self.directory.plant_group(name.as_str());
    }

    /// Lets somebody change it past SCIM; says which accounts have other ids then.
    pub fn undergo(&mut self, deed: &Deed) -> BTreeMap<ScimId, ScimId> {
        match deed {
            Deed::MakeGroup(name) => self.plant_group(name),
            Deed::RenameGroup(name, new) => {
                self.directory.rename_groups(name.as_str(), new.as_str());
            }
            Deed::MoveIds(how) => return self.move_ids(*how),
            // `Suite::check` has refused what plays at a sandbox alone.
            Deed::Behave(_) | Deed::GoWrong(_) => {}
        }
        BTreeMap::new()
    }

    fn move_ids(&mut self, how: story::Ids) -> BTreeMap<ScimId, ScimId> {
        let moved = match how {
            story::Ids::Renewed => self.directory.renew_ids(),
            story::Ids::Rotated => self.directory.rotate_user_ids(),
        };
        let moved = moved.into_iter().map(|(old, new)| (ScimId::new(old), ScimId::new(new)));
        let moved: BTreeMap<_, _> = moved.collect();
        self.hidden = self.hidden.iter().filter_map(|id| moved.get(id).cloned()).collect();
        moved
    }

    /// Makes an account, as if it had always been there, and puts it into its groups, made where they
    /// are not there; `None` if it has no user name, or one that is taken.
    pub fn make(&mut self, newcomer: Newcomer) -> Option<ScimId> {
        let Newcomer { active, attributes, groups } = newcomer;
        let made = self.directory.write(&Operation::Create { active, attributes });
        let Outcome::Done(Reply::Account(Account { id, .. })) = made else { return None };
        for group in groups {
            self.make_group(&group);
            self.set_member(&group, &id, true);
        }
        Some(id)
    }

    /// Somebody else makes the account right before one of that user name would be made here.
    pub fn forestall(&mut self, newcomer: Newcomer) {
        let name = user_name(&newcomer.attributes);
        self.forestalled.extend(name.map(|name| (name, newcomer)));
    }

    /// Changes an account, whoever does it; absent values are removed.
    pub fn change(
        &mut self,
        account: &ScimId,
        active: Option<bool>,
        attributes: BTreeMap<AttributeName, Field>,
    ) {
        let account = account.clone();
        self.directory.write(&Operation::Change { account, active, attributes });
    }

    /// Puts an account into a group or takes it out of all of that name.
    pub fn set_member(&mut self, group: &GroupName, account: &ScimId, member: bool) {
        for group in self.directory.groups_named(group) {
            let account = account.clone();
            if member {
                self.directory.write(&Operation::AddMember { account, group });
                return;
            }
            self.directory.write(&Operation::RemoveMember { account, group });
        }
    }

    /// Removes an account and its memberships, whoever does it.
    pub fn remove(&mut self, account: &ScimId) {
        self.directory.write(&Operation::Delete { account: account.clone() });
    }

    pub fn account(&self, id: &ScimId) -> Option<Account> {
        self.directory.user(id.as_str()).map(account_of)
    }

    /// The accounts whose `attribute` is `value`, in whatever letters.
    pub fn with(&self, attribute: &AttributeName, value: &str) -> Vec<ScimId> {
        let found = self.directory.find(attribute, value).into_iter();
        found.map(|user| ScimId::new(user.id.as_str())).collect()
    }

    pub fn groups_of(&self, id: &ScimId) -> BTreeSet<GroupName> {
        let groups = self.directory.groups_of(id.as_str());
        groups.map(|group| GroupName::new(group.name())).collect()
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
        if let Request::Write(Operation::Create { attributes, .. }) = request
            && let Some(name) = user_name(attributes)
            && let Some(newcomer) = self.forestalled.remove(&name)
        {
            self.make(newcomer);
        }
        match self.directory.perform(request, |_, user| account_of(user)) {
            Outcome::Done(Reply::Accounts(mut found)) => {
                found.retain(|account| !self.hidden.contains(&account.id));
                Outcome::Done(Reply::Accounts(found))
            }
            other => other,
        }
    }
}

fn user_name(attributes: &BTreeMap<AttributeName, Value>) -> Option<String> {
    attributes.get(&AttributeName::USER_NAME).map(|name| name.to_text().to_lowercase())
}

/// Whether the request would change something.
pub(super) fn changes(request: &Request) -> bool {
    match request {
        Request::FindAccounts { .. }
        | Request::ReadAccount { .. }
        | Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
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
