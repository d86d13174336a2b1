//! What anybody could see at the provider.

use super::fact::Person;
use super::namesakes::SERVICE;
use super::provider::{Provider, account_of, text_at};
use crate::model::{Account, AttributeName, GroupName, GroupRef, ScimId};
use crate::provider::directory::{Group, User};

impl Provider {
    /// The account that has this id, if it is shown.
    pub(super) fn read(&self, account: &ScimId) -> Option<Account> {
        self.directory.shown_user(account.as_str()).map(|user| self.shown(user))
    }

    /// Shown users whose `attribute` equals `value`, without case (RFC 7643 §4.1.1).
    pub(super) fn find(&self, attribute: &AttributeName, value: &str) -> Vec<Account> {
        if *attribute == AttributeName::USER_NAME {
            let user = self.directory.shown_user_named(value);
            return user.map(|user| self.shown(user)).into_iter().collect();
        }
        let has = |user: &&User| {
            text_at(user, attribute).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        self.directory.shown_users().into_iter().filter(has).map(|user| self.shown(user)).collect()
    }

    fn shown(&self, user: &User) -> Account {
        let groups = self.says_groups.then(|| {
            let groups = self.directory.groups_of(user.id.as_str());
            // Some say the name, too, and some do not.
            let name = |group: &Group| {
                let says_it = group.id.as_str().bytes().map(usize::from).sum::<usize>() % 2 == 0;
                says_it.then(|| group.name().to_owned())
            };
            groups.map(|group| (ScimId::new(group.id.as_str()), name(group))).collect()
        });
        Account { groups, ..account_of(user) }
    }

    /// The groups of that name; if one has exactly these letters, no other: so the client takes them.
    pub(super) fn groups_named(&self, name: &GroupName) -> Vec<GroupRef> {
        let is_exact = |group: &&Group| group.name() == name.as_str();
        let has_exact = self.directory.groups().any(|group| is_exact(&group));
        let is_alike = |group: &&Group| group.name().eq_ignore_ascii_case(name.as_str());
        let named = self.directory.groups().filter(is_alike);
        let id = |group: &Group| ScimId::new(group.id.as_str());
        let meant = named.filter(|group| !has_exact || is_exact(group));
        meant.map(|group| GroupRef { name: name.clone(), id: id(group) }).collect()
    }

    /// Everybody, and who is in which group.
    pub fn picture(&self) -> Vec<(Account, Vec<String>)> {
        let groups = |user: &User| {
            let groups = self.directory.groups_of(user.id.as_str());
            groups.map(|group| group.name().to_owned()).collect()
        };
        self.directory.users().map(|user| (account_of(user), groups(user))).collect()
    }

    /// The accounts that have any of a person's names; one that is somebody else's, too, says nothing.
    pub fn accounts_of(&self, person: &Person) -> Vec<Account> {
        let has = |user: &User, name: &AttributeName, values: &[String]| {
            text_at(user, name)
                .is_some_and(|text| values.iter().any(|value| value.eq_ignore_ascii_case(text)))
        };
        let is_theirs = |user: &&User| {
            if user.user_name().starts_with(SERVICE) {
                return false;
            }
            has(user, &AttributeName::WORK_EMAIL, &person.emails)
                || has(user, &AttributeName::EMPLOYEE_NUMBER, &person.numbers)
                || !person.is_contested && has(user, &AttributeName::USER_NAME, &person.user_names)
        };
        self.directory.users().filter(is_theirs).map(account_of).collect()
    }
}
