//! Habits that no dialect can guess: accounts that vanish when they are inactive, reads that lag, what
//! clears an attribute, and what the answer to a change is worth.

use super::facts::Fact;
use super::made::{self, Kind};
use super::updates::{Fields, held, send};
use super::wire::Heard;
use super::{Finding, Mark, Probe, accounts};
use crate::model::account::{AttributeName, Value};
use crate::model::ids::ScimId;
use crate::model::operation::Field;
use crate::scim::body::patch;
use crate::scim::client::NoResponse;
use crate::scim::dialect::{ActiveForm, ClearForm, Update};
use crate::scim::read;
use reqwest::Method;
use serde_json::{Value as Json, json};

/// Attributes that no provider needs, to be set and cleared.
const SPARE: [&str; 3] = ["title", "nickName", "userType"];

/// An account is not there any more as soon as it is inactive: it is hidden, or it is gone.
///
/// Its name tells which. It is left as it is, for nothing is written to what is not seen; another one
/// is made in its place.
pub(super) async fn vanished(probe: &mut Probe, accepted: Vec<(Update, ActiveForm)>) -> Finding {
    probe.learn(Fact::Update(accepted));
    let first = probe.accounts().into_iter().next();
    let Some(name) = first.as_ref().and_then(|id| probe.name_of(id)).map(str::to_owned) else {
        return Finding::untried("update", "there is no account of its own to change");
    };
    let again = made::create_again(probe, &name).await;
    let is_taken = again.status() == Some(409);
    probe.set_vanished(&name, is_taken);
    if probe.accounts().len() < 2 {
        accounts::create(probe, "", |user| user).await;
    }
    if is_taken {
        let conclusion = "an account can be deactivated; it is hidden then, and its name is taken";
        return probe.found("update", Mark::Note, conclusion).advise(
            "what usher has deactivated it cannot see; whoever comes back is found by nobody but by the \
             id that usher remembers",
        );
    }
    let conclusion = "an account that is deactivated is gone, and its name is free";
    probe.found("update", Mark::Note, conclusion).advise(
        "to deactivate is to delete here: whoever comes back gets a new account, and loses what was in \
         the old one",
    )
}

/// How late a change shows.
pub(super) fn check_lag(probe: &mut Probe) -> Option<Finding> {
    let lag = Some(probe.lag).filter(|lag| !lag.is_zero())?;
    let conclusion =
        format!("a change shows about {} s after it is made", lag.as_secs_f64().ceil());
    Some(probe.found("reads", Mark::Note, conclusion).advise(
        "usher reads again for a while before it calls a change failed, so nothing needs to be done; \
         but nobody sees a cut sooner",
    ))
}

/// What clears an attribute: every way is tried, for not all of them may be refused aloud.
pub(super) async fn check_clearing(probe: &mut Probe) -> Finding {
    let Some(name) = spare(probe).await else {
        let why = "no attribute that could be cleared is kept";
        return Finding { exchanges: probe.wire.take_log(), ..Finding::untried("clear", why) };
    };
    let path = name.to_string();
    let ways = [
        (ClearForm::Remove, "a removal", json!({ "op": "remove", "path": path })),
        (ClearForm::Null, "null", json!({ "op": "replace", "path": path, "value": null })),
        (ClearForm::Empty, "an empty text", json!({ "op": "replace", "path": path, "value": "" })),
    ];
    let (mut works, mut forms) = (Vec::new(), Vec::new());
    for (form, way, operation) in ways {
        if !is_set(probe, &name).await {
            break;
        }
        change(probe, operation, &format!(" {path} cleared by {way}")).await;
        if settles(probe, &name, |held| held.is_none()).await {
            works.push(way);
            forms.push(form);
        }
    }
    if works.is_empty() {
        let conclusion = "nothing clears an attribute: what was once set stays";
        return probe.found("clear", Mark::Note, conclusion).advise(
            "when HR takes a value back, it stays here; map only what may stay, or set another value",
        );
    }
    let conclusion = format!("an attribute is cleared by {}", works.join(" and by "));
    let is_right = forms.contains(&probe.dialect.users.clear);
    probe.learn(Fact::Clear(forms));
    if is_right {
        return probe.found("clear", Mark::Good, conclusion);
    }
    probe
        .found("clear", Mark::Change, conclusion)
        .advise("the dialect has another form; take the one proposed below")
}

/// Clears an attribute in whatever way works.
pub(super) async fn clears(probe: &mut Probe, name: &AttributeName) -> bool {
    let fields = Fields::from([(name.clone(), Field::Clear)]);
    let dialect = probe.dialect.clone();
    let heard = send(probe, &dialect, None, &fields).await;
    heard.succeeded(&probe.dialect) && settles(probe, name, |held| held.is_none()).await
}

/// Whether the body of an answer to a PATCH shows what a read shows, or what was asked for.
pub(super) async fn check_answer(probe: &mut Probe) -> Finding {
    if first(probe).is_none() || probe.dialect.users.update == Update::Put {
        return Finding::untried("patch_answer", "there is no PATCH to judge");
    }
    let told = "usher check";
    let mut fields = Fields::new();
    for name in SPARE {
        if let Ok(name) = AttributeName::parse(name) {
            fields.insert(name, Field::Set(Value::Text(told.to_owned())));
        }
    }
    let dialect = probe.dialect.clone();
    let heard = send(probe, &dialect, None, &fields).await;
    let Some(answer) = heard.body().and_then(|body| read::account(body, &dialect)) else {
        let conclusion = format!("a change is answered without the account: {}", heard.words());
        return probe.found("patch_answer", Mark::Good, conclusion);
    };
    let says = |account: &crate::model::account::Account, name: &AttributeName| {
        account.attributes.get(name).is_some_and(|held| held.to_text() == told)
    };
    let mut kept = Vec::new();
    for name in fields.keys() {
        kept.push((name, settles(probe, name, |held| held == Some(told)).await));
    }
    let is_echo = kept.iter().any(|(name, is_kept)| says(&answer, name) && !is_kept);
    let knows = kept.iter().any(|(name, is_kept)| !says(&answer, name) && !is_kept);
    if is_echo {
        let conclusion =
            "the answer to a change is an echo: it shows what was asked for, kept or not";
        return probe.found("patch_answer", Mark::Note, conclusion).advise(
            "only a read tells what is so; usher reads back whatever cuts or gives access",
        );
    }
    let conclusion = if knows {
        "the answer to a change shows what is kept, and leaves out what is not"
    } else {
        "the answer to a change shows what is kept, as far as can be told: everything was"
    };
    probe.found("patch_answer", Mark::Good, conclusion)
}

fn first(probe: &Probe) -> Option<ScimId> {
    probe.accounts().into_iter().next()
}

/// An attribute that the first account keeps.
async fn spare(probe: &mut Probe) -> Option<AttributeName> {
    if probe.dialect.users.update == Update::Put {
        return None;
    }
    first(probe)?;
    for name in SPARE {
        let Ok(name) = AttributeName::parse(name) else { continue };
        if is_set(probe, &name).await {
            return Some(name);
        }
    }
    None
}

async fn is_set(probe: &mut Probe, name: &AttributeName) -> bool {
    if held(probe, name).await.is_some() {
        return true;
    }
    let value = Field::Set(Value::Text("usher check".to_owned()));
    let fields = Fields::from([(name.clone(), value)]);
    let dialect = probe.dialect.clone();
    let heard = send(probe, &dialect, None, &fields).await;
    heard.succeeded(&probe.dialect) && settles(probe, name, |held| held.is_some()).await
}

/// Whether reads show it as it should be, sooner or later.
async fn settles(
    probe: &mut Probe,
    name: &AttributeName,
    wanted: impl Fn(Option<&str>) -> bool,
) -> bool {
    for pause in probe.pauses_with_lag() {
        tokio::time::sleep(pause).await;
        if wanted(held(probe, name).await.as_deref()) {
            return true;
        }
    }
    false
}

/// One operation on the first account.
async fn change(probe: &mut Probe, operation: Json, shown: &str) -> Heard {
    let body = patch(&[operation]);
    match first(probe) {
        Some(id) => made::write(probe, Kind::User, &id, (Method::PATCH, shown), Some(body)).await,
        None => Heard(Err(NoResponse::LeaseOver)),
    }
}
