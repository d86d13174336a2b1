//! How a page of a list is asked for.

use super::List;
use serde_json::{Value as Json, json};

/// Rows that are asked for at once.
const PAGE: u64 = 100;
/// The most that events give at once.
const EVENTS_PAGE: u64 = 10_000;

/// A request, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// From the root of the target's host.
    pub path: &'static str,
    pub query: String,
    /// What is posted; `None`: it is got.
    pub body: Option<Json>,
}

/// Asks for the page that follows `received` rows.
pub fn question(list: List, received: u64) -> Question {
    let most = list.page();
    let (query, body) = match list {
        List::ManagedUsers | List::ManagedGroups => {
            let paging = json!({ "offset": received, "limit": most });
            (String::new(), Some(json!({ "query": { "paging": paging } })))
        }
        List::PrivateAccessRules | List::Devices | List::ClientStatus => {
            (format!("limit={most}&offset={received}"), None)
        }
        List::Administrators => (format!("startIndex={}&count={most}", received + 1), None),
        List::Tokens => (String::new(), None),
    };
    Question { path: list.endpoint(), query, body }
}

impl List {
    /// How many rows a page holds at most.
    pub(super) fn page(self) -> u64 {
        match self {
            Self::ClientStatus => EVENTS_PAGE,
            Self::ManagedUsers
            | Self::ManagedGroups
            | Self::PrivateAccessRules
            | Self::Devices
            | Self::Administrators
            | Self::Tokens => PAGE,
        }
    }

    /// Whether there can be a second page.
    pub(super) fn has_pages(self) -> bool {
        self != Self::Tokens
    }
}
