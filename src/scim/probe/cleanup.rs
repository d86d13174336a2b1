//! Whatever was made is deleted again, also if its id never came back.

use super::Probe;
use super::finding::{Finding, Mark};
use super::wire::{Ask, Search};
use crate::model::ids::ScimId;
use reqwest::Method;

/// What was made, or may have been.
#[derive(Default)]
pub(super) struct Leftovers {
    /// A group was asked for; it may be there even without an answer.
    pub(super) group_tried: bool,
    pub(super) group: Option<ScimId>,
    pub(super) users: Vec<MadeUser>,
}

pub(super) struct MadeUser {
    pub(super) user_name: String,
    /// `None`: it was asked for, and nobody knows whether it is there.
    pub(super) id: Option<ScimId>,
}

/// Deletes everything; says nothing if nothing was made.
pub(super) async fn clean_up(probe: &mut Probe) -> Option<Finding> {
    let made = std::mem::take(&mut probe.made);
    if !made.group_tried && made.users.is_empty() {
        return None;
    }
    // What the interrupted check still had in its log is not this one's.
    drop(probe.wire.take_log());
    let mut left = 0_usize;
    if made.group_tried {
        let groups = match made.group {
            Some(group) => vec![group],
            None => find(probe, "Groups", "displayName", &probe.name.clone()).await,
        };
        for group in groups {
            let url = probe.wire.address.group(&group);
            left +=
                usize::from(!delete(probe, Ask::new(Method::DELETE, url, "/Groups/{id}")).await);
        }
    }
    for user in made.users {
        let users = match user.id {
            Some(id) => vec![id],
            None => find(probe, "Users", "userName", &user.user_name).await,
        };
        for id in users {
            let url = probe.wire.address.user(&id);
            left += usize::from(!delete(probe, Ask::new(Method::DELETE, url, "/Users/{id}")).await);
        }
    }
    Some(if left == 0 {
        probe.found("cleanup", Mark::Good, "everything that was made is deleted again")
    } else {
        let advice = format!("delete it by hand; its name begins with {}", probe.name);
        let conclusion = format!("{left} that were made could not be deleted");
        probe.found("cleanup", Mark::Change, conclusion).advise(advice)
    })
}

/// Exactly what has the name: a filter that is ignored must not make us delete others.
async fn find(probe: &mut Probe, resource: &str, path: &str, name: &str) -> Vec<ScimId> {
    let url = match resource {
        "Users" => probe.wire.address.users(),
        _ => probe.wire.address.groups(),
    };
    let search = Search { path, value: name, shown: "made here", query: "" };
    let heard = probe.wire.ask(search.ask(resource, url)).await;
    let page = heard.body().and_then(crate::scim::read::page);
    let items = page.map(|page| page.items).unwrap_or_default();
    let named = items.into_iter().filter(|item| {
        let found = crate::scim::read::get(item, path).and_then(serde_json::Value::as_str);
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    });
    named.filter_map(crate::scim::read::id).collect()
}

async fn delete(probe: &mut Probe, ask: Ask) -> bool {
    let heard = probe.wire.ask(ask).await;
    heard.succeeded(&probe.dialect) || matches!(heard.status(), Some(404 | 410))
}
