//! An account changed by PUT: read as it is, changed in place, sent back as a whole.
//!
//! Whatever usher does not know stays as it came, for what a PUT leaves out is cleared (RFC 7644
//! §3.5.1). Where the provider has versions, a change in between makes it refuse (412) rather than
//! lose one of the two.

use super::attribute::{self, Place};
use super::body::{active_value, work_values};
use super::client::{Exchange, NoResponse, Response, ResponseBody};
use super::dialect::Dialect;
use super::verdict::{self, Asked, Ruling};
use super::{Ended, Provider, read};
use crate::model::account::AttributeName;
use crate::model::call::{Call, Outcome};
use crate::model::ids::ScimId;
use crate::model::operation::Field;
use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use url::Url;

/// Issued by the provider; it ignores or even refuses them.
const READ_ONLY: [&str; 2] = ["meta", "groups"];

impl Provider {
    pub(super) async fn put(
        &self,
        call: &Call,
        (account, url): (&ScimId, Url),
        active: Option<bool>,
        attributes: &BTreeMap<AttributeName, Field>,
    ) -> Ended {
        let is_cut = active == Some(false);
        let turn = self.puts.begin(account, is_cut);
        let found = match self.puts.kept(account) {
            Some(found) => found,
            None => match self.raw_account(call, account, url.clone()).await {
                Ok(found) => found,
                Err(ended) => return ended,
            },
        };
        let changed = match &found.body {
            ResponseBody::Json(raw) => changed(raw, active, attributes, &self.dialect),
            ResponseBody::Empty | ResponseBody::Unreadable | ResponseBody::TooLarge => None,
        };
        let Some(changed) = changed else {
            return verdict::unreadable(Asked::ReadAccount, &self.name, &found).into();
        };
        // What was read is older than a cut, and would let the person in again.
        if !is_cut && self.puts.was_cut_since(account, turn) {
            return Outcome::NotSent.into();
        }
        let mut exchange = Exchange::new(call, Method::PUT, url, Some(changed));
        exchange.headers.extend(found.version.clone().map(|version| (IF_MATCH, version)));
        let answer = self.client.exchange(&exchange).await;
        if matches!(answer, Err(NoResponse::LeaseOver)) {
            // The reading took longer than the lease; the next call goes by what it brought.
            self.puts.keep(account, found, turn);
        }
        self.written(call, answer)
    }

    /// The account as the provider holds it; nothing is written if that cannot be had.
    async fn raw_account(
        &self,
        call: &Call,
        account: &ScimId,
        url: Url,
    ) -> Result<Response, Ended> {
        let exchange = Exchange::new(call, Method::GET, url, None);
        let answer = self.client.exchange(&exchange).await;
        let response =
            answer.map_err(|why| verdict::unanswered(Asked::ReadAccount, &self.name, why))?;
        let ruling = verdict::rule(Asked::ReadAccount, &self.name, &response, &self.dialect);
        let is_this = matches!(&response.body, ResponseBody::Json(body) if read::id(body).as_ref() == Some(account));
        let outcome = match ruling {
            Ruling::ReadBody if is_this => return Ok(response),
            Ruling::ReadBody => verdict::unreadable(Asked::ReadAccount, &self.name, &response),
            Ruling::Ended(outcome) => outcome,
        };
        Err(Ended::of(outcome, &response))
    }
}

/// The account with the changes in it; `None` if it is no account.
pub(super) fn changed(
    raw: &Json,
    active: Option<bool>,
    attributes: &BTreeMap<AttributeName, Field>,
    dialect: &Dialect,
) -> Option<Json> {
    let mut user = raw.as_object()?.clone();
    user.retain(|key, _| !READ_ONLY.iter().any(|name| name.eq_ignore_ascii_case(key)));
    if let Some(active) = active {
        *entry(&mut user, "active") = active_value(active, dialect);
    }
    for (name, field) in attributes {
        let Some(place) = Place::of(name, dialect) else { continue };
        match field {
            Field::Set(value) => {
                set(&mut user, place, attribute::value(name, value, dialect.users.manager));
            }
            Field::Clear => clear(&mut user, place, attribute::nothing(place, dialect)),
        }
    }
    Some(Json::Object(user))
}

fn set(user: &mut Map<String, Json>, place: Place<'_>, value: Json) {
    match place {
        Place::Plain(name) => *entry(user, name) = value,
        Place::Within { parent, child } => set_within(user, parent, child, value),
        Place::Work { list } => set_work(entry(user, list), list, value),
        Place::Extension { schema, name } => {
            set_within(user, schema, name, value);
            if let Json::Array(schemas) = entry(user, "schemas")
                && !schemas.iter().any(|known| is_text(known, schema))
            {
                schemas.push(Json::from(schema));
            }
        }
    }
}

fn set_within(user: &mut Map<String, Json>, parent: &str, child: &str, value: Json) {
    let inner = entry(user, parent);
    match inner {
        Json::Object(inner) => *entry(inner, child) = value,
        other => *other = json!({ child: value }),
    }
}

fn set_work(list: &mut Json, name: &str, value: Json) {
    let items = match list {
        Json::Array(items) if !items.is_empty() => items,
        none => {
            *none = work_values(name, &value);
            return;
        }
    };
    match items.iter_mut().find(|item| is_work(item)).and_then(Json::as_object_mut) {
        Some(work) => *entry(work, "value") = value,
        // Another one is the primary already, or none needs to be.
        None => items.push(json!({ "value": value, "type": "work" })),
    }
}

/// Takes the value away, or puts `nothing` in its place where it was.
fn clear(user: &mut Map<String, Json>, place: Place<'_>, nothing: Option<Json>) {
    match place {
        Place::Plain(name) => clear_member(user, name, nothing),
        Place::Within { parent: outer, child: name } | Place::Extension { schema: outer, name } => {
            if let Some(Json::Object(inner)) = there(user, outer) {
                clear_member(inner, name, nothing);
            }
        }
        Place::Work { list } => {
            if let Some(Json::Array(items)) = there(user, list) {
                items.retain(|item| !is_work(item));
            }
        }
    }
}

fn clear_member(object: &mut Map<String, Json>, name: &str, nothing: Option<Json>) {
    match (nothing, there(object, name)) {
        (Some(nothing), Some(value)) => *value = nothing,
        (None, Some(_)) => remove(object, name),
        (_, None) => {}
    }
}

fn remove(object: &mut Map<String, Json>, name: &str) {
    object.retain(|key, _| !key.eq_ignore_ascii_case(name));
}

/// The member called `name`, in whatever letters, if it is there.
fn there<'a>(object: &'a mut Map<String, Json>, name: &str) -> Option<&'a mut Json> {
    object.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The member called `name`, in whatever letters; null if it was not there.
fn entry<'a>(object: &'a mut Map<String, Json>, name: &str) -> &'a mut Json {
    let known = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    object.entry(known.unwrap_or_else(|| name.to_owned())).or_insert(Json::Null)
}

fn is_work(item: &Json) -> bool {
    read::get(item, "type").is_some_and(|kind| is_text(kind, "work"))
}

fn is_text(value: &Json, text: &str) -> bool {
    value.as_str().is_some_and(|found| found.eq_ignore_ascii_case(text))
}
