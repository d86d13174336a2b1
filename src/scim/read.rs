//! What providers send, read leniently: names without case, ids and numbers as text or not,
//! `schemas` and `meta` unneeded, absent and empty alike (RFC 7643 §2.5).

use super::attribute::{ENTERPRISE_USER, Place};
use crate::model::account::{Account, AttributeName, Value};
use crate::model::ids::ScimId;
use serde_json::Value as Json;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A page of a list.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a Json>,
    /// How many there are on all pages, if the provider says.
    pub(super) total: Option<u64>,
}

/// A User; `None` without an id.
pub(super) fn account(body: &Json) -> Option<Account> {
    Some(Account {
        id: id(body)?,
        active: get(body, "active").and_then(flag),
        attributes: AttributeName::all()
            .filter_map(|name| Some((name.clone(), value(body, Place::of(&name))?)))
            .collect(),
    })
}

/// A resource's id.
pub(super) fn id(body: &Json) -> Option<ScimId> {
    text(get(body, "id")?).map(ScimId::new)
}

/// A Group's `displayName`.
pub(super) fn display_name(body: &Json) -> Option<String> {
    text(get(body, "displayName")?)
}

/// A Group's members; `None` if the body is no Group.
pub(super) fn members(body: &Json) -> Option<Vec<ScimId>> {
    id(body)?;
    match get(body, "members") {
        None | Some(Json::Null) => Some(Vec::new()),
        // A member whose id cannot be read must not look like nobody.
        Some(members) => as_list(members).into_iter().map(member).collect(),
    }
}

/// A list answer; `None` if it is none.
pub(super) fn page(body: &Json) -> Option<Page<'_>> {
    let total = get(body, "totalResults").and_then(number);
    match get(body, "Resources") {
        Some(Json::Array(items)) => Some(Page { items: items.iter().collect(), total }),
        None | Some(Json::Null) if total == Some(0) => Some(Page { items: Vec::new(), total }),
        None | Some(_) => None,
    }
}

/// The body of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorBody {
    /// One of RFC 7644 §3.12; any other text could hold personal data and is dropped.
    pub(super) scim_type: Option<&'static str>,
}

pub(super) fn error(body: &Json) -> ErrorBody {
    const KNOWN: &[&str] = &[
        "invalidFilter",
        "tooMany",
        "uniqueness",
        "mutability",
        "invalidSyntax",
        "invalidPath",
        "noTarget",
        "invalidValue",
        "invalidVers",
        "sensitive",
    ];
    let said = get(body, "scimType").and_then(Json::as_str);
    ErrorBody {
        scim_type: said
            .and_then(|said| KNOWN.iter().find(|known| known.eq_ignore_ascii_case(said)).copied()),
    }
}

/// Whether a body says "failed", whatever the status says. No resource or list does.
pub(super) fn denies(body: &Json) -> bool {
    if id(body).is_some() || page(body).is_some() {
        return false;
    }
    let says = |name: &str, words: &[&str]| {
        get(body, name)
            .and_then(text)
            .is_some_and(|said| words.iter().any(|word| said.eq_ignore_ascii_case(word)))
    };
    let status = get(body, "status").and_then(number);
    let is_error = get(body, "schemas").is_some_and(|schemas| {
        as_list(schemas)
            .into_iter()
            .filter_map(Json::as_str)
            .any(|schema| schema.eq_ignore_ascii_case(ERROR))
    });
    is_error
        || says("status", &["error", "fail", "failed", "failure"])
        || status.is_some_and(|status| (400..600).contains(&status))
        || says("success", &["false", "0"])
        || says("ok", &["false", "0"])
        || get(body, "error").is_some_and(|error| !error.is_null())
        || get(body, "errors").is_some_and(|errors| !as_list(errors).is_empty())
}

/// Equal as SCIM compares what is not `caseExact`.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn value(user: &Json, place: Place) -> Option<Value> {
    let found = match place {
        Place::Plain(name) => get(user, name),
        Place::Within { parent, child } => get(user, parent).and_then(|inner| get(inner, child)),
        Place::Work { list } => get(user, list).and_then(work_value),
        Place::Enterprise(child) => get(user, ENTERPRISE_USER).and_then(|inner| get(inner, child)),
    };
    text(found?).map(Value::Text)
}

/// The value of type `work`, else the primary one, else the first.
fn work_value(list: &Json) -> Option<&Json> {
    let items = as_list(list);
    let is_work = |item: &&&Json| {
        get(item, "type")
            .and_then(Json::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let is_primary = |item: &&&Json| get(item, "primary").and_then(flag) == Some(true);
    let item = items
        .iter()
        .find(is_work)
        .or_else(|| items.iter().find(is_primary))
        .or_else(|| items.first())?;
    match item {
        Json::String(_) => Some(item),
        _ => get(item, "value"),
    }
}

fn member(member: &Json) -> Option<ScimId> {
    let value = match member {
        Json::Object(_) => get(member, "value")?,
        _ => member,
    };
    text(value).map(ScimId::new)
}

fn get<'a>(body: &'a Json, name: &str) -> Option<&'a Json> {
    let object = body.as_object()?;
    object.get(name).or_else(|| {
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

fn as_list(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(items) => items.iter().collect(),
        Json::Null => Vec::new(),
        single => vec![single],
    }
}

/// Text or number as text; nothing is nothing.
fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => (!text.is_empty()).then(|| text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn flag(value: &Json) -> Option<bool> {
    match text(value)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn number(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}
