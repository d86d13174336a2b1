//! What providers send, read leniently: names without case, ids and numbers as text or not,
//! `schemas` and `meta` unneeded, absent and empty alike (RFC 7643 §2.5).

use super::attribute::Place;
use super::dialect::Dialect;
use crate::model::account::{Account, AttributeName, Changed, ChangedBy, ShownGroups, Value};
use crate::model::ids::ScimId;
use crate::model::{Alias, AliasKind};
use serde_json::Value as Json;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Of a longer value only that it is there is kept: what is read stands in the person's record, which
/// must stay small enough to be committed, and no profile gives a value of this length.
const VALUE_BYTES_MAX: usize = 2 * 1024;
/// The same for all attributes together that are the tenant's own.
const CUSTOM_BYTES_MAX: usize = 32 * 1024;
/// More of them are not kept, nor those with a longer name.
const CUSTOM_COUNT_MAX: usize = 256;
const KEY_BYTES_MAX: usize = 128;

/// A page of a list.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    pub(super) items: Vec<&'a Json>,
    /// How many there are on all pages, if the provider says.
    pub(super) total: Option<u64>,
    /// There is more, which only a cursor leads to (RFC 9865).
    pub(super) goes_on: bool,
}

/// A User; `None` without an id.
pub(super) fn account(body: &Json, dialect: &Dialect) -> Option<Account> {
    let known = AttributeName::all().filter_map(|name| {
        let value = value(body, Place::of(&name, dialect)?)?;
        Some((name, value))
    });
    Some(Account {
        id: id(body)?,
        active: get(body, "active").and_then(flag),
        attributes: known.chain(custom(body, dialect)).collect(),
        groups: groups(body),
        changed: changed(body),
    })
}

/// When the resource was changed last and by whom, as far as it says so. Who it was has no name in the
/// standard: these are in use.
fn changed(body: &Json) -> Option<Box<Changed>> {
    const WRITERS: [&str; 4] = ["lastModifiedBy", "modifiedBy", "updatedBy", "provisioner"];
    let meta = get(body, "meta")?;
    let at = get(meta, "lastModified").and_then(text).and_then(|text| text.parse().ok());
    let named = WRITERS.iter().find_map(|name| get(meta, name));
    let value = named.and_then(|named| get(named, "value").or(Some(named))).and_then(text);
    let by = value.and_then(|name| ChangedBy::named(&name));
    (at.is_some() || by.is_some()).then(|| Box::new(Changed { at, by }))
}

/// The groups that a User says it is in; `None` if it says nothing of them, or not of each.
fn groups(body: &Json) -> Option<ShownGroups> {
    let Some(Json::Array(groups)) = get(body, "groups") else { return None };
    let name = |group| Some(get(group, "display")?.as_str()?.to_owned());
    groups.iter().map(|group| Some((member(group)?, name(group)))).collect()
}

/// The tenant's own attributes, with their types; what is no single value is none of ours.
fn custom<'a>(
    body: &'a Json,
    dialect: &Dialect,
) -> impl Iterator<Item = (AttributeName, Value)> + use<'a> {
    let schema = dialect.custom.schema.as_deref();
    let held = schema.and_then(|schema| get(body, schema)).and_then(Json::as_object);
    let held = held.into_iter().flatten().filter(|(key, _)| key.len() <= KEY_BYTES_MAX);
    let mut room = CUSTOM_BYTES_MAX;
    held.filter_map(move |(key, value)| {
        let typed = match value {
            Json::Bool(flag) => Value::Flag(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Value::Text(number.to_string()), Value::Number)
            }
            Json::String(text) if !text.is_empty() => {
                let kept = kept(text.clone(), VALUE_BYTES_MAX.min(room));
                room = room.saturating_sub(text.len());
                kept
            }
            Json::String(_) | Json::Null | Json::Array(_) | Json::Object(_) => return None,
        };
        Some((AttributeName::custom(key)?, typed))
    })
    .take(CUSTOM_COUNT_MAX)
}

/// A text as it is kept.
fn kept(text: String, most: usize) -> Value {
    if text.len() <= most { Value::Text(text) } else { Value::too_long(text.len()) }
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

/// A list answer; `None` if it is none. Whether its total is true is for the reader to judge.
pub(super) fn page(body: &Json) -> Option<Page<'_>> {
    let total = get(body, "totalResults").and_then(number);
    let goes_on = get(body, "nextCursor").and_then(text).is_some();
    match get(body, "Resources") {
        Some(Json::Array(items)) => Some(Page { items: items.iter().collect(), total, goes_on }),
        None | Some(Json::Null) => {
            total.map(|total| Page { items: Vec::new(), total: Some(total), goes_on })
        }
        Some(_) => None,
    }
}

/// The `scimType` of an error in any of the shapes that are about: one of RFC 7644 §3.12; any other
/// text could hold personal data and is dropped.
pub(super) fn scim_type(body: &Json) -> Option<&'static str> {
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
    layers(body)
        .filter_map(|layer| get(layer, "scimType").and_then(Json::as_str))
        .find_map(|said| KNOWN.iter().find(|known| known.eq_ignore_ascii_case(said)).copied())
}

/// Whether an error says `what`, in any of the shapes that are about and in any case of letters. Only
/// compared, never shown: providers like to quote the person.
pub(super) fn error_says(body: &Json, what: &str) -> bool {
    const TEXTS: [&str; 7] =
        ["detail", "scimType", "message", "error", "description", "error_description", "__type"];
    let what = what.to_lowercase();
    let says = |text: &str| text.to_lowercase().contains(&what);
    layers(body).any(|layer| {
        layer.as_str().is_some_and(says)
            || TEXTS.iter().any(|name| get(layer, name).and_then(Json::as_str).is_some_and(says))
    })
}

/// An error's body and what it may be wrapped in: `status`, `error`, each of `errors`.
fn layers(body: &Json) -> impl Iterator<Item = &Json> {
    let inner = ["status", "error", "errors"].into_iter().filter_map(|name| get(body, name));
    std::iter::once(body).chain(inner.flat_map(as_list))
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
    let status = get(body, "status");
    let code = status.and_then(|status| get(status, "code").or_else(|| get(status, "status")));
    let status = code.or(status).and_then(number);
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

/// Equal as SCIM compares what is not `caseExact`, and blind to blanks, which nobody sees.
pub(super) fn same(one: &str, other: &str) -> bool {
    let name = |text| Alias::parse(AliasKind::UserName, text);
    one.to_lowercase() == other.to_lowercase()
        || name(one).is_some_and(|one| name(other) == Some(one))
}

/// Every value that a User has for an attribute, whatever its type: a filter finds each of them.
pub(super) fn values(user: &Json, name: &AttributeName, dialect: &Dialect) -> Vec<String> {
    let Some(place) = Place::of(name, dialect) else { return Vec::new() };
    let found: Vec<&Json> = match place {
        Place::Work { list } => {
            let items = get(user, list).map(as_list).unwrap_or_default();
            items.into_iter().filter_map(bare).collect()
        }
        Place::Plain(_) | Place::Within { .. } | Place::Extension { .. } => {
            single(user, place).into_iter().collect()
        }
    };
    found.into_iter().filter_map(text).collect()
}

fn value(user: &Json, place: Place<'_>) -> Option<Value> {
    let found = single(user, place)?;
    text(found).map(|text| kept(text, VALUE_BYTES_MAX))
}

fn single<'a>(user: &'a Json, place: Place<'_>) -> Option<&'a Json> {
    let found = match place {
        Place::Plain(name) => get(user, name),
        Place::Within { parent, child } => get(user, parent).and_then(|inner| get(inner, child)),
        Place::Work { list } => get(user, list).and_then(work_value),
        Place::Extension { schema, name } => get(user, schema).and_then(|inner| get(inner, name)),
    };
    match found? {
        manager @ Json::Object(_) if place.is_manager() => get(manager, "value"),
        other => Some(other),
    }
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
    bare(item)
}

/// The value of an item of a list.
fn bare(item: &Json) -> Option<&Json> {
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

/// The member called `name`, in whatever letters.
pub(super) fn get<'a>(body: &'a Json, name: &str) -> Option<&'a Json> {
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
