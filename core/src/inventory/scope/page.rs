//! A page of a list, and whether there is another.

use super::lenient::{as_text, member};
use super::rows::{self, Found};
use super::{List, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What came of asking for a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopePage {
    pub rows: Vec<Found>,
    /// Rows on the page, with those that could not be told apart.
    pub received: u64,
    /// How many there are in all, if the target says.
    pub total: Option<u64>,
    /// It was the last one, as far as the page itself tells.
    pub is_last: bool,
}

/// Whether a scope could be read.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    Granted,
    /// The token may not: give it this scope.
    NotGranted,
    /// The target has nothing there: it is of another kind, or lacks the licence.
    NotThere,
    /// It did not answer, or not in a form that can be read.
    Failed,
}

impl Grant {
    /// As people read it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NotGranted => "not granted",
            Self::NotThere => "not there",
            Self::Failed => "failed",
        }
    }

    /// What an HTTP status says of it; `None`: whether it is granted is not for the status to say.
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => Some(Self::Granted),
            // A token of the wrong kind gets a 401 at some of these, and works elsewhere.
            401 | 403 => Some(Self::NotGranted),
            404 | 405 | 410 | 501 => Some(Self::NotThere),
            429 => None,
            _ => Some(Self::Failed),
        }
    }
}

/// Reads an answer; `None`: no list is in it.
pub fn read(list: List, body: &Json) -> Option<ScopePage> {
    let items = items(list.scope(), body, 2)?;
    let received = items.len() as u64;
    let total = total(body);
    Some(ScopePage {
        rows: items.iter().filter_map(|item| rows::row(list, item)).collect(),
        received,
        total,
        is_last: !list.has_pages() || total.is_none() && received < list.page(),
    })
}

/// The list in an answer: it is the answer, or lies in it under one of the names that were seen.
fn items(scope: Scope, body: &Json, depth: u8) -> Option<&Vec<Json>> {
    if let Json::Array(items) = body {
        return Some(items);
    }
    let own: &[&str] = match scope {
        Scope::UserManagement => &["users", "groups"],
        Scope::Policies => &["rules", "policies"],
        Scope::Devices => &["devices", "events", "clients"],
        Scope::Administrators => &["Resources", "users"],
        Scope::Tokens => &["tokens"],
    };
    let names = own.iter().chain(&["data", "result", "results", "items"]);
    let inner = names.filter_map(|name| member(body, &[name]));
    // Not the first that is there, but the first that is a list: `data` may hold `rules`.
    let mut inner = inner.filter(|_| depth > 0);
    inner.find_map(|inner| items(scope, inner, depth - 1))
}

fn total(body: &Json) -> Option<u64> {
    let places = [Some(body), member(body, &["data"]), member(body, &["paging"])];
    let names = ["totalResults", "total", "totalCount", "total_count"];
    places.into_iter().flatten().find_map(|place| as_text(member(place, &names)?)?.parse().ok())
}
