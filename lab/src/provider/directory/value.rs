//! Values as they come in, checked and brought into the form in which they are kept.
//!
//! Kept is what is assigned: `null`, `[]` and what nobody may set are left out (RFC 7643 §2.5).

use super::refusal::Refusal;
use super::schema::{self, Access, Attribute, Kind};
use crate::provider::manners::CustomAttributes;
use serde_json::{Map, Value as Json};

/// The value of `attribute`; `None` if it is unassigned.
pub(super) fn take(attribute: &Attribute, value: &Json) -> Result<Option<Json>, Refusal> {
    if attribute.access != Access::ReadWrite || value.is_null() {
        return Ok(None);
    }
    let wrong = |what: &str| Refusal::Value(format!("{} must be {what}", attribute.name));
    match (&attribute.kind, value) {
        (Kind::Text, Json::String(_)) | (Kind::Flag, Json::Bool(_)) => Ok(Some(value.clone())),
        (Kind::Text, _) => Err(wrong("text")),
        (Kind::Flag, _) => Err(wrong("true or false")),
        (Kind::Complex(subs), Json::Object(object)) => {
            let object = take_all(subs, object)?;
            Ok((!object.is_empty()).then_some(Json::Object(object)))
        }
        (Kind::Complex(_), _) => Err(wrong("an object")),
        (Kind::Values(subs), _) => {
            let mut items = take_items(subs, value).ok_or_else(|| wrong("a list of objects"))??;
            keep_one_primary(&mut items, |_| true);
            Ok((!items.is_empty()).then_some(Json::Array(items)))
        }
    }
}

/// The values of a list; a single one need not stand in a list. `None`: neither.
fn take_items(subs: &[Attribute], value: &Json) -> Option<Result<Vec<Json>, Refusal>> {
    let items = match value {
        Json::Array(items) => items.iter().collect(),
        single => vec![single],
    };
    let objects: Vec<&Map<String, Json>> =
        items.into_iter().map(Json::as_object).collect::<Option<_>>()?;
    let taken = objects.into_iter().map(|object| take_all(subs, object));
    Some(
        taken
            .map(|taken| taken.map(Json::Object))
            .filter(|taken| !matches!(taken, Ok(Json::Object(object)) if object.is_empty()))
            .collect(),
    )
}

/// What is known among the members of an object; the rest is left out.
pub(super) fn take_all(
    attributes: &[Attribute],
    object: &Map<String, Json>,
) -> Result<Map<String, Json>, Refusal> {
    let mut taken = Map::new();
    for (name, value) in object {
        if let Some(attribute) = schema::find(attributes, name)
            && let Some(value) = take(attribute, value)?
        {
            taken.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(taken)
}

/// A whole User.
pub(super) fn take_user(
    object: &Map<String, Json>,
    custom: Option<CustomAttributes>,
) -> Result<Map<String, Json>, Refusal> {
    let mut user = take_all(schema::USER.attributes, object)?;
    for (name, value) in object {
        let taken = match value.as_object() {
            Some(object) if name.eq_ignore_ascii_case(schema::ENTERPRISE_USER) => {
                Some((schema::ENTERPRISE_USER, take_all(schema::ENTERPRISE.attributes, object)?))
            }
            Some(object) if name.eq_ignore_ascii_case(schema::TENANT_USER) => match custom {
                Some(limits) => Some((schema::TENANT_USER, take_custom(object, limits)?)),
                None => None,
            },
            _ => None,
        };
        if let Some((urn, object)) = taken
            && !object.is_empty()
        {
            user.insert(urn.to_owned(), Json::Object(object));
        }
    }
    Ok(user)
}

/// Custom attributes: the names are the customer's, the values single ones.
pub(super) fn take_custom(
    object: &Map<String, Json>,
    limits: CustomAttributes,
) -> Result<Map<String, Json>, Refusal> {
    let mut taken = Map::new();
    for (name, value) in object {
        if name.is_empty() || name.chars().count() > limits.key_chars {
            let most = limits.key_chars;
            return Err(Refusal::Value(format!(
                "The name of a custom attribute has 1 to {most} characters"
            )));
        }
        match value {
            Json::Null => {}
            Json::String(text) if text.chars().count() > limits.value_chars => {
                let most = limits.value_chars;
                return Err(Refusal::Value(format!(
                    "The custom attribute {name} takes {most} characters at most"
                )));
            }
            Json::String(_) | Json::Number(_) | Json::Bool(_) => {
                taken.insert(name.clone(), value.clone());
            }
            Json::Array(_) | Json::Object(_) => {
                return Err(Refusal::Value(format!("The custom attribute {name} takes one value")));
            }
        }
    }
    if taken.len() > limits.most {
        let most = limits.most;
        return Err(Refusal::Value(format!("A user has at most {most} custom attributes")));
    }
    Ok(taken)
}

/// At most one value of a list is the primary one; the last that says so (RFC 7644 §3.5.2).
pub(super) fn keep_one_primary(items: &mut [Json], newest: impl Fn(usize) -> bool) {
    let is_primary = |item: &Json| item.get("primary") == Some(&Json::Bool(true));
    let chosen = items
        .iter()
        .enumerate()
        .filter(|(_, item)| is_primary(item))
        .map(|(at, _)| at)
        .max_by_key(|at| (newest(*at), *at));
    for (at, item) in items.iter_mut().enumerate() {
        if is_primary(item)
            && Some(at) != chosen
            && let Some(object) = item.as_object_mut()
        {
            object.insert("primary".to_owned(), Json::Bool(false));
        }
    }
}
