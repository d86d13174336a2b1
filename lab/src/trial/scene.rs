//! What is seen on the stage: who is who there, whose account is whose, and what came of an event.

use super::play::{Line, Player};
use crate::engine::state::Person;
use crate::model::decision::Why;
use crate::model::{AliasKind, AttributeName, PersonId, ScimId};
use crate::story::{Method, NOT_SEEN, Scene, SeenAccount, Standpoint};
use std::collections::BTreeSet;

impl Scene for Player<'_> {
    fn decisions(&self) -> Vec<(String, Option<Why>)> {
        let decisions = self.decisions.iter().map(|record| &record.decision);
        decisions.map(|it| (it.word().to_owned(), it.why().cloned())).collect()
    }

    fn results(&self) -> Vec<String> {
        let doubt = |line: &Line| if line.is_doubtful { NOT_SEEN } else { "" };
        self.of_event(&self.results).map(|line| format!("{}{}", line.text, doubt(line))).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.of_event(&self.notes).map(|line| line.text.clone()).collect()
    }

    fn standpoints(&self) -> Vec<Standpoint> {
        let people = self.decisions.iter().filter_map(|record| record.person.as_ref());
        let people: BTreeSet<&PersonId> = people.collect();
        let theirs = self.stage.people().filter(|person| people.contains(&person.id));
        let seats = theirs.flat_map(|person| self.stage.seats_of(person).into_values());
        seats.map(|seat| Standpoint::from(&seat.stage)).collect()
    }

    fn accounts(&mut self, person: &str) -> Vec<SeenAccount> {
        let ids = self.accounts_of(person);
        let Some(provider) = self.stage.provider(&self.suite.target) else { return Vec::new() };
        let accounts = ids.iter().filter_map(|id| provider.account(id));
        let seen = accounts.map(|account| SeenAccount {
            active: account.active,
            groups: provider.groups_of(&account.id),
            attributes: account.attributes,
        });
        seen.collect()
    }

    fn requests(&self, method: Method) -> usize {
        self.stage.requests(method)
    }
}

impl Player<'_> {
    /// Those that are about the event of the step.
    fn of_event<'a>(&'a self, lines: &'a [Line]) -> impl Iterator<Item = &'a Line> {
        lines.iter().filter(|line| {
            let mut decisions = self.decisions.iter();
            decisions.any(|record| line.cause.as_ref() == Some(&record.position))
        })
    }

    /// Every account that goes by one of the person's names, that was given to them, or that usher
    /// takes for theirs, whatever it is called by now.
    pub(super) fn accounts_of(&mut self, short: &str) -> Vec<ScimId> {
        let Some(identity) = self.fixture.people.get(short) else { return Vec::new() };
        let own = self.made.get(short).cloned();
        let target = &self.suite.target;
        let known = self.known(short).into_iter();
        let seats = known.filter_map(|person| self.stage.seat(person, target));
        let bound = seats.filter_map(|seat| seat.account().cloned());
        let mut found: BTreeSet<ScimId> = own.into_iter().chain(bound).collect();
        let Some(provider) = self.stage.provider(target) else { return Vec::new() };
        found.retain(|id| provider.account(id).is_some());
        for name in identity.names() {
            for attribute in [AttributeName::USER_NAME, AttributeName::WORK_EMAIL] {
                found.extend(provider.with(&attribute, name));
            }
        }
        found.into_iter().collect()
    }

    /// Everybody whom usher knows by one of the person's names, and by no other number than theirs.
    pub(super) fn known(&self, short: &str) -> Vec<&Person> {
        let Some(identity) = self.fixture.people.get(short) else { return Vec::new() };
        let is_them = |person: &&Person| {
            // What is known by an account alone is called so by hearsay.
            let called = person.is_an_account().then_some(&person.reported).into_iter().flatten();
            let mut names = person.aliases.iter().chain(called);
            let shares = names.any(|alias| identity.aliases.contains(alias));
            let mut numbers = person
                .aliases
                .iter()
                .filter(|alias| alias.kind() == AliasKind::EmployeeNumber)
                .peekable();
            let has_another = numbers.peek().is_some()
                && identity.number().is_some_and(|own| numbers.all(|number| number != own));
            shares && !has_another
        };
        self.stage.people().filter(is_them).collect()
    }

    pub(super) fn ids(&self, short: &str) -> BTreeSet<PersonId> {
        self.known(short).into_iter().map(|person| person.id.clone()).collect()
    }
}
