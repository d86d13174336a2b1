//! The attribute mapping: what an account's attributes are, out of the data of an event.

use super::error::{Error, Place};
use super::expression::{Expression, Failure};
use super::{ConditionError, compile, grammar};
use crate::model::account::{AttributeName, Value};
use crate::model::claim::Statement;
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::event::Event;
use crate::model::event_kind::EventKind;
use crate::model::ids::RuleName;
use crate::model::operation::Field;
use cel::Context;
use std::collections::BTreeMap;

/// What the mapping is called where rules have names.
pub(super) const NAME: &str = "profile";

/// Longer values are no attribute, and the state has no room for them.
const TEXT_BYTES_MAX: usize = 1024;

#[derive(Debug)]
pub(super) struct Profile {
    pub(super) kinds: Vec<(EventKind, Place)>,
    pub(super) attributes: Vec<(AttributeName, Expression)>,
    pub(super) place: Place,
}

pub(super) fn compile(section: grammar::Profile, place: Place) -> Result<Profile, Error> {
    let what = "`profile`";
    let mut kinds = Vec::<(EventKind, Place)>::new();
    for kind in section.on {
        let place = compile::place(&place.file, &kind);
        let before = kinds.iter().map(|(kind, _)| *kind);
        let kind = compile::check_kind(&kind.value, before, &place, what)?;
        kinds.push((kind, place));
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
    pub(super) fn kinds(&self) -> impl Iterator<Item = EventKind> {
        self.kinds.iter().map(|(kind, _)| *kind)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &AttributeName> {
        self.attributes.iter().map(|(name, _)| name)
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.attributes.iter().map(|(_, expression)| expression)
    }

    /// The positions of the attributes to which the event gives a value.
    pub(super) fn given(&self, event: &Event, context: &Context<'_, '_>) -> Vec<usize> {
        let gives = |(at, (name, expression)): (usize, &(AttributeName, Expression))| {
            matches!(read((name, expression), event, context), Ok(Some(_))).then_some(at)
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
            match read((name, expression), event, context) {
                Ok(Some(field)) => {
                    attributes.insert(name.clone(), field);
                }
                Ok(None) => {}
                Err(failure) => return Err(failed(name, failure)),
            }
        }
        Ok((!attributes.is_empty())
            .then(|| Statement::Profile { attributes, rule: RuleName::new(NAME) }))
    }
}

/// What the event says of an attribute: a value, or that it has none. `None`: nothing.
///
/// Null and blank alike say that there is none, if they are what the event says; a member that it does
/// not have says nothing, whatever the expression makes of that.
fn read(
    (name, expression): (&AttributeName, &Expression),
    event: &Event,
    context: &Context<'_, '_>,
) -> Result<Option<Field>, Failure> {
    let unfit = |what| Err(expression.unfit(event, what));
    let value = match expression.value(context, event) {
        Ok(value) => value,
        Err(Failure::Absent { .. }) => cel::Value::Null,
        Err(failure) => return Err(failure),
    };
    Ok(Some(Field::Set(match value {
        cel::Value::Null => return Ok(cleared(name, expression, event)),
        cel::Value::String(text) if is_blank(&text) => {
            return Ok(cleared(name, expression, event));
        }
        cel::Value::Bool(flag) => Value::Flag(flag),
        cel::Value::Int(number) => Value::Number(number),
        cel::Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            return unfit("gives a text of more than 1024 bytes; shorten it");
        }
        cel::Value::String(text) => Value::Text(text.as_str().to_owned()),
        _ => return unfit("gives no text, whole number or truth value; choose another member"),
    })))
}

fn cleared(name: &AttributeName, expression: &Expression, event: &Event) -> Option<Field> {
    (name.may_be_cleared() && expression.is_told_by(event)).then_some(Field::Clear)
}

/// Nothing that anybody could see: some sources send a no-break or zero-width space for nothing.
fn is_blank(text: &str) -> bool {
    let is_nothing = |letter: char| {
        letter.is_whitespace()
            || matches!(letter, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
    };
    text.chars().all(is_nothing)
}

fn failed(name: &AttributeName, failure: Failure) -> ConditionError {
    let text = format!("the expression for `{name}` in the profile {}", failure.text());
    ConditionError {
        rule: RuleName::new(NAME),
        why: Why::new(Code::MappingFailed, Some(&failure.into_field()), text),
    }
}
