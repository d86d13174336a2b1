//! In what an account is not as usher wants it.

use super::finding::Evidence;
use super::inventory::{Inventory, Kept};
use super::known::{KnownPeople, Seat};
use crate::model::{AttributeName, text};

/// All that differs; what was not read is not compared.
pub(super) fn of(
    known: &KnownPeople,
    seat: &Seat,
    inventory: &Inventory,
    account: &Kept,
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    // It may have been put right since.
    if seat.is_younger_than(inventory.began) {
        return evidence;
    }
    match (seat.active, account.active) {
        (Some(true), Some(false)) => evidence.push(Evidence::NotActive),
        (Some(false), Some(true)) => evidence.push(Evidence::StillActive),
        (_, _) => {}
    }
    for (name, wanted) in known.wanted_attributes(seat) {
        let said = if *name == AttributeName::USER_NAME {
            Some(inventory.texts.get(account.user_name))
        } else {
            inventory.attribute(account, name)
        };
        let is_same = |said: &str| {
            if *name == AttributeName::USER_NAME || *name == AttributeName::WORK_EMAIL {
                text::is_same_name(said, wanted)
            } else {
                said == wanted
            }
        };
        if said.is_some_and(|said| !is_same(said)) {
            evidence.push(Evidence::Attribute { name: name.clone() });
        }
    }
    let Some(groups) = inventory.groups(account) else { return evidence };
    let group = |it: &str| it.to_owned();
    let wanted = known.groups_in(seat).filter(|it| !groups.contains(it));
    evidence.extend(wanted.map(|it| Evidence::NotInGroup { group: group(it) }));
    let unwanted = known.groups_out(seat).filter(|it| groups.contains(it));
    evidence.extend(unwanted.map(|it| Evidence::InGroup { group: group(it) }));
    evidence
}
