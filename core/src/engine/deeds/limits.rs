//! What a target would refuse of its tenant's own attributes, taken out of a plan before it is sent.
//!
//! Everything else goes on, cuts above all; the revision ends with the reason. No value gets into it.

use crate::engine::deeds::plan::Plan;
use crate::model::account::{AttributeName, CustomLimits, Value};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::operation::Operation;
use std::collections::BTreeMap;

/// Attributes by name, as a provider holds them.
type Attributes = BTreeMap<AttributeName, Value>;

/// Takes out of `plan` what does not fit, and leaves the reasons there. A target without custom
/// attributes (`None`) is not asked to hold any; that is no failure.
pub fn trim(plan: &mut Plan, known: Option<&Attributes>, limits: Option<CustomLimits>) {
    let holds = |name: &AttributeName| known.is_some_and(|known| known.contains_key(name));
    let held = known.map_or(0, |known| known.keys().filter(|name| is_custom(name)).count());
    let mut room = limits.map(|limits| {
        limits.count_max.map_or(usize::MAX, |count_max| count_max.saturating_sub(held))
    });
    let mut unfit = Vec::new();
    let mut fits = |name: &AttributeName, value: Option<&Value>| {
        let Some(key) = name.custom_key() else { return true };
        let (Some(limits), Some(room)) = (limits, room.as_mut()) else { return false };
        let Some(value) = value else { return true };
        if let Some(why) = too_long(name, key, value, limits) {
            unfit.push(why);
            return false;
        }
        if !holds(name) {
            if *room == 0 {
                unfit.push(too_many(name, limits));
                return false;
            }
            *room -= 1;
        }
        true
    };
    for operation in &mut plan.grants {
        match operation {
            Operation::Create { attributes, .. } => {
                attributes.retain(|name, value| fits(name, Some(value)));
            }
            Operation::Change { attributes, .. } => {
                attributes.retain(|name, field| fits(name, field.value()));
            }
            Operation::AddMember { .. }
            | Operation::RemoveMember { .. }
            | Operation::CreateGroup { .. }
            | Operation::Delete { .. } => {}
        }
    }
    plan.grants.retain(|operation| !changes_nothing(operation));
    plan.unfit = summed_up(unfit);
}

fn is_custom(name: &AttributeName) -> bool {
    name.custom_key().is_some()
}

fn changes_nothing(operation: &Operation) -> bool {
    matches!(operation, Operation::Change { active: None, attributes, .. } if attributes.is_empty())
}

fn too_long(name: &AttributeName, key: &str, value: &Value, limits: CustomLimits) -> Option<Why> {
    let over = |text: &str, most: Option<usize>| most.filter(|most| text.chars().count() > *most);
    let value_over = match value {
        Value::Text(text) => over(text, limits.value_chars_max),
        Value::Number(_) | Value::Flag(_) => None,
    };
    let key_over = || over(key, limits.key_chars_max).map(|most| ("key", most));
    let (what, most) = value_over.map(|most| ("value", most)).or_else(key_over)?;
    let text = format!(
        "the target takes a {what} of at most {most} characters for a custom attribute, and this \
         one is longer; it was not sent, and all else was; shorten it where it comes from"
    );
    Some(Why::new(Code::CustomTooLong, Some(name.as_str()), text))
}

fn too_many(name: &AttributeName, limits: CustomLimits) -> Why {
    let text = format!(
        "the target takes at most {} custom attributes for an account, and this one comes on top; \
         it was not sent, and all else was; map fewer in the rules' `profile`",
        limits.count_max.unwrap_or_default()
    );
    Why::new(Code::CustomTooMany, Some(name.as_str()), text)
}

/// One reason: the first, and how many there are besides.
fn summed_up(unfit: Vec<Why>) -> Option<Why> {
    let more = unfit.len().saturating_sub(1);
    let mut first = unfit.into_iter().next()?;
    if more > 0 {
        first.text = format!("{}; {more} more do not fit either", first.text);
    }
    Some(first)
}
