//! The attribute mapping: what an account's attributes are, out of the data of an event.

use super::error::{Error, Place};
use super::expression::{Expression, Failure};
use super::{ConditionError, compile, grammar};
use crate::model::account::{AttributeName, Value};
use crate::model::claim::Statement;
use crate::model::decision::Why;
use crate::model::event::Event;
use crate::model::ids::RuleName;
use cel::Context;
use std::collections::BTreeMap;

/// What the mapping is called where rules have names.
pub(super) const NAME: &str = "profile";

/// Longer values are no attribute, and the state has no room for them.
const TEXT_BYTES_MAX: usize = 1024;

#[derive(Debug)]
pub(super) struct Profile {
    pub(super) kinds: Vec<(String, Place)>,
    pub(super) attributes: Vec<(AttributeName, Expression)>,
    pub(super) place: Place,
}

pub(super) fn compile(section: grammar::Profile, place: Place) -> Result<Profile, Error> {
    let what = "`profile`";
    let mut kinds = Vec::<(String, Place)>::new();
    for kind in section.on {
        let place = compile::place(&place.file, &kind);
        let before = kinds.iter().map(|(kind, _)| kind.as_str());
        compile::check_kind(&kind.value, before, &place, what)?;
        kinds.push((kind.value, place));
    }
    if kinds.is_empty() {
        let what = what.to_owned();
        return Err(Error::NoType { place, what });
    }
    let mut attributes = Vec::new();
    for (name, text) in section.attributes {
        let place = compile::place(&place.file, &text);
        let what = format!("the attribute `{name}` of the profile");
        attributes.push((name, compile::compile_expression(&text, &place, &what)?));
    }
    Ok(Profile { kinds, attributes, place })
}

impl Profile {
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(|(kind, _)| kind.as_str())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &AttributeName> {
        self.attributes.iter().map(|(name, _)| name)
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.attributes.iter().map(|(_, expression)| expression)
    }

    /// The positions of the attributes to which the event gives a value.
    pub(super) fn given(&self, event: &Event, context: &Context<'_, '_>) -> Vec<usize> {
        let gives = |(at, (_, expression)): (usize, &(AttributeName, Expression))| {
            matches!(read(expression, event, context), Ok(Some(_))).then_some(at)
        };
        self.attributes.iter().enumerate().filter_map(gives).collect()
    }

    /// The attributes of which the event says something; nothing if it says nothing of any.
    pub(super) fn statement(
        &self,
        event: &Event,
        context: &Context<'_, '_>,
    ) -> Result<Option<Statement>, ConditionError> {
        let mut attributes = BTreeMap::new();
        for (name, expression) in &self.attributes {
            match read(expression, event, context) {
                Ok(Some(value)) => {
                    attributes.insert(name.clone(), value);
                }
                Ok(None) | Err(Failure::Absent { .. }) => {}
                Err(failure) => return Err(failed(name, failure)),
            }
        }
        Ok((!attributes.is_empty())
            .then(|| Statement::Profile { attributes, rule: RuleName::new(NAME) }))
    }
}

/// The value of an attribute; null and blank say nothing.
fn read(
    expression: &Expression,
    event: &Event,
    context: &Context<'_, '_>,
) -> Result<Option<Value>, Failure> {
    let unfit = |what| Err(expression.unfit(event, what));
    match expression.value(context, event)? {
        cel::Value::Null => Ok(None),
        cel::Value::Bool(flag) => Ok(Some(Value::Flag(flag))),
        cel::Value::Int(number) => Ok(Some(Value::Number(number))),
        cel::Value::String(text) if text.trim().is_empty() => Ok(None),
        cel::Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            unfit("gives a text of more than 1024 bytes; shorten it")
        }
        cel::Value::String(text) => Ok(Some(Value::Text(text.as_str().to_owned()))),
        _ => unfit("gives no text, whole number or truth value; choose another member"),
    }
}

fn failed(name: &AttributeName, failure: Failure) -> ConditionError {
    let text = format!("the expression for `{name}` in the profile {}", failure.text());
    ConditionError {
        rule: RuleName::new(NAME),
        why: Why::new("mapping.failed", Some(&failure.into_field()), text),
    }
}
