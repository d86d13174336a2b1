//! How an account is changed: by which form, and whether the target does what it said yes to.

use super::facts::Fact;
use super::made::{self, Kind};
use super::wire::{Ask, Heard};
use super::{Finding, Mark, Probe, accounts, habits};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::ScimId;
use crate::model::operation::Field;
use crate::scim::body::{WorkValue, user_patch};
use crate::scim::client::NoResponse;
use crate::scim::dialect::{ActiveForm, Dialect, ManagerForm, Update, Users};
use crate::scim::{put, read};
use reqwest::Method;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

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
            probe.learn(Fact::Update(vec![(Update::Put, probe.dialect.users.active)]));
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

/// What a form of a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// There and back.
    Works,
    /// The account is deactivated, and nothing activates it again.
    OneWay,
    /// The account is not there any more as soon as it is inactive.
    Vanishes,
    Nothing,
}

/// Deactivates the account that was made, and activates it again: in the usual form that works, and
/// in the configured one.
pub(super) async fn check(probe: &mut Probe) -> Finding {
    if first_made(probe).is_none() {
        return Finding::untried("update", "there is no account of its own to change");
    }
    let configured = probe.dialect.users.clone();
    let mut accepted = Vec::new();
    let mut one_way = false;
    for users in candidates(&configured) {
        if !accepted.is_empty() && users != configured {
            continue;
        }
        match turn(probe, &users).await {
            Turn::Works => accepted.push((users.update, users.active)),
            Turn::OneWay => {
                accepted.push((users.update, users.active));
                one_way = true;
                break;
            }
            Turn::Vanishes => {
                accepted.push((users.update, users.active));
                return habits::vanished(probe, accepted).await;
            }
            Turn::Nothing => {}
        }
    }
    let Some((update, active)) = accepted.first().copied() else {
        let conclusion = "no form of a change deactivates an account";
        return probe.found("update", Mark::Change, conclusion).advise(
            "usher cannot cut anybody's access here; ask the provider how an account is deactivated by SCIM",
        );
    };
    let is_right = accepted.contains(&(configured.update, configured.active));
    probe.learn(Fact::Update(accepted));
    if !is_right {
        let users = Users { update, active, ..configured.clone() };
        let conclusion =
            format!("an account is changed by {}, not by {}", told(&users), told(&configured));
        return probe
            .found("update", Mark::Change, conclusion)
            .advise("take the dialect proposed below");
    }
    if one_way {
        let conclusion = "an account can be deactivated, and was not activated again";
        return probe.found("update", Mark::Note, conclusion).advise(
            "who comes back would stay out: ask the provider how an account is activated by SCIM",
        );
    }
    probe.found("update", Mark::Good, "an account can be deactivated and activated, and reads so")
}

async fn turn(probe: &mut Probe, users: &Users) -> Turn {
    match set_active(probe, users, false).await {
        Seen::AsWanted => {}
        Seen::Nobody => return Turn::Vanishes,
        Seen::Otherwise => return Turn::Nothing,
    }
    match set_active(probe, users, true).await {
        Seen::AsWanted => Turn::Works,
        Seen::Nobody | Seen::Otherwise => Turn::OneWay,
    }
}

/// What reads show after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    AsWanted,
    Otherwise,
    /// It was there before, and is not now.
    Nobody,
}

async fn set_active(probe: &mut Probe, users: &Users, wanted: bool) -> Seen {
    let dialect = Dialect { users: users.clone(), ..probe.dialect.clone() };
    let heard = send(probe, &dialect, Some(wanted), &Fields::new()).await;
    let said_yes = heard.succeeded(&probe.dialect);
    // What was refused needs no patience; what was said to be done may show late, once.
    let begun = Instant::now();
    let pauses = if said_yes { probe.patient_pauses() } else { vec![Duration::ZERO] };
    let mut last = Seen::Otherwise;
    for (looks, pause) in pauses.into_iter().enumerate() {
        tokio::time::sleep(pause).await;
        let heard = accounts::read_first(probe).await;
        let account = heard.body().and_then(|user| read::account(user, &probe.dialect));
        last = match (account.and_then(|account| account.active), heard.status()) {
            (Some(active), _) if active == wanted => Seen::AsWanted,
            (_, Some(404 | 410)) if said_yes && !wanted => Seen::Nobody,
            _ => Seen::Otherwise,
        };
        if last != Seen::Otherwise {
            if looks > 0 {
                probe.lag = probe.lag.max(begun.elapsed());
            }
            return last;
        }
    }
    probe.patience_is_spent |= said_yes;
    last
}

/// The usual first; the configured one is among them.
fn candidates(configured: &Users) -> Vec<Users> {
    let mut all = Vec::new();
    for update in [Update::Patch, Update::PatchWithoutPath, Update::Put] {
        for active in [ActiveForm::Boolean, ActiveForm::Text] {
            all.push(Users { update, active, ..configured.clone() });
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

/// Makes one account the other's manager.
pub(super) async fn check_manager(probe: &mut Probe) -> Finding {
    let Some(manager) = probe.accounts().into_iter().nth(1) else {
        return Finding::untried(
            "manager",
            "there are no accounts of its own to try a manager with",
        );
    };
    let configured = probe.dialect.users.manager;
    let mut accepted = Vec::new();
    for form in [ManagerForm::Complex, ManagerForm::SubAttribute, ManagerForm::Text] {
        if !accepted.is_empty() && form != configured {
            continue;
        }
        // What one form has set must not be taken for another's work.
        if !accepted.is_empty() && !habits::clears(probe, &AttributeName::MANAGER).await {
            break;
        }
        if keeps_manager(probe, form, &manager).await {
            accepted.push(form);
        }
    }
    if accepted.is_empty() {
        return probe
            .found("manager", Mark::Note, "an account's manager is not kept")
            .advise("do not map `enterprise.manager` for this target");
    }
    let is_right = accepted.contains(&configured);
    probe.learn(Fact::Manager(accepted));
    if is_right {
        return probe.found("manager", Mark::Good, "an account's manager is kept");
    }
    probe
        .found("manager", Mark::Change, "a manager is kept, but not in the dialect's form")
        .advise("take the dialect proposed below")
}

async fn keeps_manager(probe: &mut Probe, form: ManagerForm, manager: &ScimId) -> bool {
    let users = Users { manager: form, ..probe.dialect.users.clone() };
    let dialect = Dialect { users, ..probe.dialect.clone() };
    let field = Field::Set(Value::Text(manager.to_string()));
    let fields = Fields::from([(AttributeName::MANAGER, field)]);
    let heard = send(probe, &dialect, None, &fields).await;
    let said_yes = heard.succeeded(&probe.dialect);
    let pauses = if said_yes { probe.pauses_with_lag() } else { vec![Duration::ZERO] };
    for pause in pauses {
        tokio::time::sleep(pause).await;
        let held = held(probe, &AttributeName::MANAGER).await;
        if held.is_some_and(|held| held.eq_ignore_ascii_case(manager.as_str())) {
            return true;
        }
    }
    false
}

/// What a read of the first account shows of an attribute.
pub(super) async fn held(probe: &mut Probe, name: &AttributeName) -> Option<String> {
    let heard = accounts::read_first(probe).await;
    let account = read::account(heard.body()?, &probe.dialect)?;
    account.attributes.get(name).map(Value::to_text)
}
