//! What anybody could see at the provider.

use super::fact::Person;
use super::namesakes::SERVICE;
use super::provider::Provider;
use crate::model::{Account, AttributeName};
use crate::provider::directory::User;
use crate::provider::model::{account_of, text_at};

impl Provider {
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
