//! How an account is changed: by which form, and whether the target does what it said yes to.

use super::facts::Fact;
use super::made::{self, Kind};
use super::wire::{Ask, Heard};
use super::{Finding, Mark, Probe, accounts};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::ScimId;
use crate::model::operation::Field;
use crate::scim::body::{WorkValue, user_patch};
use crate::scim::client::NoResponse;
use crate::scim::dialect::{ActiveForm, Dialect, ManagerForm, Update, Users};
use crate::scim::{put, read};
use reqwest::Method;
use std::collections::BTreeMap;

/// Attributes to set.
pub(super) type Fields = BTreeMap<AttributeName, Field>;

/// Without an account of its own, only whether PATCH is there: nobody's account is touched.
pub(super) async fn check_without_accounts(probe: &mut Probe) -> Finding {
    let nobody = ScimId::new(&probe.name);
    let url = probe.wire.address.user(&nobody);
    let there = probe.wire.ask(Ask::get(url, "/Users/{an id that nobody has}")).await;
    if !matches!(there.status(), Some(404 | 410)) {
        let conclusion =
            format!("an id that nobody has is not answered as such: {}", there.words());
        return probe.found("update", Mark::Note, conclusion).advise(
            "so nothing was written to it; with --create-users two accounts are made to try changes \
             with, and deleted again",
        );
    }
    let body = user_patch(Some(false), &Fields::new(), WorkValue::Replaced, &probe.dialect);
    let ask =
        Ask::new(Method::PATCH, probe.wire.address.user(&nobody), "/Users/{an id that nobody has}");
    let heard = probe.wire.ask(ask.with_body(body.unwrap_or_default())).await;
    match heard.status() {
        Some(405 | 501) if probe.dialect.users.update != Update::Put => {
            probe.learn(Fact::Update(Update::Put, probe.dialect.users.active));
            let conclusion = format!("accounts cannot be changed by PATCH: {}", heard.words());
            probe.found("update", Mark::Change, conclusion).advise(
                "take the dialect proposed below, and check again with --create-users whether PUT works",
            )
        }
        Some(404) => probe
            .found("update", Mark::Note, "PATCH is there; what it does to an account was not tried")
            .advise("with --create-users two accounts are made to try it with, and deleted again"),
        Some(_) | None => {
            let conclusion = format!("nothing can be told of PATCH: {}", heard.words());
            probe.found("update", Mark::Note, conclusion).advise(
                "with --create-users two accounts are made to try it with, and deleted again",
            )
        }
    }
}

/// Deactivates the account that was made, and activates it again, in every form until one works.
pub(super) async fn check(probe: &mut Probe) -> Finding {
    if first_made(probe).is_none() {
        return Finding::untried("update", "there is no account of its own to change");
    }
    let configured = probe.dialect.users.clone();
    let mut is_active = true;
    for users in candidates(&configured) {
        let dialect = Dialect { users: users.clone(), ..probe.dialect.clone() };
        let wanted = !is_active;
        let heard = send(probe, &dialect, Some(wanted), &Fields::new()).await;
        // What was refused needs no patience.
        let looks = if heard.succeeded(&probe.dialect) { 5 } else { 1 };
        let after = active_until(probe, wanted, looks).await;
        is_active = after.unwrap_or(is_active);
        if after != Some(wanted) {
            continue;
        }
        if users == configured {
            return probe.found(
                "update",
                Mark::Good,
                "an account can be deactivated, and reads so",
            );
        }
        let conclusion =
            format!("an account is changed by {}, not by {}", told(&users), told(&configured));
        probe.learn(Fact::Update(users.update, users.active));
        return probe
            .found("update", Mark::Change, conclusion)
            .advise("take the dialect proposed below");
    }
    probe.found("update", Mark::Change, "no form of a change deactivates an account").advise(
        "usher cannot cut anybody's access here; ask the provider how an account is deactivated by SCIM",
    )
}

/// The configured way, then every other.
fn candidates(configured: &Users) -> Vec<Users> {
    let mut all = vec![configured.clone()];
    for update in [Update::Patch, Update::PatchWithoutPath, Update::Put] {
        for active in [ActiveForm::Boolean, ActiveForm::Text] {
            let users = Users { update, active, ..configured.clone() };
            if !all.contains(&users) {
                all.push(users);
            }
        }
    }
    all
}

fn told(users: &Users) -> String {
    let update = match users.update {
        Update::Patch => "PATCH with a path",
        Update::PatchWithoutPath => "PATCH without a path",
        Update::Put => "PUT",
    };
    let active = match users.active {
        ActiveForm::Boolean => "a boolean",
        ActiveForm::Text => "a text",
    };
    format!("{update} and `active` as {active}")
}

fn first_made(probe: &Probe) -> Option<ScimId> {
    probe.accounts().into_iter().next()
}

/// Changes the first account that was made, in the form of `dialect`.
pub(super) async fn send(
    probe: &mut Probe,
    dialect: &Dialect,
    active: Option<bool>,
    fields: &Fields,
) -> Heard {
    let Some(id) = first_made(probe) else {
        return Heard(Err(NoResponse::LeaseOver));
    };
    let names = active.map(|_| "active".to_owned()).into_iter();
    let names: Vec<String> = names.chain(fields.keys().map(ToString::to_string)).collect();
    let shown = names.join(", ");
    let (method, body) = match dialect.users.update {
        Update::Patch | Update::PatchWithoutPath => {
            (Method::PATCH, user_patch(active, fields, WorkValue::Replaced, dialect))
        }
        Update::Put => {
            let found = accounts::read_first(probe).await;
            let changed = found.body().and_then(|raw| put::changed(raw, active, fields, dialect));
            (Method::PUT, changed)
        }
    };
    let form = match dialect.users.update {
        Update::Patch => "with a path",
        Update::PatchWithoutPath => "without a path",
        Update::Put => "in the whole account",
    };
    let shown = format!(" {shown} {form}");
    match body {
        Some(body) => made::write(probe, Kind::User, &id, (method, &shown), Some(body)).await,
        None => Heard(Err(NoResponse::LeaseOver)),
    }
}

async fn active_until(probe: &mut Probe, wanted: bool, looks: usize) -> Option<bool> {
    let pauses = probe.pauses().into_iter().take(looks);
    let mut last = None;
    for pause in pauses {
        tokio::time::sleep(pause).await;
        let heard = accounts::read_first(probe).await;
        let account = heard.body().and_then(|user| read::account(user, &probe.dialect));
        last = account.and_then(|account| account.active);
        if last == Some(wanted) {
            break;
        }
    }
    last
}

/// Makes one account the other's manager.
pub(super) async fn check_manager(probe: &mut Probe) -> Finding {
    let Some(manager) = probe.accounts().into_iter().nth(1) else {
        return Finding::untried(
            "manager",
            "there are no accounts of its own to try a manager with",
        );
    };
    let configured = probe.dialect.users.clone();
    let mut forms = [ManagerForm::Complex, ManagerForm::SubAttribute, ManagerForm::Text];
    forms.sort_by_key(|form| *form != configured.manager);
    let field = Field::Set(Value::Text(manager.to_string()));
    let fields = Fields::from([(AttributeName::MANAGER, field)]);
    for form in forms {
        let users = Users { manager: form, ..configured.clone() };
        let dialect = Dialect { users, ..probe.dialect.clone() };
        send(probe, &dialect, None, &fields).await;
        let heard = accounts::read_first(probe).await;
        let account = heard.body().and_then(|user| read::account(user, &dialect));
        let held =
            account.and_then(|account| account.attributes.get(&AttributeName::MANAGER).cloned());
        if held.is_none_or(|held| held.to_text() != manager.as_str()) {
            continue;
        }
        if form == configured.manager {
            return probe.found("manager", Mark::Good, "an account's manager is kept");
        }
        probe.learn(Fact::Manager(form));
        return probe
            .found("manager", Mark::Change, "a manager is kept, but not in the dialect's form")
            .advise("take the dialect proposed below");
    }
    probe
        .found("manager", Mark::Note, "an account's manager is not kept")
        .advise("do not map `enterprise.manager` for this target")
}
