//! How heavy accounts are, and whether they can be had without their groups: `users.query`.

use super::facts::Fact;
use super::wire::{Ask, Heard};
use super::{Finding, Mark, Probe};
use crate::scim::address::with_query;
use crate::scim::read;
use serde_json::Value as Json;

/// What leaves the groups out of an account.
const LIGHT: &str = "excludedAttributes=groups";
/// Groups of one account that make it heavy.
const HEAVY: usize = 100;

/// Nothing is said where accounts are light, and the dialect asks for nothing special.
pub(super) async fn check(probe: &mut Probe) -> Option<Finding> {
    let configured = probe.dialect.users.query.clone();
    let plain = list(probe, "").await;
    let most = most_groups(&plain);
    let is_heavy = plain.is_too_large() || most >= Some(HEAVY);
    if !configured.is_empty() {
        let asked = list(probe, &configured).await;
        if asked.body().is_none() && plain.body().is_some() {
            return Some(refused(probe, &configured, &asked));
        }
        if !is_heavy || most_groups(&asked) < Some(HEAVY) {
            return None;
        }
    }
    if !is_heavy {
        return None;
    }
    if probe.group_reads_are_refused {
        let conclusion = "accounts are heavy with their groups, which nothing else shows here";
        return Some(probe.found("users_query", Mark::Note, conclusion));
    }
    let light = list(probe, LIGHT).await;
    if light.body().is_none() || most_groups(&light) >= Some(HEAVY) {
        let conclusion = "accounts are heavy with their groups, and do not come without";
        return Some(probe.found("users_query", Mark::Note, conclusion).advise(
            "lists of accounts are long to read; a smaller `paging.page_size` keeps each page small",
        ));
    }
    probe.learn(Fact::UsersQuery(vec![LIGHT.to_owned()]));
    let conclusion = "accounts are heavy with their groups, and come without them when asked to";
    let finding = probe.found("users_query", Mark::Note, conclusion);
    Some(finding.advise("take `users.query` of the dialect proposed below"))
}

fn refused(probe: &mut Probe, configured: &str, heard: &Heard) -> Finding {
    probe.learn(Fact::UsersQuery(vec![String::new()]));
    let conclusion =
        format!("`{configured}`, the dialect's `users.query`, gives {}", heard.words());
    probe
        .found("users_query", Mark::Change, conclusion)
        .advise("take the dialect proposed below, which asks without it")
}

/// The most groups that one of some accounts shows; `None` if none shows any.
fn most_groups(heard: &Heard) -> Option<usize> {
    let page = heard.body().and_then(read::page)?;
    let groups = page.items.iter().filter_map(|item| read::get(item, "groups"));
    groups.filter_map(Json::as_array).map(Vec::len).max()
}

async fn list(probe: &mut Probe, query: &str) -> Heard {
    let parts = [query, "startIndex=1", "count=10"];
    let parts: Vec<String> =
        parts.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let shown = format!("/Users?{}", parts.join("&"));
    let url = probe.wire.address.users().map(|url| with_query(url, &parts));
    probe.wire.ask(Ask::get(url, &shown)).await
}
