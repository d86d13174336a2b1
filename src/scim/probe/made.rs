//! What was made for the trial, and the look before every write.
//!
//! A provider may ignore a filter, answer with somebody else's resource, or give an id away. So
//! nothing is written to but under the id that came in the answer to our own POST, and only when
//! what is read there bears the name that nobody else has.

use super::wire::{Ask, Heard, Search};
use super::{Probe, accounts};
use crate::model::ids::ScimId;
use crate::scim::address::Address;
use crate::scim::client::NoResponse;
use crate::scim::read;
use reqwest::Method;
use serde_json::Value as Json;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Of which kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
}

/// Something that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) kind: Kind,
    /// Used for this one alone, and for no second try.
    pub(super) name: String,
    pub(super) fate: Fate,
    /// It was waited for in vain; nobody waits for it again.
    is_unseen: bool,
    /// It was deactivated, and not seen again.
    pub(super) has_vanished: bool,
}

/// What became of a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The answer did not come, or does not say what was made.
    Unsure,
    /// Nothing was made.
    Refused,
    /// It was made, and is gone since it is inactive.
    Gone,
    /// It is under this id, as the answer said.
    Known(ScimId),
}

/// What stands under an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Ours,
    Anothers,
    Nothing,
    /// The target does not let it be read.
    Unreadable,
}

impl Kind {
    pub(super) fn resource(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    pub(super) fn name_path(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }

    fn all(self, address: &Address) -> Option<Url> {
        match self {
            Self::User => address.users(),
            Self::Group => address.groups(),
        }
    }

    fn one(self, address: &Address, id: &ScimId) -> Option<Url> {
        match self {
            Self::User => address.user(id),
            Self::Group => address.group(id),
        }
    }

    fn shown(self) -> String {
        format!("/{}/{{id}}", self.resource())
    }
}

impl Made {
    fn asked_for(kind: Kind, name: &str) -> Self {
        let name = name.to_owned();
        Self { kind, name, fate: Fate::Unsure, is_unseen: false, has_vanished: false }
    }

    pub(super) fn id(&self) -> Option<&ScimId> {
        match &self.fate {
            Fate::Known(id) => Some(id),
            Fate::Unsure | Fate::Refused | Fate::Gone => None,
        }
    }
}

impl Probe {
    /// The group of the trial, if there is one.
    pub(super) fn group(&self) -> Option<ScimId> {
        self.ids_of(Kind::Group).next()
    }

    /// The accounts that were made, in their order.
    pub(super) fn accounts(&self) -> Vec<ScimId> {
        self.ids_of(Kind::User).collect()
    }

    fn ids_of(&self, kind: Kind) -> impl Iterator<Item = ScimId> {
        let is_seen = move |made: &&Made| made.kind == kind && !made.has_vanished;
        let made = self.made.iter().filter(is_seen);
        made.filter_map(|made| made.id().cloned())
    }

    /// The name of what was made under that id.
    pub(super) fn name_of(&self, id: &ScimId) -> Option<&str> {
        self.made.iter().find(|made| made.id() == Some(id)).map(|made| made.name.as_str())
    }

    /// Notes that an account is seen no more since it is inactive; if its name is free, it is gone.
    pub(super) fn set_vanished(&mut self, name: &str, is_taken: bool) {
        if let Some(made) = self.made.iter_mut().find(|made| made.name == name) {
            made.has_vanished = true;
            // Nobody waits for what is known not to show.
            made.is_unseen = true;
            if !is_taken {
                made.fate = Fate::Gone;
            }
        }
    }

    /// A name that was not used before.
    fn fresh_name(&self, kind: Kind) -> String {
        let number = self.made.iter().filter(|made| made.kind == kind).count() + 1;
        match kind {
            Kind::User => format!("{}-{number}@example.com", self.name),
            Kind::Group if number == 1 => self.name.clone(),
            Kind::Group => format!("{}-{number}", self.name),
        }
    }
}

/// Asks for something to be made, under a name of its own. Whatever the answer, it is remembered.
pub(super) async fn create(
    probe: &mut Probe,
    kind: Kind,
    body: impl FnOnce(&str) -> Json,
    shown: &str,
) -> Heard {
    let name = probe.fresh_name(kind);
    let body = body(&name);
    post(probe, kind, name, body, shown).await
}

/// Asks for an account of a name that was used before: is it still taken?
pub(super) async fn create_again(probe: &mut Probe, user_name: &str) -> Heard {
    let body = accounts::new_account(probe, user_name);
    let shown = "/Users with the same userName";
    let heard = post(probe, Kind::User, user_name.to_owned(), body, shown).await;
    if heard.status() == Some(409) {
        // What has the name is remembered already.
        probe.made.pop();
    }
    heard
}

async fn post(probe: &mut Probe, kind: Kind, name: String, body: Json, shown: &str) -> Heard {
    let ask = Ask::new(Method::POST, kind.all(&probe.wire.address), shown).with_body(body);
    // Who is stopped while it waits has asked for nothing.
    probe.wire.ready().await;
    probe.made.push(Made::asked_for(kind, &name));
    let heard = probe.wire.ask(ask).await;
    let fate = fate(probe, kind, &name, &heard);
    if let Some(made) = probe.made.last_mut() {
        made.fate = fate;
    }
    heard
}

fn fate(probe: &Probe, kind: Kind, name: &str, heard: &Heard) -> Fate {
    let is_anothers = |body: &Json| {
        let found = read::get(body, kind.name_path()).and_then(Json::as_str);
        found.is_some_and(|found| !read::same(found, name))
    };
    let id = heard.body().filter(|body| !is_anothers(body)).and_then(read::id);
    match (&heard.0, id) {
        (Ok(_), Some(id)) if heard.succeeded(&probe.dialect) => Fate::Known(id),
        // A name that is new is in conflict with nothing but an earlier landing of its own.
        (Ok(response), _) if matches!(response.status, 408 | 409 | 425) => Fate::Unsure,
        (Ok(response), _) if (400..=499).contains(&response.status) => Fate::Refused,
        (Ok(_) | Err(NoResponse::TimedOut | NoResponse::BrokenOff), _) => Fate::Unsure,
        (
            Err(
                NoResponse::LeaseOver
                | NoResponse::NoToken
                | NoResponse::NoConnection
                | NoResponse::NoTls
                | NoResponse::OwnAuthority,
            ),
            _,
        ) => Fate::Refused,
    }
}

/// Makes a writing request to what was made under that id, or none if it cannot be seen to be that.
pub(super) async fn write(
    probe: &mut Probe,
    kind: Kind,
    id: &ScimId,
    request: (Method, &str),
    body: Option<Json>,
) -> Heard {
    if sight(probe, kind, id).await != Sight::Ours {
        return Heard(Err(NoResponse::LeaseOver));
    }
    let (method, shown) = request;
    let ask =
        Ask::new(method, kind.one(&probe.wire.address, id), &format!("{}{shown}", kind.shown()));
    let ask = match body {
        Some(body) => ask.with_body(body),
        None => ask,
    };
    probe.wire.ask(ask).await
}

/// What stands under an id just now. What was only just made is given time to show.
pub(super) async fn sight(probe: &mut Probe, kind: Kind, id: &ScimId) -> Sight {
    let Some(at) = probe.made.iter().position(|made| made.kind == kind && made.id() == Some(id))
    else {
        return Sight::Anothers;
    };
    let Some(Made { name, is_unseen, .. }) = probe.made.get(at).cloned() else {
        return Sight::Anothers;
    };
    let pauses = if is_unseen { vec![Duration::ZERO] } else { probe.patient_pauses() };
    let begun = Instant::now();
    let mut last = Sight::Nothing;
    for (looks, pause) in pauses.into_iter().enumerate() {
        tokio::time::sleep(pause).await;
        last = look(probe, kind, id, &name).await;
        if last == Sight::Ours && looks > 0 {
            probe.lag = probe.lag.max(begun.elapsed());
        }
        if matches!(last, Sight::Ours | Sight::Anothers) {
            break;
        }
    }
    probe.patience_is_spent |= !is_unseen && last == Sight::Nothing;
    if let Some(made) = probe.made.get_mut(at) {
        made.is_unseen = last != Sight::Ours;
    }
    last
}

/// Reads it by its id; where the target refuses that, its list may tell as well.
pub(super) async fn look(probe: &mut Probe, kind: Kind, id: &ScimId, name: &str) -> Sight {
    let url = kind.one(&probe.wire.address, id);
    let heard = probe.wire.ask(Ask::get(url, &kind.shown())).await;
    if let Some(body) = heard.body() {
        let found = read::get(body, kind.name_path()).and_then(Json::as_str);
        let is_ours = found.is_some_and(|found| read::same(found, name));
        let says_other_id = read::id(body).is_some_and(|found| found != *id);
        return if is_ours && !says_other_id { Sight::Ours } else { Sight::Anothers };
    }
    if matches!(heard.status(), Some(404 | 410)) {
        return Sight::Nothing;
    }
    match named(probe, kind, name).await {
        Some(ids) if ids.contains(id) => Sight::Ours,
        Some(_) | None => Sight::Unreadable,
    }
}

/// The ids of all that have exactly that name, in a list; `None` if the target gives none.
pub(super) async fn named(probe: &mut Probe, kind: Kind, name: &str) -> Option<Vec<ScimId>> {
    let path = kind.name_path();
    let search = Search { path, value: name, shown: "made here", query: "" };
    let heard = probe.wire.ask(search.ask(kind.resource(), kind.all(&probe.wire.address))).await;
    if heard.status() == Some(404) {
        return Some(Vec::new());
    }
    let items = heard.body().and_then(read::page)?.items;
    let has_name = |item: &&Json| {
        let found = read::get(item, path).and_then(Json::as_str);
        found.is_some_and(|found| read::same(found, name))
    };
    Some(items.into_iter().filter(has_name).filter_map(read::id).collect())
}
