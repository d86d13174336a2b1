//! Whose an account is, as far as it says so itself.
//!
//! Names are given anew and addresses are shared, so what a look-up finds may be somebody else's. A
//! number or an outside id proves or contradicts; a user name contradicts where it is another
//! person's, or where only an address led to it. Nobody is cut by a name that contradicts.

use crate::engine::deeds::plan;
use crate::engine::people::names::Names;
use crate::engine::settings::TargetSettings;
use crate::engine::state::{Facts, Seat};
use crate::model::account::{Account, AttributeName};
use crate::model::call::{Outcome, Reply, Request};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::PersonId;
use crate::model::{Alias, AliasKind, Field};
use std::collections::BTreeSet;

/// Who looks, and what they are looked up for.
#[derive(Debug)]
pub struct Asker<'a> {
    pub id: &'a PersonId,
    pub aliases: &'a BTreeSet<Alias>,
    pub names: &'a Names,
    pub seat: &'a Seat,
    pub settings: &'a TargetSettings,
}

/// The names and numbers of a person.
struct Mine {
    user_names: Vec<String>,
    emails: Vec<String>,
    numbers: Vec<String>,
    /// Numbers, and what else an outside id may be made of.
    ids: Vec<String>,
}

impl Facts {
    pub fn of(account: &Account) -> Self {
        let text = |kind, name| canonical(kind, &account.attributes.get(name)?.to_text());
        let number = text(AliasKind::EmployeeNumber, &AttributeName::EMPLOYEE_NUMBER);
        Self {
            id: account.id.clone(),
            user_name: text(AliasKind::UserName, &AttributeName::USER_NAME),
            email: text(AliasKind::Email, &AttributeName::WORK_EMAIL),
            number: number.filter(|number| is_number(number)),
            external: text(AliasKind::External, &AttributeName::EXTERNAL_ID),
            found_by: None,
        }
    }

    /// Whether nothing but a name has led to it.
    pub fn is_unproved(&self) -> bool {
        self.found_by.is_some()
    }

    /// The account was read, and nothing but `found_by` says whose it is; `None`: it is proved.
    pub fn was_led_to(&mut self, found_by: Option<AttributeName>) {
        self.found_by = found_by;
    }
}

impl Mine {
    fn of(asker: &Asker<'_>) -> Self {
        Self::at(asker.seat, asker.aliases)
    }

    fn at(seat: &Seat, aliases: &BTreeSet<Alias>) -> Self {
        let all = |kind: AliasKind, name: Option<&AttributeName>| {
            let aliases = aliases.iter().filter(|alias| alias.kind() == kind);
            let wished = name.and_then(|name| seat.wish.attributes.get(name));
            let wished = wished.and_then(Field::value);
            let wished = wished.and_then(|value| canonical(kind, &value.to_text()));
            let aliases = aliases.map(|alias| alias.value().to_owned());
            aliases.chain(wished).collect::<Vec<String>>()
        };
        let numbers = all(AliasKind::EmployeeNumber, Some(&AttributeName::EMPLOYEE_NUMBER));
        let mut ids = all(AliasKind::WorkerId, None);
        let external = all(AliasKind::External, Some(&AttributeName::EXTERNAL_ID));
        // As an event gives them they have their system's name before them.
        let bare = |id: &String| id.split_once(':').map_or(id.clone(), |(_, id)| id.to_owned());
        ids.extend(external.iter().map(bare));
        ids.extend(external);
        ids.extend(numbers.iter().cloned());
        Self {
            user_names: all(AliasKind::UserName, Some(&AttributeName::USER_NAME)),
            emails: all(AliasKind::Email, Some(&AttributeName::WORK_EMAIL)),
            numbers,
            ids,
        }
    }

    /// A number or an outside id that is this person's, or that the person's account had before.
    fn is_proved_by(&self, facts: &Facts, before: Option<&Facts>) -> bool {
        let number = facts.number.as_ref();
        let external = facts.external.as_ref();
        number.is_some_and(|number| self.numbers.iter().any(|mine| same_number(mine, number)))
            || external.is_some_and(|external| self.ids.contains(external))
            || before
                .filter(|it| it.found_by.is_none() || !self.is_contradicted_by(facts))
                .is_some_and(|before| {
                    number.is_some() && before.number.as_ref() == number
                        || external.is_some() && before.external.as_ref() == external
                })
    }

    /// The account has a number, or an outside id of the form of this person's, and it is another.
    fn is_contradicted_by(&self, facts: &Facts) -> bool {
        let number = facts.number.as_ref();
        let external = facts.external.as_ref();
        number.is_some() && !self.numbers.is_empty()
            || external.is_some_and(|external| self.ids.iter().any(|id| form(id) == form(external)))
    }

    /// The account goes by another user name that could be this person's and is not.
    fn has_another_name(&self, user_name: &str) -> bool {
        let is_mine = self.user_names.iter().any(|mine| mine == user_name);
        let local = |name: &str| name.split_once('@').map(|(local, _)| local.to_owned());
        let could_be = |mine: &String| mine.contains('@') == user_name.contains('@');
        let is_alike = |mine: &String| local(mine).is_some_and(|it| Some(it) == local(user_name));
        !is_mine && self.user_names.iter().any(could_be) && !self.user_names.iter().any(is_alike)
    }
}

/// The account that a reading call has brought, if it is one.
pub fn met(outcome: &Outcome) -> Option<&Account> {
    match outcome {
        Outcome::Done(Reply::Account(account)) => Some(account),
        Outcome::Done(Reply::Accounts(found)) => match found.as_slice() {
            [account] => Some(account),
            _ => None,
        },
        Outcome::Done(_) | Outcome::Failed(_) | Outcome::NotSent => None,
    }
}

/// What led to the account that was read, if nothing proves that it is the person's.
pub fn led_to(account: &Account, request: &Request, asker: &Asker<'_>) -> Option<AttributeName> {
    let facts = Facts::of(account);
    let before = asker.seat.facts.as_ref().filter(|before| before.id == facts.id);
    let is_ruled = asker.seat.ruling.account() == Some(&account.id);
    if is_ruled || Mine::of(asker).is_proved_by(&facts, None) {
        return None;
    }
    match (request, before) {
        (_, Some(before)) => before.found_by.clone(),
        (Request::FindAccounts { attribute, .. }, None) => Some(attribute.clone()),
        (_, None) => None,
    }
}

/// Whether a number, an outside id or an operator says that the bound account is the person's, whoever else
/// may have a name of theirs.
pub fn is_surely_theirs(seat: &Seat, aliases: &BTreeSet<Alias>) -> bool {
    seat.is_bound_by_order() || is_theirs_by_number(seat, aliases)
}

fn is_theirs_by_number(seat: &Seat, aliases: &BTreeSet<Alias>) -> bool {
    let facts = seat.facts.as_ref().filter(|facts| Some(&facts.id) == seat.account());
    facts.is_some_and(|facts| Mine::at(seat, aliases).is_proved_by(facts, None))
}

/// What is known of a person by now, against an account that only a name has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disproof {
    /// Numbers or outside ids contradict: it is not theirs.
    Numbers,
    /// It may be another's, and must be looked up anew.
    Names,
}

/// Whether the account that the person is bound to would not be taken for theirs now.
pub fn disproof(asker: &Asker<'_>) -> Option<Disproof> {
    let account = asker.seat.account().or(asker.seat.shut.as_ref())?;
    let facts = asker.seat.facts.as_ref().filter(|facts| facts.id == *account)?;
    let by = facts.found_by.as_ref()?;
    let mine = Mine::of(asker);
    if mine.is_proved_by(facts, None) {
        return None;
    }
    if mine.is_contradicted_by(facts) {
        return Some(Disproof::Numbers);
    }
    // That somebody else goes by its user name is no reason to let go of it: that one is told.
    let [_, numbers @ ..] = claimants(facts, asker.names);
    let is_anothers = numbers.into_iter().any(|all| is_of_others(all, asker));
    let is_called_unlike = is_called_unlike(facts, &mine, (by, true));
    (is_anothers || is_called_unlike).then_some(Disproof::Names)
}

/// Why an account that was read cannot be taken for the person's; `None`: it can.
pub fn contradiction(account: &Account, request: &Request, asker: &Asker<'_>) -> Option<Why> {
    let (ruling, bound) = (&asker.seat.ruling, asker.seat.account());
    if !ruling.allows(&account.id) {
        return Some(unproved("an operator has said that it is not this person's"));
    }
    // Bound by an operator, and read for the first time: what it says of itself counts from here on.
    if ruling.account() == Some(&account.id) && bound != Some(&account.id) {
        return None;
    }
    let facts = Facts::of(account);
    let mine = Mine::of(asker);
    let before = asker.seat.facts.as_ref();
    if mine.is_proved_by(&facts, before) {
        return None;
    }
    match request {
        Request::FindAccounts { attribute, .. } => {
            found(&facts, &mine, asker, attribute).map(unproved)
        }
        Request::ReadAccount { .. } => {
            let was_found = before.is_some_and(|it| it.id == facts.id && it.found_by.is_some());
            let is_anothers = was_found && mine.is_contradicted_by(&facts);
            let is_replaced = is_replaced(&facts, &mine, asker).then(replaced);
            is_replaced.or_else(|| is_anothers.then(disproved))
        }
        Request::FindGroups { .. }
        | Request::ListAccounts { .. }
        | Request::ListGroups { .. }
        | Request::ReadScope { .. }
        | Request::ReadMembers { .. }
        | Request::AddMembers { .. }
        | Request::Write(_) => None,
    }
}

fn found(
    facts: &Facts,
    mine: &Mine,
    asker: &Asker<'_>,
    by: &AttributeName,
) -> Option<&'static str> {
    if mine.is_contradicted_by(facts) {
        return Some("its employee number or outside id is another one");
    }
    if is_claimed_by_another(facts, asker) {
        return Some("its user name, number or outside id is another person's");
    }
    let cuts = plan::wants_cut(asker.seat, asker.settings);
    if is_called_unlike(facts, mine, (by, cuts)) {
        return Some("an address led to it, and its user name is another one");
    }
    let is_another = asker.seat.facts.as_ref().is_some_and(|before| before.id != facts.id);
    (is_another && cuts).then_some(
        "the person had another account, which is gone, and only its name says that this one is theirs",
    )
}

/// Whether an address led to the account, and who has that address goes by another user name. To give
/// somebody access an address is enough, unless it is what the account itself goes by.
fn is_called_unlike(facts: &Facts, mine: &Mine, (by, cuts): (&AttributeName, bool)) -> bool {
    let another_name = facts.user_name.as_ref().filter(|name| mine.has_another_name(name));
    let is_address = another_name.is_some_and(|name| mine.emails.contains(name));
    is_address || another_name.is_some() && cuts && *by != AttributeName::USER_NAME
}

/// Whether the id has been given to somebody else. A new name alone is a rename, and so is a new
/// number; both at once, and nothing that stayed, are another account.
fn is_replaced(facts: &Facts, mine: &Mine, asker: &Asker<'_>) -> bool {
    let before = asker.seat.facts.as_ref().filter(|before| before.id == facts.id);
    let Some(user_name) = &facts.user_name else { return false };
    let was = |of: fn(&Facts) -> &Option<String>| before.and_then(|before| of(before).as_ref());
    let is_mine = mine.user_names.contains(user_name)
        || mine.emails.contains(user_name)
        || was(|it| &it.user_name) == Some(user_name);
    let email = facts.email.as_ref();
    let keeps_address = email
        .is_some_and(|email| mine.emails.contains(email) || was(|it| &it.email) == Some(email));
    if is_mine || keeps_address {
        return false;
    }
    let differs = |now: Option<&String>, was: Option<&String>| {
        now.zip(was).is_some_and(|(now, was)| now != was)
    };
    mine.is_contradicted_by(facts)
        || is_claimed_by_another(facts, asker)
        || differs(facts.number.as_ref(), was(|it| &it.number))
        || differs(facts.external.as_ref(), was(|it| &it.external))
        || differs(email, was(|it| &it.email))
}

/// Whether somebody else goes by what the account says, and this person does not.
fn is_claimed_by_another(facts: &Facts, asker: &Asker<'_>) -> bool {
    claimants(facts, asker.names).into_iter().any(|all| is_of_others(all, asker))
}

fn is_of_others(claimants: &[PersonId], asker: &Asker<'_>) -> bool {
    !claimants.is_empty() && !claimants.contains(asker.id)
}

/// Who goes by what the account says.
pub fn bearers(account: &Account, names: &Names) -> BTreeSet<PersonId> {
    let facts = Facts::of(account);
    claimants(&facts, names).into_iter().flatten().cloned().collect()
}

/// Who goes by the user name of an account, by its number, and by its outside id.
fn claimants<'a>(facts: &Facts, names: &'a Names) -> [&'a [PersonId]; 3] {
    let of = |kinds: &[AliasKind], text: &Option<String>| {
        let Some(text) = text else { return [].as_slice() };
        // The first kind that anybody goes by counts: a user name more than an address.
        let mut claimants = kinds
            .iter()
            .filter_map(|kind| Alias::parse(*kind, text))
            .map(|alias| names.claimants(&alias));
        claimants.find(|claimants| !claimants.is_empty()).unwrap_or_default()
    };
    [
        of(&[AliasKind::UserName, AliasKind::Email], &facts.user_name),
        of(&[AliasKind::EmployeeNumber], &facts.number),
        of(&[AliasKind::EmployeeNumber, AliasKind::WorkerId], &facts.external),
    ]
}

fn unproved(what: &str) -> Why {
    Why::new(
        Code::AccountUnproved,
        Some("userName"),
        format!(
            "an account was found that may be somebody else's: {what}; nothing is done to it until \
             that is settled at the target or at the source"
        ),
    )
}

/// Said of the account that was taken for the person's.
pub fn disproved() -> Why {
    Why::new(
        Code::AccountDisproved,
        Some("id"),
        "only a name led to the account that was taken for this person's, and what is known by now \
         speaks against it: nothing more is done to it unless it is proved; whatever was done to it for \
         this person should be looked at",
    )
}

fn replaced() -> Why {
    Why::new(
        Code::AccountReplaced,
        Some("id"),
        "the account with the known id has other names and numbers now: it is somebody else's; the \
         person's own is looked up anew, and whatever was done to this id of late should be looked at",
    )
}

fn canonical(kind: AliasKind, text: &str) -> Option<String> {
    Alias::parse(kind, text).map(|alias| alias.value().to_owned())
}

/// Whether it tells one employee from another: `N/A`, `-` and `0` do not.
fn is_number(text: &str) -> bool {
    text.chars().any(|letter| letter.is_ascii_digit() && letter != '0')
}

/// Leading zeros get lost on the way.
fn same_number(one: &str, other: &str) -> bool {
    one.trim_start_matches('0') == other.trim_start_matches('0')
}

/// What kind of letters stand where: `E-1001` and `E-1002` have one form.
fn form(text: &str) -> String {
    let class = |letter: char| match letter {
        _ if letter.is_ascii_digit() => '9',
        _ if letter.is_alphabetic() => 'a',
        other => other,
    };
    text.chars().map(class).collect()
}
