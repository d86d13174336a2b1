//! A provider in the simulation: a directory, what it was, and what others have done to it.

use crate::model::{
    Account, AttributeName, GroupName, GroupRef, Operation, Outcome, Request, ScimId, Value,
};
use crate::provider::directory::{Directory, Group, Ids};
use crate::provider::manners::Manners;
use crate::provider::model::account_of;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The provider's users and groups.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) directory: Directory,
    /// Until when it was what.
    pub(super) past: VecDeque<(Timestamp, Directory)>,
    /// Groups that others have made beside one of the same name.
    pub(super) doubles: BTreeSet<String>,
    /// Groups that nobody means, whose names differ from those of others in letters' case only.
    pub(super) look_alikes: BTreeSet<String>,
    /// Accounts say which groups they are in.
    pub(super) says_groups: bool,
}

impl Provider {
    /// A provider with these groups, all empty, and no users.
    pub fn with_groups<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let manners = Manners { members_must_exist: true, ..Manners::rfc7644() };
        let mut provider = Self::of(Directory::new(manners, Ids::Plain));
        for name in names {
            // It asks nobody, so nobody refuses it.
            let _planted = provider.directory.plant_group(name);
        }
        provider
    }

    pub(super) fn of(directory: Directory) -> Self {
        Self {
            directory,
            past: VecDeque::new(),
            doubles: BTreeSet::new(),
            look_alikes: BTreeSet::new(),
            says_groups: false,
        }
    }

    /// Takes in one request, and says what an honest provider would answer.
    pub fn apply(&mut self, request: &Request) -> Outcome {
        let says_groups = self.says_groups;
        self.directory.perform(request, |directory, user| {
            let groups = says_groups.then(|| {
                let groups = directory.groups_of(user.id.as_str());
                // Some say the name, too, and some do not.
                let name = |group: &Group| {
                    let says_it =
                        group.id.as_str().bytes().map(usize::from).sum::<usize>() % 2 == 0;
                    says_it.then(|| group.name().to_owned())
                };
                groups.map(|group| (ScimId::new(group.id.as_str()), name(group))).collect()
            });
            Account { groups, ..account_of(user) }
        })
    }

    /// Adds a user without further ado, as if it had always been there.
    pub fn create(&mut self, active: bool, attributes: &BTreeMap<AttributeName, Value>) -> Outcome {
        self.directory.write(&Operation::Create { active, attributes: attributes.clone() })
    }

    /// Whether a user is in the group called `name`.
    pub fn is_member(&self, account: &ScimId, name: &str) -> bool {
        self.directory.groups_of(account.as_str()).any(|group| group.name() == name)
    }

    /// Puts a user into the group called `name`, as if it had always been there.
    pub fn put_into(&mut self, account: &ScimId, name: &str) {
        for group in self.groups_called(name) {
            let (name, id) = (GroupName::new(name), ScimId::new(group.id.as_str()));
            let group = GroupRef { name, id };
            // A user who is not there is in no group.
            let _put =
                self.directory.write(&Operation::AddMember { account: account.clone(), group });
        }
    }
}
