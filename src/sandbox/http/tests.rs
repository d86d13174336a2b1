//! What a client sees on the wire when something goes wrong.

use crate::sandbox::kafka::Topic;
use crate::sandbox::{Sandbox, Settings};
use crate::shutdown::Shutdown;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::io;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use usher_lab::provider::Token;
use usher_lab::provider::faults::{Fault, Kind};
use usher_lab::provider::manners::Manners;
use usher_lab::provider::quirks::Quirks;

async fn sandbox() -> Sandbox {
    sandbox_with(Quirks::default()).await
}

async fn sandbox_with(quirks: Quirks) -> Sandbox {
    let settings = Settings {
        manners: Manners { calls_per_second: None, quirks, ..Manners::netskope() },
        token: Token { text: "s3cret".to_owned(), expires_at: None },
        scim_port: 0,
        kafka_port: 0,
        topics: vec![Topic { name: "events".to_owned(), partitions: 2 }],
        groups: vec!["VPN".to_owned()],
        users: Vec::new(),
        faults: Vec::new(),
        seed: 1,
    };
    Sandbox::start(settings, &Shutdown::new()).await.unwrap()
}

/// All that came, and how the connection ended.
struct Heard {
    text: String,
    end: io::Result<()>,
}

impl Heard {
    fn status(&self) -> Option<u16> {
        self.text.split(' ').nth(1)?.parse().ok()
    }

    fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split_once("\r\n\r\n").map_or("", |(head, _)| head);
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

async fn send(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Heard {
    let (bytes, end) = exchange(sandbox, method, path, body).await;
    Heard { text: String::from_utf8(bytes).unwrap(), end }
}

async fn send_bytes(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Vec<u8> {
    exchange(sandbox, method, path, body).await.0
}

async fn exchange(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    body: &str,
) -> (Vec<u8>, io::Result<()>) {
    let address = sandbox.url().replace("http://", "");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer s3cret\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await.map(drop);
    (bytes, end)
}

async fn create(sandbox: &Sandbox, name: &str) -> Heard {
    let user = json!({ "userName": name }).to_string();
    send(sandbox, "POST", "/api/v2/scim/Users", &user).await
}

fn is_there(sandbox: &Sandbox, name: &str) -> bool {
    sandbox.state().user(name).is_some()
}

#[tokio::test]
async fn without_a_fault_everything_is_as_it_should_be() {
    let sandbox = sandbox().await;
    let heard = create(&sandbox, "ada").await;
    assert_eq!((heard.status(), heard.header("ratelimit-limit")), (Some(201), None));
    assert!(heard.end.is_ok() && is_there(&sandbox, "ada"));
    let location = heard.header("location").unwrap();
    assert!(location.starts_with(&sandbox.scim_url()), "{location}");
    let path = location.strip_prefix(&sandbox.url()).unwrap();
    assert_eq!(send(&sandbox, "GET", path, "").await.status(), Some(200));
}

#[tokio::test]
async fn a_status_is_told_and_nothing_done() {
    let sandbox = sandbox().await;
    sandbox.add_fault(Fault::from_pairs("kind=status,status=429,retry_after=7").unwrap());
    let heard = create(&sandbox, "ada").await;
    assert_eq!((heard.status(), heard.header("retry-after")), (Some(429), Some("7")));
    sandbox.add_fault(Fault::new(Kind::OkWithError));
    let heard = create(&sandbox, "ada").await;
    let body: Value = serde_json::from_str(heard.body()).unwrap();
    assert_eq!((heard.status(), &body["status"]), (Some(200), &json!("error")));
    assert!(!is_there(&sandbox, "ada"));
}

#[tokio::test]
async fn a_reset_does_nothing_and_a_dropped_reply_does_it() {
    let sandbox = sandbox().await;
    for (kind, name, is_done) in [(Kind::Reset, "ada", false), (Kind::DropReply, "bob", true)] {
        sandbox.add_fault(Fault::new(kind));
        let heard = create(&sandbox, name).await;
        assert_eq!(heard.text, "");
        let error = heard.end.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{kind:?}");
        assert_eq!(is_there(&sandbox, name), is_done, "{kind:?}");
    }
}

#[tokio::test]
async fn half_a_body_comes_and_no_more() {
    let sandbox = sandbox().await;
    sandbox.add_fault(Fault::new(Kind::HalfBody));
    let heard = create(&sandbox, "ada").await;
    let whole: usize = heard.header("content-length").unwrap().parse().unwrap();
    assert_eq!((heard.status(), heard.body().len()), (Some(201), whole / 2));
    assert!(is_there(&sandbox, "ada"));
}

#[tokio::test]
async fn a_good_answer_may_be_said_to_be_html() {
    let sandbox = sandbox().await;
    sandbox.add_fault(Fault::new(Kind::WrongMediaType));
    let heard = create(&sandbox, "ada").await;
    assert_eq!(heard.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(serde_json::from_str::<Value>(heard.body()).is_ok());
}

#[tokio::test]
async fn a_slow_call_is_done_before_it_is_answered() {
    let sandbox = sandbox().await;
    let after = Some(SignedDuration::from_millis(300));
    sandbox.add_fault(Fault { after, ..Fault::new(Kind::Slow) });
    let began = Instant::now();
    let heard = create(&sandbox, "ada").await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!((heard.status(), is_there(&sandbox, "ada")), (Some(201), true));
}

#[tokio::test]
async fn a_late_call_lands_after_its_answer() {
    let sandbox = sandbox().await;
    let after = Some(SignedDuration::from_millis(500));
    sandbox.add_fault(Fault { after, ..Fault::new(Kind::LandLate) });
    let heard = create(&sandbox, "ada").await;
    assert_eq!((heard.status(), is_there(&sandbox, "ada")), (Some(504), false));
    let landed = async {
        while !is_there(&sandbox, "ada") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), landed).await.unwrap();
}

#[tokio::test]
async fn the_pages_show_and_control() {
    let sandbox = sandbox().await;
    let fault = r#"{"kind":"reset","only":"writes","next":2}"#;
    assert_eq!(send(&sandbox, "POST", "/sandbox/faults", fault).await.status(), Some(201));
    let refused = send(&sandbox, "POST", "/sandbox/faults", r#"{"kind":"no"}"#).await;
    assert_eq!(refused.status(), Some(400));
    assert!(create(&sandbox, "ada").await.end.is_err());
    let state = send(&sandbox, "GET", "/sandbox/state", "").await;
    let state: Value = serde_json::from_str(state.body()).unwrap();
    assert_eq!(state["groups"][0]["name"], json!("VPN"));
    assert_eq!(state["faults"][0]["kind"], json!("reset"));
    assert_eq!(send(&sandbox, "DELETE", "/sandbox/faults", "").await.status(), Some(200));
    assert_eq!(create(&sandbox, "ada").await.status(), Some(201));
    let calls = send(&sandbox, "GET", "/sandbox/calls?after=1", "").await;
    let calls: Value = serde_json::from_str(calls.body()).unwrap();
    assert_eq!(calls["calls"][0]["body"]["userName"], json!("ada"));
    assert_eq!(calls["calls"].as_array().unwrap().len(), 1);
    let token = r#"{"token":"another"}"#;
    assert_eq!(send(&sandbox, "POST", "/sandbox/token", token).await.status(), Some(200));
    assert_eq!(create(&sandbox, "bob").await.status(), Some(401));
}

#[tokio::test]
async fn a_record_is_written_and_read_by_http() {
    let sandbox = sandbox().await;
    let written = send(&sandbox, "POST", "/sandbox/topics/events", r#"{"n":1}"#).await;
    assert_eq!(written.status(), Some(201), "{}", written.text);
    let read = send(&sandbox, "GET", "/sandbox/topics/events", "").await;
    let read: Value = serde_json::from_str(read.body()).unwrap();
    assert_eq!(read["records"][0]["value"], json!({ "n": 1 }));
    let unknown = send(&sandbox, "POST", "/sandbox/topics/evnets", "x").await;
    assert_eq!(unknown.status(), Some(400));
    assert!(unknown.body().contains("there are: events"), "{}", unknown.text);
    let mut records = sandbox.kafka().follow("events").unwrap();
    assert_eq!(records.recv().await.unwrap().value, json!({ "n": 1 }));
}

#[tokio::test]
async fn bodies_begin_with_a_mark_or_are_packed_unasked() {
    let marked = Quirks { bodies_begin_with_bom: true, ..Quirks::default() };
    let heard = create(&sandbox_with(marked).await, "ada").await;
    assert!(heard.body().starts_with("\u{feff}{"), "{}", heard.body());

    let packed = Quirks { bodies_are_gzipped: true, ..Quirks::default() };
    let sandbox = sandbox_with(packed).await;
    let length = |heard: &Heard| heard.header("content-length").map(str::to_owned);
    let heard = send_bytes(&sandbox, "GET", "/api/v2/scim/Users", "").await;
    let head = String::from_utf8_lossy(&heard);
    assert!(head.contains("content-encoding: gzip"), "{head}");
    // What is asked of the sandbox itself is not packed.
    assert!(length(&send(&sandbox, "GET", "/sandbox/state", "").await).is_some());
}

#[tokio::test]
async fn reads_writes_and_new_connections_take_their_time() {
    let slow = SignedDuration::from_millis(150);
    for (quirks, is_slow_to_write) in [
        (Quirks { reads_take: slow, ..Quirks::default() }, false),
        (Quirks { writes_take: slow, ..Quirks::default() }, true),
        (Quirks { connections_take: slow, ..Quirks::default() }, true),
    ] {
        let is_slow_to_read = !quirks.reads_take.is_zero() || !quirks.connections_take.is_zero();
        let sandbox = sandbox_with(quirks).await;
        let begun = Instant::now();
        assert_eq!(create(&sandbox, "ada").await.status(), Some(201));
        assert!(!is_slow_to_write || begun.elapsed() >= slow.unsigned_abs());
        let begun = Instant::now();
        assert_eq!(send(&sandbox, "GET", "/api/v2/scim/Users", "").await.status(), Some(200));
        assert!(!is_slow_to_read || begun.elapsed() >= slow.unsigned_abs());
    }
}

#[tokio::test]
async fn manners_change_while_it_runs() {
    let sandbox = sandbox().await;
    create(&sandbox, "ada").await;
    let hidden = r#"{"inactive_users_are_hidden":true,"user_reads_lag":"20s"}"#;
    assert_eq!(send(&sandbox, "POST", "/sandbox/manners", hidden).await.status(), Some(200));
    let quirks = sandbox.state().manners.quirks;
    assert!(quirks.inactive_users_are_hidden && !quirks.user_reads_lag.is_zero());
    let wrong = send(&sandbox, "POST", "/sandbox/manners", r#"{"inactive":true}"#).await;
    assert_eq!(wrong.status(), Some(400));
    assert!(wrong.body().contains("inactive_users_are_hidden"), "{}", wrong.body());

    let id = sandbox.state().user("ada").unwrap().id.clone();
    let moved = send(&sandbox, "POST", "/sandbox/ids", r#"{"ids":"renewed"}"#).await;
    assert_eq!(moved.status(), Some(200));
    assert_ne!(sandbox.state().user("ada").unwrap().id, id);
}
