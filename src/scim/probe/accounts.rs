//! Two accounts made for the trial: only if that was asked for, for it can send an invitation.

use super::canary::{UNKNOWN, with_unknown};
use super::made::{self, Kind};
use super::wire::{Ask, Heard};
use super::{Finding, Mark, Probe};
use crate::model::account::{AttributeName, Value};
use crate::scim::body::new_user;
use crate::scim::{Dialect, read};
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(super) async fn check(probe: &mut Probe) -> Vec<Finding> {
    let mut heard = create(probe, " and an unknown extension", with_unknown).await;
    let took_extension = heard.succeeded(&probe.dialect);
    if !took_extension && !matches!(heard.status(), None | Some(401 | 403)) {
        heard = create(probe, "", |user| user).await;
    }
    if heard.succeeded(&probe.dialect) {
        heard = create(probe, "", |user| user).await;
    }
    if !heard.succeeded(&probe.dialect) {
        let advice = match heard.status() {
            Some(401 | 403) => "give the token the scope to write Users",
            Some(_) | None => {
                "usher sends userName, emails, name and displayName; ask the provider what \
                               else it wants, and map it in the rules' `profile`"
            }
        };
        let conclusion = format!("no account could be made: {}", heard.words());
        return vec![probe.found("account", Mark::Change, conclusion).advise(advice)];
    }
    if probe.accounts().len() < 2 {
        let conclusion = "accounts are taken, but the answers do not say what was made";
        return vec![probe.found("account", Mark::Change, conclusion).advise(
            "usher writes only to what it saw itself make, so changes were not tried; ask the provider \
             for an answer to a creation that holds the account's id",
        )];
    }
    let made =
        probe.found("account", Mark::Good, "accounts can be made; they are deleted at the end");
    vec![made, extension(probe, took_extension).await]
}

pub(super) async fn create(probe: &mut Probe, with: &str, change: impl Fn(Json) -> Json) -> Heard {
    let shown = format!("/Users with userName, emails, name, displayName, active{with}");
    let (dialect, display_name) = (probe.dialect.clone(), probe.name.clone());
    let body = |user_name: &str| change(account(user_name, &display_name, &dialect));
    made::create(probe, Kind::User, body, &shown).await
}

/// The body of a new account of that name.
pub(super) fn new_account(probe: &Probe, user_name: &str) -> Json {
    account(user_name, &probe.name, &probe.dialect)
}

fn account(user_name: &str, display_name: &str, dialect: &Dialect) -> Json {
    let text = |text: &str| Value::Text(text.to_owned());
    let attributes = [
        ("userName", text(user_name)),
        ("displayName", text(display_name)),
        ("name.givenName", text("Usher")),
        ("name.familyName", text("Check")),
        ("emails.work", text(user_name)),
    ];
    let attributes: BTreeMap<AttributeName, Value> = attributes
        .into_iter()
        .filter_map(|(name, value)| Some((AttributeName::parse(name).ok()?, value)))
        .collect();
    new_user(true, &attributes, dialect)
}

async fn extension(probe: &mut Probe, was_taken: bool) -> Finding {
    if !was_taken {
        let conclusion = "an account with an unknown extension is refused; without it, it is taken";
        return probe.found("extension", Mark::Note, conclusion);
    }
    let heard = read_first(probe).await;
    let kept = heard.body().is_some_and(|user| read::get(user, UNKNOWN).is_some());
    let word = if kept { "kept" } else { "dropped without a word" };
    let conclusion =
        format!("an extension that the target does not know is {word} (on an account)");
    probe.found("extension", Mark::Note, conclusion)
}

/// Reads the first account that was made.
pub(super) async fn read_first(probe: &mut Probe) -> Heard {
    let id = probe.accounts().into_iter().next();
    let url = id.and_then(|id| probe.wire.address.user(&id));
    probe.wire.ask(Ask::get(url, "/Users/{id}")).await
}
