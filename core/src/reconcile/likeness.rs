//! Who might be the owner of an orphan. Proposed to whoever looks, and never acted on.

use super::Question;
use super::finding::{Evidence, InList, Likeness};
use super::inventory::{Inventory, Kept};
use crate::model::text;
use crate::roster::keys::Keys;
use crate::roster::{Column, Listed, Roster, Space};

/// A likeness that more people share says nothing.
const PROPOSED_MAX: usize = 3;
/// A mailbox with fewer letters is like too many.
const MAILBOX_LEAST: usize = 3;

/// Everybody in the lists, by what is left of their names.
pub(super) struct Alike {
    keys: Keys,
    people: Vec<(u16, Listed)>,
}

impl Alike {
    pub(super) fn of(question: &Question<'_>) -> Self {
        let mut alike = Self { keys: Keys::default(), people: Vec::new() };
        for (number, roster) in rosters(question) {
            for person in roster.people() {
                let owner = u32::try_from(alike.people.len()).unwrap_or(u32::MAX);
                alike.people.push((number, person));
                for (likeness, like) in of_listed(roster, person) {
                    alike.keys.add(space(likeness), &like, owner);
                }
            }
        }
        alike
    }

    /// Those who are like the owner of the account, the most like first.
    pub(super) fn candidates(
        &self,
        question: &Question<'_>,
        inventory: &Inventory,
        account: &Kept,
    ) -> Vec<Evidence> {
        let mut found: Vec<(Likeness, InList)> = Vec::new();
        for (likeness, like) in of_account(inventory, account) {
            let is_theirs = |owner: u32| {
                let person = self.people.get(owner as usize);
                let roster = person.and_then(|(list, it)| Some((roster(question, *list)?, *it)));
                roster.is_some_and(|(roster, it)| {
                    of_listed(roster, it).any(|(other, text)| other == likeness && text == like)
                })
            };
            let all: Vec<u32> = self
                .keys
                .owners(space(likeness), &like, is_theirs)
                .take(PROPOSED_MAX + 1)
                .collect();
            if all.len() > PROPOSED_MAX {
                continue;
            }
            for (list, person) in all.iter().filter_map(|owner| self.people.get(*owner as usize)) {
                let line =
                    roster(question, *list).and_then(|it| it.row(*person)).map(|row| row.line);
                let at = InList { list: *list, line: line.unwrap_or_default() };
                if found.iter().all(|(_, known)| *known != at) {
                    found.push((likeness, at));
                }
            }
        }
        found.sort_by_key(|(likeness, at)| (*likeness, at.list, at.line));
        found.truncate(PROPOSED_MAX);
        found.into_iter().map(|(likeness, at)| Evidence::Like { likeness, at }).collect()
    }
}

fn rosters<'q>(question: &Question<'q>) -> impl Iterator<Item = (u16, &'q Roster)> + use<'q> {
    let lists = (0_u16..).zip(question.lists);
    lists.filter_map(|(number, list)| Some((number, list.roster.ok()?)))
}

fn roster<'q>(question: &Question<'q>, number: u16) -> Option<&'q Roster> {
    question.lists.get(usize::from(number)).and_then(|list| list.roster.ok())
}

/// Each likeness has names of its own.
fn space(likeness: Likeness) -> Space {
    match likeness {
        Likeness::NumberWithoutZeros => Space::EmployeeNumber,
        Likeness::MailboxOfOtherDomain => Space::Name,
        Likeness::DisplayName => Space::External,
    }
}

fn of_listed(roster: &Roster, person: Listed) -> impl Iterator<Item = (Likeness, String)> + use<> {
    let text = |column| roster.text(person, column);
    let names = [Column::UserName, Column::Email].map(|it| mailbox(text(it)));
    let whole = format!("{} {}", text(Column::GivenName), text(Column::FamilyName));
    let display = [display(text(Column::DisplayName)), display(&whole)];
    let number = number(text(Column::EmployeeNumber));
    let number = number.map(|it| (Likeness::NumberWithoutZeros, it));
    let names = names.into_iter().flatten().map(|it| (Likeness::MailboxOfOtherDomain, it));
    let display = display.into_iter().flatten().map(|it| (Likeness::DisplayName, it));
    number.into_iter().chain(names).chain(display)
}

fn of_account(inventory: &Inventory, account: &Kept) -> Vec<(Likeness, String)> {
    let mut all = Vec::new();
    for (space, name) in inventory.names(account) {
        match space {
            Space::EmployeeNumber => {
                all.extend(number(name).map(|it| (Likeness::NumberWithoutZeros, it)));
            }
            Space::Name => all.extend(mailbox(name).map(|it| (Likeness::MailboxOfOtherDomain, it))),
            Space::WorkerId | Space::External => {}
        }
    }
    let shown = display(inventory.texts.get(account.display_name));
    all.extend(shown.map(|it| (Likeness::DisplayName, it)));
    all
}

fn mailbox(name: &str) -> Option<String> {
    let mailbox = name.split('@').next().unwrap_or_default();
    (mailbox.len() >= MAILBOX_LEAST).then(|| mailbox.to_owned())
}

fn number(number: &str) -> Option<String> {
    let bare = number.trim_start_matches('0');
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// Two words at least: one alone is half a name.
fn display(name: &str) -> Option<String> {
    let name = text::canonical(name);
    name.contains(' ').then_some(name)
}
