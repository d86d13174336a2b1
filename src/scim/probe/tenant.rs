//! Attributes of the provider's tenant: whether they are kept, with their types and up to the limit.

use super::updates::{Fields, send};
use super::{Finding, Mark, Probe, accounts};
use crate::model::account::{AttributeName, Value};
use crate::model::operation::Field;
use crate::scim::read;

pub(super) fn untried(probe: &Probe) -> Finding {
    if probe.dialect.custom.schema.is_none() {
        return Finding::untried("custom_attributes", "the dialect has no `custom.schema`");
    }
    Finding::untried("custom_attributes", "there is no account of its own to try them with")
        .advise("with --create-users two accounts are made for it, and deleted again")
}

pub(super) async fn check(probe: &mut Probe) -> Finding {
    let is_made = !probe.accounts().is_empty();
    if probe.dialect.custom.schema.is_none() || !is_made {
        return untried(probe);
    }
    let longest = probe.dialect.custom.value_chars_max.unwrap_or(64);
    let wanted = [
        ("usherCheckText", Value::Text("x".repeat(longest))),
        ("usherCheckNumber", Value::Number(7)),
        ("usherCheckFlag", Value::Flag(true)),
    ];
    let fields: Fields = wanted
        .into_iter()
        .filter_map(|(key, value)| Some((AttributeName::custom(key)?, Field::Set(value))))
        .collect();
    let dialect = probe.dialect.clone();
    let heard = send(probe, &dialect, None, &fields).await;
    if !heard.succeeded(&probe.dialect) {
        let conclusion = format!("custom attributes are refused: {}", heard.words());
        return probe.found("custom_attributes", Mark::Note, conclusion).advise(
            "some providers take only those that were declared in their console first; the keys tried \
             were usherCheckText, usherCheckNumber and usherCheckFlag",
        );
    }
    let read_back = accounts::read_first(probe).await;
    let account = read_back.body().and_then(|user| read::account(user, &probe.dialect));
    let held = account.map(|account| account.attributes).unwrap_or_default();
    let is_kept = |(name, field): &(&AttributeName, &Field)| {
        held.get(*name).is_some_and(|value| *field == &Field::Set(value.clone()))
    };
    let kept = fields.iter().filter(is_kept).count();
    if kept == fields.len() {
        let conclusion = format!("texts of {longest} characters, numbers and flags are kept");
        return probe.found("custom_attributes", Mark::Good, conclusion);
    }
    let conclusion = format!("of a text, a number and a flag, {kept} came back as they were sent");
    probe.found("custom_attributes", Mark::Note, conclusion).advise(
        "some providers keep only those that were declared in their console first, with their type; \
         what does not come back, usher reports as a change that does not stick",
    )
}
