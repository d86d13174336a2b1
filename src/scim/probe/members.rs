//! Members: that they can be let in, several at once, and seen.

use super::facts::Fact;
use super::made::{self, Kind};
use super::wire::{Ask, Heard};
use super::{Finding, Mark, Pair, Probe};
use crate::model::ids::ScimId;
use crate::scim::address::with_query;
use crate::scim::body::members_added;
use crate::scim::client::NoResponse;
use crate::scim::{Dialect, read};
use reqwest::Method;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Two accounts: those that were made, else two that were there.
pub(super) fn pair(probe: &Probe) -> Option<Pair> {
    let sampled = probe.samples.iter().map(|account| account.id.clone());
    let mut ids: Vec<ScimId> = probe.accounts();
    ids.extend(sampled);
    // A page that shows somebody twice does not make two of them.
    let mut seen = BTreeSet::new();
    let mut ids = ids.into_iter().filter(|id| seen.insert(id.clone()));
    Some(Pair { leaver: ids.next()?, stayer: ids.next()? })
}

pub(super) async fn check(probe: &mut Probe, pair: Option<&Pair>) -> Finding {
    let Some(pair) = pair.filter(|_| probe.group().is_some()) else {
        let why = "two accounts and a group are needed to try memberships, and they are not there";
        return Finding::untried("members", why)
            .advise("with --create-users two accounts are made for it, and deleted again");
    };
    let added = add(probe, &[&pair.leaver, &pair.stayer]).await;
    if !added.succeeded(&probe.dialect) {
        let conclusion = format!("members are not let in: {}", added.words());
        return probe.found("members", Mark::Change, conclusion).advise(
            "at some providers only accounts that were made by SCIM can join its groups: try \
             --create-users, which makes two",
        );
    }
    let both =
        |members: &[ScimId]| members.contains(&pair.leaver) && members.contains(&pair.stayer);
    let configured = probe.dialect.groups.members_query.clone();
    let seen = read_until(probe, both).await;
    if !seen.as_deref().is_some_and(both) {
        return unseen(probe, pair, &configured).await;
    }
    let mut accepted = Vec::new();
    for query in queries(&configured) {
        let is_seen = query == configured && !probe.group_reads_are_refused
            || read_with(probe, &query).await.is_some_and(|members| both(&members));
        if is_seen {
            accepted.push(query);
        }
    }
    if !accepted.is_empty() {
        probe.learn(Fact::MembersQuery(accepted));
    }
    again(probe, pair).await
}

/// The usual ones first; the configured one is among them.
fn queries(configured: &str) -> Vec<String> {
    let usual = Dialect::default().groups.members_query;
    let mut queries = vec![usual];
    for query in ["attributes=members", "", "attributes=displayName,members", configured] {
        if !queries.iter().any(|known| known == query) {
            queries.push(query.to_owned());
        }
    }
    queries
}

/// Looks for another way in which members are seen.
async fn unseen(probe: &mut Probe, pair: &Pair, configured: &str) -> Finding {
    let both =
        |members: &[ScimId]| members.contains(&pair.leaver) && members.contains(&pair.stayer);
    let mut accepted = Vec::new();
    for query in queries(configured).into_iter().filter(|query| query != configured) {
        if read_with(probe, &query).await.is_some_and(|members| both(&members)) {
            accepted.push(query);
        }
    }
    if let Some(preferred) = accepted.first().cloned() {
        probe.learn(Fact::MembersQuery(accepted));
        let conclusion = format!("members are seen with `{preferred}`, not with `{configured}`");
        return probe
            .found("members", Mark::Change, conclusion)
            .advise("take the dialect proposed below");
    }
    let conclusion = "members are let in, but the target does not show who is in a group";
    probe.found("members", Mark::Change, conclusion).advise(
        "usher reads back whatever cuts or gives access, so it cannot work with groups here; ask the \
         provider how the members of a group can be read",
    )
}

/// Whether an account shows the groups that it is in, which is a second way to see a membership.
pub(super) async fn check_own_groups(probe: &mut Probe) -> Option<Finding> {
    let pair = probe.pair.clone()?;
    let group = probe.group()?;
    let shown = own_groups(probe, &pair.stayer).await;
    let is_shown = shown.as_ref().is_some_and(|groups| groups.contains(&group));
    Some(match (is_shown, probe.group_reads_are_refused) {
        (true, true) => {
            let conclusion = "groups cannot be read, but an account shows the groups that it is in";
            probe.found("own_groups", Mark::Note, conclusion).advise(
                "memberships are read from the accounts; ask the provider to let groups be read, too",
            )
        }
        (true, false) => {
            probe.found("own_groups", Mark::Good, "an account shows the groups that it is in")
        }
        (false, _) => {
            let conclusion = "an account does not show the groups that it is in";
            probe.found("own_groups", Mark::Note, conclusion)
        }
    })
}

async fn own_groups(probe: &mut Probe, account: &ScimId) -> Option<Vec<ScimId>> {
    let url = probe.wire.address.user(account);
    let heard = probe.wire.ask(Ask::get(url, "/Users/{id} for its groups")).await;
    let groups = read::get(heard.body()?, "groups")?.as_array()?.clone();
    let id = |group: &Json| {
        let value = read::get(group, "value").unwrap_or(group);
        value.as_str().map(ScimId::new)
    };
    Some(groups.iter().filter_map(id).collect())
}

/// Who of the pair is in the group, as their own accounts tell; `None` if they do not.
async fn told_by_accounts(probe: &mut Probe) -> Option<Vec<ScimId>> {
    let (pair, group) = (probe.pair.clone()?, probe.group()?);
    let mut members = Vec::new();
    let mut tell = false;
    for account in [pair.leaver, pair.stayer] {
        if let Some(groups) = own_groups(probe, &account).await {
            tell = true;
            members.extend(groups.contains(&group).then_some(account));
        }
    }
    tell.then_some(members)
}

/// Adding who is a member already should change nothing; usher may have to do so after a lost answer.
async fn again(probe: &mut Probe, pair: &Pair) -> Finding {
    let added = add(probe, &[&pair.stayer]).await;
    let members = read_until(probe, |_| true).await.unwrap_or_default();
    let times = members.iter().filter(|member| **member == pair.stayer).count();
    let seen = "two members are let in with one call, and seen";
    if times > 1 {
        let conclusion = format!("{seen}; who is added again stands there twice");
        return probe
            .found("members", Mark::Note, conclusion)
            .advise("usher reads a group before it adds to it, so this seldom happens");
    }
    let conclusion = format!("{seen}; adding one again gives {}", added.words());
    probe.found("members", Mark::Good, conclusion)
}

pub(super) async fn add(probe: &mut Probe, accounts: &[&ScimId]) -> Heard {
    let accounts: Vec<ScimId> = accounts.iter().map(|id| (*id).clone()).collect();
    let body = members_added(&accounts, &probe.dialect);
    let path = probe.dialect.groups.members_path.clone();
    let shown = format!(" add `{path}`: {} of [{{value: id}}]", accounts.len());
    patch(probe, body, &shown).await
}

/// Changes the group that was made.
pub(super) async fn patch(probe: &mut Probe, body: serde_json::Value, shown: &str) -> Heard {
    match probe.group() {
        Some(group) => {
            made::write(probe, Kind::Group, &group, (Method::PATCH, shown), Some(body)).await
        }
        None => Heard(Err(NoResponse::LeaseOver)),
    }
}

/// Reads the members until they are as wanted, or the target has had time enough.
pub(super) async fn read_until(
    probe: &mut Probe,
    wanted: impl Fn(&[ScimId]) -> bool,
) -> Option<Vec<ScimId>> {
    let query = probe.dialect.groups.members_query.clone();
    let mut last = None;
    for pause in probe.pauses_with_lag() {
        tokio::time::sleep(pause).await;
        last = read_with(probe, &query).await;
        if last.is_none() {
            last = told_by_accounts(probe).await;
            probe.group_reads_are_refused |= last.is_some();
        }
        if last.as_deref().is_some_and(&wanted) {
            break;
        }
    }
    last
}

async fn read_with(probe: &mut Probe, query: &str) -> Option<Vec<ScimId>> {
    let url = probe.group().and_then(|id| probe.wire.address.group(&id));
    let shown = format!("/Groups/{{id}}?{query}");
    let url = url.map(|url| with_query(url, &[query.to_owned()]));
    let heard = probe.wire.ask(Ask::get(url, shown.trim_end_matches('?'))).await;
    let members = heard.body().and_then(read::members);
    probe.wire.annotate(match &members {
        Some(members) => format!("members: {}", members.len()),
        None => "members: not to be read".to_owned(),
    });
    members
}
