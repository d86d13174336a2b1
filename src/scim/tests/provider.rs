//! A provider that answers as told and remembers what it was asked.

use crate::model::account::AttributeName;
use crate::model::call::{Answer, Call, CallId, Outcome, Request};
use crate::model::event::TraceContext;
use crate::model::ids::{GroupName, ScimId, TargetName, TenantName};
use crate::model::operation::{GroupRef, Operation};
use crate::scim::{Dialect, Provider, ProviderSettings, TokenSource};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::AbortHandle;

#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: serde_json::Value,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.uri)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// An answer with that status and body.
pub(super) fn reply(status: u16, body: &str) -> Reply {
    reply_of_bytes(status, body.as_bytes().to_vec())
}

/// The same with a body that is no text.
pub(super) fn reply_of_bytes(status: u16, body: Vec<u8>) -> Reply {
    Reply { status, headers: Vec::new(), body }
}

impl Reply {
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[derive(Clone, Default)]
struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

pub(super) struct ScriptedProvider {
    script: Script,
    pub(super) url: String,
    client: Provider,
    task: AbortHandle,
}

impl Drop for ScriptedProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ScriptedProvider {
    /// Gives these answers in order, then 500.
    pub(super) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let script = Script {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            seen: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/scim/v2/", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(serve).with_state(script.clone());
        let task = spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { client: client(&url), script, url, task }
    }

    /// Gives these answers next.
    pub(super) fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.script.replies.lock().unwrap().extend(replies);
    }

    /// Gives these answers next, and none that were still to come.
    pub(super) fn only(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.script.replies.lock().unwrap() = replies.into_iter().collect();
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.seen.lock().unwrap().clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    /// A client of this provider that speaks the dialect in `yaml`.
    pub(super) fn speaking(&self, yaml: &str) -> Provider {
        let dialect = Arc::new(Dialect::parse("of the test", yaml).unwrap());
        Provider::new(ProviderSettings { dialect, ..settings(&self.url) }).unwrap()
    }

    /// What became of `request`.
    pub(super) async fn answer(&self, request: Request) -> Answer {
        self.client.answer(&call(request)).await
    }

    pub(super) async fn outcome(&self, request: Request) -> Outcome {
        self.answer(request).await.outcome
    }

    pub(super) async fn write(&self, operation: Operation) -> Outcome {
        self.outcome(Request::Write(operation)).await
    }
}

async fn serve(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<axum::body::Body> {
    script.seen.lock().unwrap().push(Seen {
        method,
        uri,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let next = script.replies.lock().unwrap().pop_front();
    let Reply { status, headers, body } =
        next.unwrap_or_else(|| reply(500, "nothing more in the script"));
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).unwrap()
}

/// Reads a request, says `answer` to it, and hangs up if told so.
pub(super) async fn raw(answer: &'static str, hang_up: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            stream = read_request(stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            if !hang_up {
                kept.push(stream);
            }
        }
    });
    url
}

/// A port that is bound, so that nothing else on this machine can take it, and never listens.
pub(super) fn nobody() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

async fn read_request(mut stream: TcpStream) -> TcpStream {
    let mut buffer = [0; 4096];
    let _read = stream.read(&mut buffer).await.unwrap();
    stream
}

pub(super) async fn outcome_within(url: &str, limit: Duration, request: Request) -> Outcome {
    let provider = Provider::new(ProviderSettings { request_timeout: limit, ..settings(url) });
    provider.unwrap().answer(&call(request)).await.outcome
}

#[expect(
    clippy::disallowed_methods,
    reason = "a double that lives as long as its test; no shutdown waits for it"
)]
pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
    tokio::spawn(task).abort_handle()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the lease is compared with the wall clock, so the tests need it too"
)]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

pub(super) fn settings(url: &str) -> ProviderSettings {
    ProviderSettings {
        name: TargetName::new("prod"),
        url: url.parse().unwrap(),
        token: TokenSource::Value("s3cret".into()),
        ca_file: None,
        dialect: Arc::new(Dialect::builtin("rfc7644").unwrap()),
        request_timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(20),
    }
}

pub(super) fn client(url: &str) -> Provider {
    Provider::new(settings(url)).unwrap()
}

pub(super) fn call(request: Request) -> Call {
    Call {
        id: CallId(7),
        tenant: TenantName::new("acme"),
        target: TargetName::new("prod"),
        person: None,
        request,
        not_after: now() + Duration::from_mins(1),
        trace: Some(TraceContext {
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            tracestate: Some("vendor=1".to_owned()),
        }),
    }
}

pub(super) fn attribute(name: &str) -> AttributeName {
    AttributeName::parse(name).unwrap()
}

pub(super) fn group(id: &str) -> GroupRef {
    GroupRef { name: GroupName::new("VPN_Allowed"), id: ScimId::new(id) }
}

/// `{op}` of account `u1` and group `g1`.
pub(super) fn add_member() -> Operation {
    Operation::AddMember { account: ScimId::new("u1"), group: group("g1") }
}

pub(super) fn remove_member() -> Operation {
    Operation::RemoveMember { account: ScimId::new("u1"), group: group("g1") }
}

pub(super) fn deactivate() -> Operation {
    Operation::Change {
        account: ScimId::new("u1"),
        active: Some(false),
        attributes: std::collections::BTreeMap::new(),
    }
}
