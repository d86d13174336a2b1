//! By what a person's account is looked for, and when there is none.
//!
//! A name that two people claim is no way to anybody's account.

use super::drive::{Around, Ending, Step, not_readable_before};
use super::state::{Binding, Seat};
use crate::model::account::{AttributeName, Value};
use crate::model::call::Request;
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
            .any(|alias| around.names.is_contested(&alias))
    };
    found.retain(|(_, value)| !is_contested(value));
    let mut seen = BTreeSet::new();
    found.retain(|(attribute, value)| seen.insert((attribute.clone(), value.to_lowercase())));
    found
}

pub(super) fn look_up(seat: &Seat, around: &Around<'_>) -> Step {
    if let Some(at) = not_readable_before(seat) {
        return Step::Wait(at);
    }
    match candidates(seat, around).into_iter().nth(seat.drive.looked_up) {
        Some((attribute, value)) => Step::Ask(Request::FindAccounts { attribute, value }),
        None if is_contested(around) => Step::End(Ending::Held(contested())),
        None => Step::End(Ending::Failed(Why::new(
            "lookup.nothing",
            Some("worker"),
            "nothing is known of this person that the target can be searched by; \
             an event with a user name or an address will start it again",
        ))),
    }
}

/// Whether somebody else has a name of this person, too.
pub(super) fn is_contested(around: &Around<'_>) -> bool {
    around.aliases.iter().any(|alias| around.names.is_contested(alias))
}

/// Said of the event that brings it about, and of what is held meanwhile.
pub(super) fn contested() -> Why {
    Why::new(
        "identity.contested",
        Some("data.worker"),
        "somebody with another employee number has a name of this person as well; nothing is granted \
         or looked up by it until the source says whose it is",
    )
}

/// No candidate is left and none has matched: there is no account.
pub fn finish_look_up(seat: &mut Seat, around: &Around<'_>) {
    if seat.binding != Binding::Unknown || seat.drive.looked_up == 0 {
        return;
    }
    let candidates = candidates(seat, around).len();
    if candidates > 0 && seat.drive.looked_up >= candidates {
        seat.binding = Binding::NoAccount;
        seat.known = None;
    }
}
