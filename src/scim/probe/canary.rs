//! The group that is made for the trial: that it can be made, found again, and what it keeps.

use super::facts::Fact;
use super::made::{self, Kind};
use super::wire::{Ask, Heard, Search, ids};
use super::{Finding, Mark, Probe};
use crate::model::ids::GroupName;
use crate::scim::body::new_group;
use crate::scim::client::NoResponse;
use crate::scim::{Dialect, read};
use serde_json::{Value as Json, json};

/// An extension that no provider knows.
pub(super) const UNKNOWN: &str = "urn:ietf:params:scim:schemas:extension:usher:2.0:Check";

const CONSOLE: &str = "good to know: some consoles, Netskope's among them, lock the groups that SCIM manages: \
                       their members can then be changed by SCIM only";

pub(super) async fn check(probe: &mut Probe) -> Vec<Finding> {
    let mut heard = create(probe, with_unknown, " and an unknown extension").await;
    let mut took_extension = true;
    if matches!(heard.status(), Some(415)) {
        probe.learn(Fact::ContentType("application/json".to_owned()));
        // The same settings connected before.
        let reconnected = probe.wire.reconnect(&probe.settings, &probe.dialect);
        if reconnected.is_ok() {
            heard = create(probe, with_unknown, " as plain JSON").await;
        }
    }
    if !heard.succeeded(&probe.dialect) && !matches!(heard.status(), None | Some(401 | 403 | 404)) {
        took_extension = false;
        heard = create(probe, |group| group, "").await;
    }
    if !heard.succeeded(&probe.dialect) {
        return vec![refused(probe, &heard)];
    }
    if probe.group().is_none() {
        return vec![nameless(probe)];
    }
    let made = made(probe);
    let found = look_up(probe).await;
    let mut findings = vec![made];
    findings.push(extension(probe, took_extension).await);
    findings.push(found);
    findings
}

/// Adds an extension that nobody knows to a resource.
pub(super) fn with_unknown(mut resource: Json) -> Json {
    if let Some(schemas) = resource.get_mut("schemas").and_then(Json::as_array_mut) {
        schemas.push(UNKNOWN.into());
    }
    if let Some(object) = resource.as_object_mut() {
        object.insert(UNKNOWN.to_owned(), json!({ "note": "kept" }));
    }
    resource
}

async fn create(probe: &mut Probe, change: impl Fn(Json) -> Json, with: &str) -> Heard {
    let shown = format!("/Groups with a displayName{with}");
    let body = |name: &str| change(new_group(&GroupName::new(name)));
    made::create(probe, Kind::Group, body, &shown).await
}

/// What is not seen to be made here is left alone, so nothing can be tried with it.
fn nameless(probe: &mut Probe) -> Finding {
    let conclusion = "a group is taken, but the answer does not say what was made";
    probe.found("group", Mark::Change, conclusion).advise(
        "usher writes only to what it saw itself make, so memberships were not tried; ask the provider \
         for an answer to a creation that holds the group's id",
    )
}

fn made(probe: &mut Probe) -> Finding {
    let is_media = probe.facts.iter().any(|fact| matches!(fact, Fact::ContentType(_)));
    let conclusion = "a group can be made; it is deleted again at the end";
    if is_media {
        return probe
            .found("group", Mark::Change, conclusion)
            .advise("bodies are taken as application/json only; take the dialect proposed below");
    }
    probe.found("group", Mark::Good, conclusion).advise(CONSOLE)
}

fn refused(probe: &mut Probe, heard: &Heard) -> Finding {
    let advice = match heard.status() {
        Some(401 | 403) => "give the token the scope to write Groups",
        Some(405 | 501) => {
            "the target makes no groups by SCIM; ask the provider how memberships change"
        }
        Some(_) | None => {
            "ask the provider what it wants of a new group; usher sends a displayName only"
        }
    };
    let conclusion = format!("no group could be made: {}", heard.words());
    probe.found("group", Mark::Change, conclusion).advise(advice)
}

async fn extension(probe: &mut Probe, was_taken: bool) -> Finding {
    if !was_taken {
        let conclusion = "a group with an unknown extension is refused; without it, it is taken";
        return probe.found("extension", Mark::Note, conclusion);
    }
    let url = probe.group().and_then(|id| probe.wire.address.group(&id));
    let heard = probe.wire.ask(Ask::get(url, "/Groups/{id}")).await;
    let kept = heard.body().is_some_and(|group| read::get(group, UNKNOWN).is_some());
    let word = if kept { "kept" } else { "dropped without a word" };
    let conclusion = format!("an extension that the target does not know is {word} (on a group)");
    probe.found("extension", Mark::Note, conclusion)
}

/// A group must be found by its name, and by no other.
async fn look_up(probe: &mut Probe) -> Finding {
    let configured = probe.dialect.groups.search_query.clone();
    let usual = Dialect::default().groups.search_query;
    let mut accepted = Vec::new();
    let mut best = None;
    let mut queries = vec![usual, String::new()];
    if !queries.contains(&configured) {
        queries.push(configured.clone());
    }
    for query in queries {
        let heard = search(probe, "new", &query).await;
        if heard.body().is_some() {
            accepted.push(query.clone());
        }
        // What is told is what the dialect would meet, or else what works.
        if query == configured || heard.body().is_some() && !accepted.contains(&configured) {
            best = Some(heard);
        }
    }
    let heard = best.unwrap_or(Heard(Err(NoResponse::LeaseOver)));
    let works = accepted.contains(&configured);
    if !accepted.is_empty() {
        probe.learn(Fact::SearchQuery(accepted));
        if !works {
            let conclusion = format!("a group is found by its name, but not with `{configured}`");
            return probe
                .found("group_lookup", Mark::Change, conclusion)
                .advise("take the dialect proposed below");
        }
    }
    let found = ids(&heard);
    let is_there = probe.group().is_some_and(|group| found.contains(&group));
    match found.len() {
        1 if is_there => probe.found("group_lookup", Mark::Good, "a group is found by its name"),
        _ if is_there => probe
            .found("group_lookup", Mark::Note, "the filter is ignored: other groups come, too")
            .advise("usher compares again itself; but every look-up of a group lists all of them"),
        _ => {
            let conclusion = format!("a group is not found by its name: {}", heard.words());
            probe.found("group_lookup", Mark::Change, conclusion).advise(
                "usher finds groups by `displayName eq`; ask the provider whether that is switched off",
            )
        }
    }
}

async fn search(probe: &mut Probe, shown: &str, query: &str) -> Heard {
    let name = probe.group().and_then(|id| probe.name_of(&id).map(str::to_owned));
    let name = name.unwrap_or_default();
    let search = Search { path: "displayName", value: &name, shown, query };
    let mut heard = None;
    for pause in probe.pauses() {
        tokio::time::sleep(pause).await;
        let ask = search.ask("Groups", probe.wire.address.groups());
        let found = probe.wire.ask(ask).await;
        let is_missing = found.status() == Some(404);
        let is_settled = found.body().is_none() && !is_missing || !ids(&found).is_empty();
        heard = Some(found);
        if is_settled {
            break;
        }
    }
    heard.unwrap_or(Heard(Err(NoResponse::LeaseOver)))
}
