//! By what a person's account is looked for, and when there is none.
//!
//! A name that two people claim is no way to anybody's account.

use crate::engine::deeds::doubts;
use crate::engine::deeds::ending::contested;
use crate::engine::deeds::plan::wants_cut;
use crate::engine::deeds::showing;
use crate::engine::deeds::step::{Around, Ending, NotFound, Step};
use crate::engine::state::{Binding, Seat};
use crate::model::account::{AttributeName, Value};
use crate::model::call::Request;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::{Alias, AliasKind};
use std::collections::BTreeSet;

/// The look-up attributes of the dialect, in order, with the values that this person has for them.
pub fn candidates(seat: &Seat, around: &Around<'_>) -> Vec<(AttributeName, String)> {
    let mut found: Vec<(AttributeName, String)> = Vec::new();
    for attribute in &around.settings.lookup {
        if let Some(Value::Text(value)) = seat.wish.value(attribute) {
            found.push((attribute.clone(), value.clone()));
        }
        let kinds: &[AliasKind] = if *attribute == AttributeName::USER_NAME {
            &[AliasKind::UserName, AliasKind::Email]
        } else if *attribute == AttributeName::WORK_EMAIL {
            &[AliasKind::Email]
        } else if *attribute == AttributeName::EMPLOYEE_NUMBER {
            &[AliasKind::EmployeeNumber]
        } else {
            &[]
        };
        for kind in kinds {
            let named = around.aliases.iter().filter(|alias| alias.kind() == *kind);
            found.extend(named.map(|alias| (attribute.clone(), alias.value().to_owned())));
        }
    }
    // A name that two people claim leads to nobody's account.
    let is_contested = |value: &str| {
        [AliasKind::UserName, AliasKind::Email]
            .iter()
            .filter_map(|kind| Alias::parse(*kind, value))
            .any(|alias| around.names.is_contested(&alias) || around.names.is_shared(&alias))
    };
    found.retain(|(_, value)| !is_contested(value) && !is_better_known(value, around));
    found.extend(own_numbers(seat, around));
    let mut seen = BTreeSet::new();
    found.retain(|(attribute, value)| seen.insert((attribute.clone(), value.to_lowercase())));
    found
}

/// Whose name is somebody else's, too, is looked for by what is theirs alone.
fn own_numbers(seat: &Seat, around: &Around<'_>) -> Vec<(AttributeName, String)> {
    if !is_contested(around) {
        return Vec::new();
    }
    let wished = [AttributeName::EXTERNAL_ID, AttributeName::EMPLOYEE_NUMBER];
    let wished = wished.into_iter().filter_map(|name| {
        let value = seat.wish.attributes.get(&name)?.value()?.to_text();
        Some((name, value))
    });
    let numbers = around.aliases.iter().filter(|alias| alias.kind() == AliasKind::EmployeeNumber);
    let numbers = numbers.map(|it| (AttributeName::EMPLOYEE_NUMBER, it.value().to_owned()));
    wished.chain(numbers).collect()
}

pub(in crate::engine) fn look_up(seat: &Seat, around: &Around<'_>) -> Step {
    if let Some(at) = doubts::not_readable_before(seat) {
        return Step::Wait(at);
    }
    // Whatever the person is called: nothing but this account is theirs.
    if let Some(account) = seat.ruled_account() {
        return Step::Ask(Request::ReadAccount { account: account.clone() });
    }
    let next = candidates(seat, around)
        .into_iter()
        .find(|(attribute, value)| !seat.drive.was_looked_up(attribute, value));
    match next {
        Some((attribute, value)) => Step::Ask(Request::FindAccounts { attribute, value }),
        None if seat.drive.has_begun_round()
            && (wants_cut(seat, around.settings) || !is_contested(around))
            && let Some(why) = &seat.drive.unproved =>
        {
            Step::End(unproved(seat, around, why.clone()))
        }
        None if is_contested(around) => Step::End(Ending::held(vec![contested()])),
        None => Step::End(Ending::Failed(Why::new(
            Code::LookupNothing,
            Some("worker"),
            "nothing is known of this person that the target can be searched by; \
             an event with a user name or an address will start it again",
        ))),
    }
}

/// Nobody was found, and not every look-up says that there is nobody: nothing is made, and no cut is
/// given up, for want of an account that may be there.
fn unproved(seat: &Seat, around: &Around<'_>, why: Why) -> Ending {
    if wants_cut(seat, around.settings) {
        Ending::Unverified(NotFound::Unproved(why))
    } else {
        Ending::Failed(why)
    }
}

/// Whether an address or a former name of this person's is somebody else's user name, and not this
/// person's: they have the better claim to what is found by it.
fn is_better_known(value: &str, around: &Around<'_>) -> bool {
    let Some(name) = Alias::parse(AliasKind::UserName, value) else { return false };
    let claimants = around.names.claimants(&name);
    let was_mine = around.names.is_former(&name, around.id)
        || around.names.is_left_to_another(&name, around.id);
    (!around.aliases.contains(&name) || was_mine)
        && !claimants.is_empty()
        && !claimants.contains(around.id)
}

/// Whether somebody else has a name of this person, too.
pub(in crate::engine) fn is_contested(around: &Around<'_>) -> bool {
    around.aliases.iter().any(|alias| around.names.is_contested(alias))
}

/// Whether the account that is to be made would have a user name that the person leaves to another.
pub(in crate::engine) fn is_named_as_another(seat: &Seat, around: &Around<'_>) -> bool {
    let Some(Value::Text(name)) = seat.wish.value(&AttributeName::USER_NAME) else { return false };
    let names = [AliasKind::UserName, AliasKind::Email].into_iter();
    let mut names = names.filter_map(|kind| Alias::parse(kind, name));
    names.any(|name| around.names.is_left_to_another(&name, around.id))
}

/// No candidate is left and none has matched: there is no account. Of whom has a name that was not
/// looked up by, because it is somebody else's, too, that is not known.
pub fn finish_look_up(seat: &mut Seat, around: &Around<'_>) {
    if seat.binding != Binding::Unknown
        || !seat.drive.has_begun_round()
        || seat.ruled_account().is_some()
    {
        return;
    }
    if is_contested(around) && seat.unanswered.is_empty() {
        return;
    }
    let candidates = candidates(seat, around);
    let was_looked_up = |(name, value): &(_, String)| seat.drive.was_looked_up(name, value);
    if candidates.is_empty() || !candidates.iter().all(was_looked_up) {
        return;
    }
    if showing::is_awaited(seat, around.now) {
        // It is there; it only does not show yet.
        seat.drive.begin_round();
        showing::wait(seat, around.now);
        return;
    }
    if seat.drive.unproved.is_none() {
        seat.binding = Binding::NoAccount;
        seat.known = None;
    }
}
