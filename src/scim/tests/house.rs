//! The sandbox's provider on a port, for trials of its manners.

use super::peer::options;
use super::provider::{settings, spawn};
use crate::clock::Clock;
use crate::scim::probe::{self, Report};
use crate::scim::{Dialect, ProviderSettings};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use usher_lab::provider::directory::{Directory, Group, User};
use usher_lab::provider::manners::Manners;
use usher_lab::provider::quirks::Quirks;
use usher_lab::provider::{Ask, Provider, Token};

type Shared = Arc<(Mutex<Provider>, Clock)>;

pub(super) struct House {
    provider: Shared,
    url: String,
    task: AbortHandle,
}

impl Drop for House {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl House {
    /// With the RFC's manners but for these, three accounts, and a group that one of them is in.
    pub(super) async fn with(quirks: Quirks) -> Self {
        Self::of(Manners { quirks, ..Manners::rfc7644() }).await
    }

    pub(super) async fn of(manners: Manners) -> Self {
        let path = manners.base_path.clone();
        let token = Token { text: "s3cret".to_owned(), expires_at: None };
        let mut provider = Provider::new(Manners::rfc7644(), token, "http://localhost");
        fill(provider.directory_mut());
        provider.behave(manners);
        let provider = Arc::new((Mutex::new(provider), Clock::start()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(serve).with_state(Arc::clone(&provider));
        let task = spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { provider, url, task }
    }

    /// A trial, begun with the dialect of that name or text.
    pub(super) async fn check(&self, dialect: &str, create_users: bool) -> Report {
        let dialect = Dialect::builtin(dialect)
            .unwrap_or_else(|| Dialect::parse("of the test", dialect).unwrap());
        let settings = ProviderSettings { dialect: Arc::new(dialect), ..settings(&self.url) };
        probe::check(settings, options(create_users), std::future::pending()).await.unwrap()
    }

    /// All accounts and groups, as they are.
    pub(super) fn everything(&self) -> (Vec<User>, Vec<Group>) {
        let provider = self.provider.0.lock().unwrap();
        let directory = provider.directory();
        (directory.users().cloned().collect(), directory.groups().cloned().collect())
    }

    /// What was there at first and is as it was then.
    pub(super) fn untouched(&self, before: &(Vec<User>, Vec<Group>)) -> bool {
        let (users, groups) = self.everything();
        before.0.iter().all(|user| users.contains(user))
            && before.1.iter().all(|group| groups.contains(group))
    }
}

fn fill(directory: &mut Directory) {
    let object = |json: Json| -> Map<String, Json> { json.as_object().unwrap().clone() };
    directory.at(Timestamp::UNIX_EPOCH);
    let mut first = None;
    for name in ["kim@example.com", "lee@example.com", "pat@example.com"] {
        let emails = json!([{ "type": "work", "value": name }]);
        let user = object(json!({ "userName": name, "emails": emails, "active": true }));
        let id = directory.create_user(&user).unwrap().id.clone();
        first.get_or_insert(id);
    }
    let members = json!([{ "value": first }]);
    directory.create_group(&object(json!({ "displayName": "Staff", "members": members }))).unwrap();
}

async fn serve(
    State(house): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<String> {
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
    };
    let ask = Ask {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers.iter().map(header).collect(),
        body: body.to_vec(),
    };
    let (provider, clock) = &*house;
    let answer = provider.lock().unwrap().answer(&ask, clock.now());
    let mut response = Response::builder().status(StatusCode::from_u16(answer.status).unwrap());
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    response.body(answer.body.map(|body| body.to_string()).unwrap_or_default()).unwrap()
}
