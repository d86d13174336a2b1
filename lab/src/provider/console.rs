//! What stands beside SCIM: lists of the console, each behind a scope of the token.

use super::answer::Answer;
use super::{Ask, Provider};
use crate::inventory::scope::List;
use serde_json::{Value as Json, json};

const LISTS: [List; 7] = [
    List::ManagedUsers,
    List::ManagedGroups,
    List::PrivateAccessRules,
    List::Devices,
    List::ClientStatus,
    List::Administrators,
    List::Tokens,
];

/// The list that a path leads to.
pub(super) fn list_at(path: &str) -> Option<List> {
    LISTS.into_iter().find(|list| path == list.endpoint())
}

impl Provider {
    pub(super) fn console(&self, list: List, ask: &Ask) -> Answer {
        let Some(console) = &self.directory.manners().quirks.console else {
            return Answer::plain(404, json!({ "message": "no Route matched with those values" }));
        };
        let wants_post = matches!(list, List::ManagedUsers | List::ManagedGroups);
        if (ask.method == "POST") != wants_post {
            return Answer::plain(405, json!({ "message": "Method Not Allowed" }));
        }
        let Some(rows) = console.get(&list.scope()) else {
            return Answer::plain(
                403,
                json!({ "message": "You don't have access to this resource" }),
            );
        };
        let rows: Vec<Json> = match list {
            List::ManagedUsers => self.managed_users(),
            List::ManagedGroups => self.managed_groups(),
            List::PrivateAccessRules
            | List::Devices
            | List::ClientStatus
            | List::Administrators
            | List::Tokens => rows.clone(),
        };
        page(list, ask, &rows)
    }

    fn managed_users(&self) -> Vec<Json> {
        let one = |user: &super::User| {
            let groups = self.directory.groups_of(&user.id).map(super::directory::Group::name);
            json!({
                "userName": user.user_name(),
                "accounts": [{
                    "scimId": user.id, "userName": user.user_name(), "provisioner": "SCIM",
                    "deleted": false, "parentGroups": groups.collect::<Vec<_>>(),
                }],
            })
        };
        self.directory.users().map(one).collect()
    }

    fn managed_groups(&self) -> Vec<Json> {
        let one = |group: &super::directory::Group| {
            json!({
                "scimId": group.id, "displayName": group.name(), "provisioner": "SCIM",
                "deleted": false,
            })
        };
        self.directory.groups().map(one).collect()
    }
}

/// Each list has a form of its own.
fn page(list: List, ask: &Ask, rows: &[Json]) -> Answer {
    let (from, most) = match list {
        List::ManagedUsers | List::ManagedGroups => {
            let body: Json = serde_json::from_slice(&ask.body).unwrap_or_default();
            let number = |name: &str| body.pointer(name).and_then(Json::as_u64);
            (number("/query/paging/offset"), number("/query/paging/limit"))
        }
        List::Administrators => {
            let start = number(&ask.query, "startIndex").map(|start| start.saturating_sub(1));
            (start, number(&ask.query, "count"))
        }
        List::PrivateAccessRules | List::Devices | List::ClientStatus | List::Tokens => {
            (number(&ask.query, "offset"), number(&ask.query, "limit"))
        }
    };
    let index = |number: Option<u64>| number.and_then(|it| usize::try_from(it).ok());
    let shown = rows.iter().skip(index(from).unwrap_or(0)).take(index(most).unwrap_or(100));
    let (shown, total): (Vec<&Json>, usize) = (shown.collect(), rows.len());
    let body = match list {
        List::ManagedUsers => json!({ "users": shown, "total": total }),
        List::ManagedGroups => json!({ "groups": shown, "total": total }),
        List::PrivateAccessRules => json!({ "data": shown, "status": "success", "total": total }),
        List::Devices => json!({ "data": { "devices": shown, "total": total } }),
        List::ClientStatus => json!({ "ok": 1, "result": shown }),
        List::Administrators => json!({ "totalResults": total, "Resources": shown }),
        List::Tokens => json!({ "data": shown }),
    };
    Answer::plain(200, body)
}

fn number(query: &str, name: &str) -> Option<u64> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name)?.1.parse().ok()
}
