//! One part that is refused keeps back no other: access first, then each attribute for itself.
//!
//! What the target refuses in a change or a creation is found by trying the parts apart. An attribute
//! that is refused alone is left out, with a line that names it, until its value changes or a day is
//! over.

use crate::engine::deeds::open_call::Judged;
use crate::engine::deeds::plan::Plan;
use crate::engine::deeds::tries;
use crate::engine::state::{Kind, LeftOut, Seat};
use crate::model::account::{AttributeName, Value};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// When a refused attribute is asked for again.
const LEFT_OUT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Attributes remembered per seat.
const KEPT: usize = 32;
/// What most providers cannot do without, and seldom refuse.
const USUAL: [&str; 5] =
    ["userName", "emails.work", "name.givenName", "name.familyName", "displayName"];
const LEAST: [&str; 2] = ["userName", "emails.work"];

/// Puts a plan in order: without what the target has refused, access before attributes, and in as
/// many parts as refusals have shown to be needed.
pub fn arrange(plan: &mut Plan, seat: &Seat, now: Timestamp) {
    let mut left_out = Vec::new();
    let grants = std::mem::take(&mut plan.grants);
    for operation in grants {
        match operation {
            Operation::Change { account, active, attributes } => {
                let attributes = without_refused(attributes, seat, now, &mut left_out);
                plan.grants.extend(apart(&account, active, attributes, seat.drive.apart));
            }
            Operation::Create { active, attributes } => {
                let fields = attributes.into_iter().map(|(name, value)| (name, Field::Set(value)));
                let fields = without_refused(fields.collect(), seat, now, &mut left_out);
                let attributes = values(fields);
                match creations(&attributes).into_iter().nth(seat.drive.creation) {
                    Some(attributes) => plan.grants.push(Operation::Create { active, attributes }),
                    None => plan.creation_refused.clone_from(&seat.drive.creation_refused),
                }
            }
            other @ (Operation::AddMember { .. }
            | Operation::RemoveMember { .. }
            | Operation::CreateGroup { .. }
            | Operation::Delete { .. }) => plan.grants.push(other),
        }
    }
    plan.grants.sort_by_key(is_of_attributes_alone);
    plan.left_out = left_out;
}

fn without_refused(
    attributes: BTreeMap<AttributeName, Field>,
    seat: &Seat,
    now: Timestamp,
    left_out: &mut Vec<AttributeName>,
) -> BTreeMap<AttributeName, Field> {
    let is_refused = |name: &AttributeName, field: &Field| {
        let mut known = seat.left_out.iter();
        known.any(|one| one.attribute == *name && one.value == *field && one.until > now)
    };
    let (refused, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
        attributes.into_iter().partition(|(name, field)| is_refused(name, field));
    left_out.extend(refused.into_keys());
    rest
}

fn values(fields: BTreeMap<AttributeName, Field>) -> BTreeMap<AttributeName, Value> {
    let set = fields.into_iter().filter_map(|(name, field)| match field {
        Field::Set(value) => Some((name, value)),
        Field::Clear => None,
    });
    set.collect()
}

/// A change in parts of at most `most` attributes; `active` then goes alone, and first.
fn apart(
    account: &ScimId,
    active: Option<bool>,
    attributes: BTreeMap<AttributeName, Field>,
    most: Option<usize>,
) -> Vec<Operation> {
    let change = |active, attributes| {
        let account = account.clone();
        Operation::Change { account, active, attributes }
    };
    let Some(most) = most else {
        let is_needed = active.is_some() || !attributes.is_empty();
        return is_needed.then(|| change(active, attributes)).into_iter().collect();
    };
    let alone = active.map(|active| change(Some(active), BTreeMap::new()));
    let attributes: Vec<(AttributeName, Field)> = attributes.into_iter().collect();
    let parts =
        attributes.chunks(most.max(1)).map(|part| change(None, part.iter().cloned().collect()));
    alone.into_iter().chain(parts).collect()
}

/// What an account may be made with, in the order in which it is tried: all; what is usual; the
/// least; and all but one, for each that may be the one.
fn creations(all: &BTreeMap<AttributeName, Value>) -> Vec<BTreeMap<AttributeName, Value>> {
    let only = |names: &[&str]| -> BTreeMap<AttributeName, Value> {
        let kept = all.iter().filter(|(name, _)| names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let mut tried = vec![all.clone()];
    let without = all.keys().filter(|name| **name != AttributeName::USER_NAME).map(|name| {
        let mut rest = all.clone();
        rest.remove(name);
        rest
    });
    let fewer = [only(&USUAL), only(&LEAST)].into_iter().chain(without);
    for attributes in fewer {
        if !tried.contains(&attributes) {
            tried.push(attributes);
        }
    }
    tried
}

fn is_of_attributes_alone(operation: &Operation) -> bool {
    matches!(operation, Operation::Change { active: None, .. })
}

/// The target refuses this for good: its parts are tried apart; what has none is given up, until the
/// person's next revision asks for it after a pause.
pub fn refused(seat: &mut Seat, operation: &Operation, why: Why, judged: Judged<'_>) {
    if take_apart(seat, operation) {
        return;
    }
    match operation {
        Operation::Change { active: None, attributes, .. } => {
            for (name, field) in attributes {
                leave_out(seat, name, field, judged.now);
            }
        }
        Operation::Create { .. } => {
            seat.drive.creation += 1;
            seat.drive.creation_refused = Some(why);
        }
        Operation::Change { .. }
        | Operation::AddMember { .. }
        | Operation::RemoveMember { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => give_up(seat, operation, why, judged),
    }
}

/// Whether access is changed together with attributes: it goes alone before anything is given up.
pub fn has_access_in_it(operation: &Operation) -> bool {
    matches!(operation, Operation::Change { active: Some(_), attributes, .. } if !attributes.is_empty())
}

/// The target does not do this for the person, whatever is in it.
pub fn give_up(seat: &mut Seat, operation: &Operation, why: Why, judged: Judged<'_>) {
    if let Operation::Create { .. } = operation {
        seat.drive.creation = usize::MAX;
        seat.drive.creation_refused = Some(why);
        return;
    }
    tries::refused(seat, Kind::of(operation), judged);
    seat.drive.given_up.push((operation.clone(), why));
}

/// The parts of a change go in smaller calls from now on. Says whether it has parts.
pub fn take_apart(seat: &mut Seat, operation: &Operation) -> bool {
    let most = match operation {
        Operation::Change { active: Some(_), attributes, .. } if !attributes.is_empty() => {
            attributes.len()
        }
        Operation::Change { active: None, attributes, .. } if attributes.len() > 1 => {
            attributes.len().div_ceil(2)
        }
        Operation::Change { .. }
        | Operation::Create { .. }
        | Operation::AddMember { .. }
        | Operation::RemoveMember { .. }
        | Operation::CreateGroup { .. }
        | Operation::Delete { .. } => return false,
    };
    seat.drive.apart = Some(most);
    true
}

fn leave_out(seat: &mut Seat, attribute: &AttributeName, value: &Field, now: Timestamp) {
    seat.left_out.retain(|one| one.attribute != *attribute && one.until > now);
    if seat.left_out.len() >= KEPT {
        seat.left_out.remove(0);
    }
    let until = now.checked_add(LEFT_OUT_FOR).unwrap_or(Timestamp::MAX);
    seat.left_out.push(LeftOut { attribute: attribute.clone(), value: value.clone(), until });
}

/// When the first of the refused attributes is asked for again.
pub fn next_due(seat: &Seat, now: Timestamp) -> Option<Timestamp> {
    seat.left_out.iter().map(|one| one.until).filter(|until| *until > now).min()
}

/// Why a revision without these attributes has failed.
pub fn why_left_out(left_out: &[AttributeName]) -> Option<Why> {
    let first = left_out.first()?;
    let names: Vec<&str> = left_out.iter().map(AttributeName::as_str).collect();
    let text = format!(
        "the target refuses this value of {}; it was left out, and all else was done; mend it where \
         it comes from, or take the attribute out of the rules' `profile`",
        names.join(", ")
    );
    Some(Why::new(Code::AttributeRefused, Some(first.as_str()), text))
}
