//! PUT is a read and a write: slow reads, cuts in between, and connections that are just closed.

use super::provider::{attribute, call, deactivate, now, settings, spawn};
use crate::model::account::Value;
use crate::model::call::{Call, Landed, Outcome, Request};
use crate::model::ids::ScimId;
use crate::model::operation::{Field, Operation};
use crate::scim::{Dialect, Provider, ProviderSettings};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, Response, StatusCode};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, Notify};

/// One account behind PUT.
#[derive(Clone)]
struct OneAccount {
    body: Arc<Mutex<Json>>,
    methods: Arc<Mutex<Vec<Method>>>,
    /// How long a read takes.
    delay: Duration,
    /// The first read waits for it.
    gate: Option<Arc<Notify>>,
    reads: Arc<AtomicUsize>,
    read_begins: Arc<Notify>,
}

impl OneAccount {
    fn new(delay: Duration, gate: Option<Arc<Notify>>) -> Self {
        let body = json!({ "id": "u1", "userName": "kim", "active": true });
        Self {
            body: Arc::new(Mutex::new(body)),
            methods: Arc::default(),
            delay,
            gate,
            reads: Arc::default(),
            read_begins: Arc::default(),
        }
    }

    async fn start(&self) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/scim/v2/", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(serve).with_state(self.clone());
        spawn(async move { axum::serve(listener, router).await.unwrap() });
        let dialect = Dialect::parse("of the test", "users: { update: put }").unwrap();
        let settings = ProviderSettings { dialect: Arc::new(dialect), ..settings(&url) };
        Provider::new(settings).unwrap()
    }

    fn is_active(&self) -> bool {
        self.body.lock().unwrap()["active"] == json!(true)
    }

    fn count(&self, method: &Method) -> usize {
        self.methods.lock().unwrap().iter().filter(|it| *it == method).count()
    }
}

async fn serve(State(one): State<OneAccount>, method: Method, body: Bytes) -> Response<String> {
    one.methods.lock().unwrap().push(method.clone());
    if method == Method::PUT {
        *one.body.lock().unwrap() = serde_json::from_slice(&body).unwrap();
    }
    let shown = one.body.lock().unwrap().to_string();
    if method == Method::GET {
        let is_first = one.reads.fetch_add(1, Ordering::SeqCst) == 0;
        one.read_begins.notify_one();
        if let Some(gate) = one.gate.as_ref().filter(|_| is_first) {
            gate.notified().await;
        }
        tokio::time::sleep(one.delay).await;
    }
    Response::builder().status(StatusCode::OK).body(shown).unwrap()
}

fn title() -> Operation {
    let title = (attribute("title"), Field::Set(Value::Text("Lead".to_owned())));
    Operation::Change { account: ScimId::new("u1"), active: None, attributes: [title].into() }
}

/// A call whose lease lasts as long.
fn leased(operation: Operation, lease: Duration) -> Call {
    Call { not_after: now() + lease, ..call(Request::Write(operation)) }
}

#[tokio::test]
async fn a_cut_by_put_leaves_though_its_read_takes_longer_than_the_lease() {
    let one = OneAccount::new(Duration::from_millis(600), None);
    let provider = one.start().await;
    let lease = Duration::from_millis(300);
    let first = provider.answer(&leased(deactivate(), lease)).await;
    assert_eq!(first.outcome, Outcome::NotSent);
    let second = provider.answer(&leased(deactivate(), lease)).await;
    assert!(matches!(second.outcome, Outcome::Done(_)), "{second:?}");
    assert!(!one.is_active());
    assert_eq!(one.count(&Method::GET), 1, "what was read a moment ago is gone by");
}

#[tokio::test]
async fn a_put_from_an_older_read_does_not_undo_a_cut_made_in_between() {
    let gate = Arc::new(Notify::new());
    let one = OneAccount::new(Duration::ZERO, Some(Arc::clone(&gate)));
    let provider = Arc::new(one.start().await);
    let lease = Duration::from_secs(30);
    let older = {
        let provider = Arc::clone(&provider);
        async move { provider.answer(&leased(title(), lease)).await }
    };
    let cut = async {
        one.read_begins.notified().await;
        let cut = provider.answer(&leased(deactivate(), lease)).await;
        gate.notify_one();
        cut
    };
    let (older, cut) = tokio::join!(older, cut);
    assert!(matches!(cut.outcome, Outcome::Done(_)), "{cut:?}");
    assert_eq!(older.outcome, Outcome::NotSent);
    assert!(!one.is_active());
    let again = provider.answer(&leased(title(), lease)).await;
    assert!(matches!(again.outcome, Outcome::Done(_)), "{again:?}");
    assert!(!one.is_active(), "and it stays so");
}

/// Answers 204 on every connection; once told, closes the old ones without a word when they are used.
async fn closes_old_connections(closing: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/scim/v2/", listener.local_addr().unwrap());
    let both = Arc::new(Barrier::new(2));
    spawn(async move {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept().await {
            number += 1;
            let first = (number <= 2).then(|| Arc::clone(&both));
            spawn(serve_connection(stream, first, Arc::clone(&closing)));
        }
    });
    url
}

async fn serve_connection(
    mut stream: TcpStream,
    mut first: Option<Arc<Barrier>>,
    closing: Arc<AtomicBool>,
) {
    let is_old = first.is_some();
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
        if is_old && closing.load(Ordering::SeqCst) {
            return;
        }
        if let Some(both) = first.take() {
            both.wait().await;
        }
        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn after_a_connection_that_was_just_closed_the_cut_goes_out_on_a_new_one() {
    let closing = Arc::new(AtomicBool::new(false));
    let url = closes_old_connections(Arc::clone(&closing)).await;
    let provider = Provider::new(settings(&url)).unwrap();
    let cut = || leased(deactivate(), Duration::from_secs(30));
    let (first, second) = (cut(), cut());
    let (one, other) = tokio::join!(provider.answer(&first), provider.answer(&second));
    assert!(matches!((one.outcome, other.outcome), (Outcome::Done(_), Outcome::Done(_))));
    closing.store(true, Ordering::SeqCst);
    let broken = provider.answer(&cut()).await;
    let is_in_doubt =
        matches!(&broken.outcome, Outcome::Failed(failure) if failure.landed == Landed::Maybe);
    assert!(is_in_doubt, "{broken:?}");
    let again = provider.answer(&cut()).await;
    assert!(matches!(again.outcome, Outcome::Done(_)), "{again:?}");
}
