//! The pages below `/sandbox`: look, and tell it to misbehave.

use super::House;
use super::misbehave::response;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, Uri, header};
use axum::routing::{get, post};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use usher_lab::provider::faults::Fault;
use usher_lab::provider::state;
use usher_lab::provider::{Answer, Token};

/// What a page needs to be shown.
type Page = Response<Body>;

pub(super) fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/sandbox/state", get(show_state))
        .route("/sandbox/calls", get(show_calls))
        .route("/sandbox/faults", get(show_faults).post(add_fault).delete(clear_faults))
        .route("/sandbox/token", post(replace_token))
        .route("/sandbox/manners", post(behave))
        .route("/sandbox/ids", post(move_ids))
        .route("/sandbox/topics/{topic}", get(show_topic).post(publish))
}

async fn show_state(State(house): State<Arc<House>>) -> Page {
    let mut shown = json!(state::of(&house.provider()));
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("calls".to_owned(), house.calls().total().into());
        shown.insert("faults".to_owned(), json!(house.open_faults()));
    }
    page(200, &shown)
}

async fn show_calls(State(house): State<Arc<House>>, uri: Uri) -> Page {
    let after = parameter(&uri, "after").unwrap_or(0);
    page(200, &json!({ "calls": house.calls().after(after) }))
}

async fn show_faults(State(house): State<Arc<House>>) -> Page {
    page(200, &json!({ "faults": house.open_faults() }))
}

async fn add_fault(State(house): State<Arc<House>>, body: Bytes) -> Page {
    match Fault::parse(&body) {
        Ok(fault) => {
            house.add_fault(fault);
            page(201, &json!({ "faults": house.open_faults() }))
        }
        Err(error) => page(400, &json!({ "error": crate::observe::chain(&error) })),
    }
}

async fn clear_faults(State(house): State<Arc<House>>) -> Page {
    house.faults().clear();
    page(200, &json!({ "faults": [] }))
}

/// `{"token": "…"}`: the old one is worth nothing from now on.
async fn replace_token(State(house): State<Arc<House>>, body: Bytes) -> Page {
    let body: Json = serde_json::from_slice(&body).unwrap_or_default();
    match body.get("token").and_then(Json::as_str).filter(|token| !token.is_empty()) {
        Some(token) => {
            let token = Token { text: token.to_owned(), expires_at: None };
            house.provider().replace_token(token);
            page(200, &json!({}))
        }
        None => page(400, &json!({ "error": "write {\"token\": \"…\"}" })),
    }
}

/// `{"inactive_users_are_hidden": true}`: these switches are set from now on.
async fn behave(State(house): State<Arc<House>>, body: Bytes) -> Page {
    let Ok(Json::Object(switches)) = serde_json::from_slice(&body) else {
        return page(400, &json!({ "error": "write {\"NAME\": VALUE, …}, as of --manner" }));
    };
    let mut provider = house.provider();
    let manners = provider.directory().manners().clone();
    let set = switches
        .into_iter()
        .try_fold(manners, |manners, (name, value)| manners.with_json(&name, value));
    match set {
        Ok(manners) => {
            provider.behave(manners);
            page(200, &json!({}))
        }
        Err(error) => page(400, &json!({ "error": crate::observe::chain(&error) })),
    }
}

/// `{"ids": "renewed"}` or `{"ids": "rotated"}`, as after a restore.
async fn move_ids(State(house): State<Arc<House>>, body: Bytes) -> Page {
    let body: Json = serde_json::from_slice(&body).unwrap_or_default();
    let mut provider = house.provider();
    let _moved = match body.get("ids").and_then(Json::as_str) {
        Some("renewed") => provider.directory_mut().renew_ids(),
        Some("rotated") => provider.directory_mut().rotate_user_ids(),
        _ => {
            let wrong = "write {\"ids\": \"renewed\"} or {\"ids\": \"rotated\"}";
            return page(400, &json!({ "error": wrong }));
        }
    };
    page(200, &json!({}))
}

/// The body becomes one record.
async fn publish(
    State(house): State<Arc<House>>,
    Path(topic): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Page {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // What curl says of any body is no help to a decoder.
    let media_type = media_type.filter(|name| *name != "application/x-www-form-urlencoded");
    match house.kafka.publish(&topic, None, &body, media_type).await {
        Ok(()) => page(201, &json!({})),
        Err(error) => page(400, &json!({ "error": crate::observe::chain(&error) })),
    }
}

async fn show_topic(State(house): State<Arc<House>>, Path(topic): Path<String>) -> Page {
    match house.kafka.read(&topic).await {
        Ok(records) => page(200, &json!({ "records": records })),
        Err(error) => page(400, &json!({ "error": crate::observe::chain(&error) })),
    }
}

fn parameter(uri: &Uri, name: &str) -> Option<u64> {
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| *found == name)?.1.parse().ok()
}

/// With a line of its own, for terminals.
fn page(status: u16, body: &Json) -> Page {
    let text = format!("{body:#}\n");
    response(&Answer::plain(status, Json::Null), Body::from(text))
}
