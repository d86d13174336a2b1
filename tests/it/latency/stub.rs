//! A SCIM provider that does little, answers after a set time, and remembers when it was called.

use super::load::Person;
use crate::support::eventually;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Clone)]
pub(crate) struct Stub {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    answers_after: Duration,
    users: Mutex<BTreeMap<String, bool>>,
    /// The first deactivation of each account, by user name.
    cuts: Mutex<BTreeMap<String, Instant>>,
}

impl Stub {
    pub(crate) async fn start(answers_after: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared =
            Arc::new(Shared { answers_after, users: Mutex::default(), cuts: Mutex::default() });
        let router = Router::new()
            .route("/Users", get(find).post(create))
            .route("/Users/{name}", get(read).patch(change))
            .route("/Groups", get(no_groups))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until everybody has an account.
    pub(crate) async fn all_there(&self, people: &[Person]) {
        eventually("everybody has an account", PATIENCE, async || {
            let users = self.shared.users.lock().unwrap();
            people.iter().all(|person| users.contains_key(&person.user_name)).then_some(())
        })
        .await;
    }

    /// Waits until everybody was cut, says when, and forgets it and them.
    pub(crate) async fn cuts_of(&self, people: &[Person]) -> Vec<Instant> {
        eventually("everybody is cut", PATIENCE, async || {
            let mut cuts = self.shared.cuts.lock().unwrap();
            let all: Option<Vec<_>> =
                people.iter().map(|person| cuts.get(&person.user_name).copied()).collect();
            all.inspect(|_| {
                cuts.clear();
                // Who was made inactive by one loop would be so already for the next.
                self.shared.users.lock().unwrap().clear();
            })
        })
        .await
    }
}

fn answer(status: StatusCode, body: &Value) -> impl IntoResponse + use<> {
    (status, [(CONTENT_TYPE, "application/scim+json")], body.to_string())
}

fn user(name: &str, active: bool) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": name,
        "userName": name,
        "active": active,
    })
}

fn list(resources: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "Resources": resources,
    })
}

async fn no_groups(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    tokio::time::sleep(shared.answers_after).await;
    answer(StatusCode::OK, &list(&[]))
}

async fn find(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> impl IntoResponse {
    tokio::time::sleep(shared.answers_after).await;
    let query = query.unwrap_or_default();
    let mut parts = url::form_urlencoded::parse(query.as_bytes());
    let filter = parts.find(|(name, _)| name == "filter").map(|(_, filter)| filter);
    let filter = filter.unwrap_or_default();
    let name = filter.split('"').nth(1).unwrap_or_default();
    let active = shared.users.lock().unwrap().get(name).copied();
    let found: Vec<_> = active.map(|active| user(name, active)).into_iter().collect();
    answer(StatusCode::OK, &list(&found))
}

async fn create(State(shared): State<Arc<Shared>>, body: String) -> impl IntoResponse {
    tokio::time::sleep(shared.answers_after).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    let name = body["userName"].as_str().unwrap_or_default().to_owned();
    shared.users.lock().unwrap().insert(name.clone(), true);
    answer(StatusCode::CREATED, &user(&name, true))
}

async fn read(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> impl IntoResponse {
    tokio::time::sleep(shared.answers_after).await;
    match shared.users.lock().unwrap().get(&name) {
        Some(active) => answer(StatusCode::OK, &user(&name, *active)),
        None => answer(StatusCode::NOT_FOUND, &json!({ "status": "404" })),
    }
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: String,
) -> impl IntoResponse {
    let arrived = Instant::now();
    tokio::time::sleep(shared.answers_after).await;
    let is_cut = body.contains("false");
    if is_cut {
        shared.cuts.lock().unwrap().entry(name.clone()).or_insert(arrived);
    }
    shared.users.lock().unwrap().insert(name.clone(), !is_cut);
    answer(StatusCode::OK, &user(&name, !is_cut))
}
