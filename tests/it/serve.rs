//! `usher serve` beside a sandbox with a worker: what happens there is on the pages, and nothing that is
//! hidden.

use crate::support::broker::free_ports;
use crate::support::replica::PROGRAM;
use crate::support::supervised::{Supervised, signal};
use crate::support::{cache, eventually, measured};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(30);

/// Every page that a tenant has.
const PAGES: [&str; 9] = [
    "overview", "people", "groups", "holds", "parked", "targets", "sources", "commands", "tomorrow",
];

fn directory() -> PathBuf {
    let directory = cache::run_directory().join("serve");
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// The answer: status, head and body.
async fn ask(port: u16, head: &str, body: &str) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, head.to_owned(), body.to_owned()))
}

/// The same with a token.
async fn get(port: u16, path: &str, token: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A token of this role, and the line that lets it in.
fn token(name: &str, role: &str) -> (String, String) {
    let output = Command::new(PROGRAM).args(["serve", "token", name, "--role", role]).output();
    let text = said(&output.unwrap());
    let token = text.split_whitespace().find(|word| word.starts_with("usher_login_")).unwrap();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    (token.to_owned(), line.to_owned())
}

/// The configuration of the sandbox, with what `usher serve` needs besides.
fn configure(sandbox: &Path, pages: u16, http: u16, logins: &str) -> PathBuf {
    let text = std::fs::read_to_string(sandbox.join("usher.yaml")).unwrap();
    let json = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let mut settings: Value = serde_json::from_str(&json).unwrap();
    settings["serve"] =
        json!({ "listen": format!("127.0.0.1:{pages}"), "tokens_file": "logins.yaml" });
    settings["http"] = json!({ "listen": format!("127.0.0.1:{http}") });
    std::fs::write(sandbox.join("logins.yaml"), logins).unwrap();
    let file = sandbox.join("serve.yaml");
    std::fs::write(&file, settings.to_string()).unwrap();
    file
}

async fn publish(scim: u16, topic: &str, kind: &str, id: &str) {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/hr", "type": format!("io.usher.{kind}.v1"),
        "data": {
            "worker": { "employee_id": "1001", "user_name": "ada@example.com", "work_email": "ada@example.com" },
            "profile": { "given_name": "Ada<script>alert(1)</script>", "family_name": "Lovelace" },
        },
    });
    let path = format!("POST /sandbox/topics/{topic}");
    let (status, _, told) = ask(scim, &path, &event.to_string()).await.unwrap();
    assert!(status < 300, "{told}");
}

/// A sandbox with a worker, and pages about it.
struct Stage {
    sandbox: Supervised,
    serve: Supervised,
    scim: u16,
    pages: u16,
    pages_http: u16,
    viewer: String,
    unmask: String,
}

impl Stage {
    async fn set() -> Self {
        let [kafka, scim, http, own, pages, pages_http] = free_ports();
        let directory = directory();
        let files = directory.join("files");
        let mut command = Command::new(PROGRAM);
        command.arg("sandbox").arg("--directory").arg(&files);
        let ports = [
            ("--kafka-port", kafka),
            ("--scim-port", scim),
            ("--http-port", http),
            ("--pages-port", own),
        ];
        for (option, port) in ports {
            command.arg(option).arg(port.to_string());
        }
        let sandbox = Supervised::start(&command, &directory.join("sandbox.log"), None);
        eventually("the sandbox says what to type", SOON, async || {
            sandbox.said().contains("curl -s -X DELETE").then_some(())
        })
        .await;
        let ((viewer, first), (unmask, second)) = (token("vera", "viewer"), token("una", "unmask"));
        let file = configure(&files, pages, pages_http, &format!("{first}\n{second}\n"));
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg("--config").arg(&file);
        let serve = Supervised::start(&command, &directory.join("serve.log"), None);
        eventually("the pages are ready", SOON, async || {
            let (status, _, _) = ask(pages_http, "GET /readyz", "").await?;
            (status == 200).then_some(())
        })
        .await;
        Self { sandbox, serve, scim, pages, pages_http, viewer, unmask }
    }

    /// Waits until a page has all of these.
    async fn until(&self, what: &str, page: &str, texts: &[&str]) {
        eventually(what, SOON, async || {
            let (_, body) = get(self.pages, page, &self.viewer).await?;
            texts.iter().all(|text| body.contains(text)).then_some(())
        })
        .await;
    }

    /// Every page is there, as a file, too, and none tells who it is about.
    async fn walk(&self) {
        for page in PAGES {
            let path = format!("/t/sandbox/{page}");
            let (status, body) = get(self.pages, &path, &self.viewer).await.unwrap();
            assert_eq!(status, 200, "{page}: {body}");
            assert!(!body.contains("ada@example.com") && !body.contains("Lovelace"), "{body}");
            assert!(!body.contains("has not answered") && !body.contains("cannot be read"));
            let file = format!("{path}.csv");
            let (status, csv) = get(self.pages, &file, &self.viewer).await.unwrap();
            assert_eq!(status, 200, "{file}");
            assert!(csv.lines().next().is_some_and(|line| !line.is_empty()), "{file}");
        }
    }

    async fn end(mut self) {
        for process in [&mut self.serve, &mut self.sandbox] {
            signal(process.process(), "TERM");
            let (status, taken) = process.end(Duration::from_secs(10)).await;
            measured("SIGTERM to the end", taken);
            assert!(status.success(), "{status}\n{}", process.said());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_at_a_worker_is_on_the_pages() {
    let stage = Stage::set().await;
    publish(stage.scim, "hr.events", "worker.hired", "1").await;
    let hired = Instant::now();
    let search = "/t/sandbox/people.json?q=ADA%40example.com";
    let person = eventually("Ada is on the pages", SOON, async || {
        let (_, body) = get(stage.pages, search, &stage.viewer).await?;
        let found: Value = serde_json::from_str(&body).ok()?;
        found["result"][0]["person"].as_str().map(ToOwned::to_owned)
    })
    .await;
    measured("an event to the page about its person", hired.elapsed());
    let of_her = format!("/t/sandbox/people/{person}");
    stage.until("her account is made", &of_her, &["at rest", "applied"]).await;
    publish(stage.scim, "hr.events", "worker.terminated", "2").await;
    stage.until("her timeline has the cut", &of_her, &["deactivate", "worker.terminated"]).await;
    stage.walk().await;

    let open = format!("{of_her}?unmask");
    let (_, open) = get(stage.pages, &open, &stage.unmask).await.unwrap();
    assert!(open.contains("ada@example.com"), "{open}");
    assert!(!open.contains("<script>alert"), "{open}");
    let seen = eventually("the look is logged, without her name", SOON, async || {
        let said = stage.serve.said();
        said.contains("names and values of a person are shown").then_some(said)
    })
    .await;
    assert!(seen.contains("una") && seen.contains(&person));
    assert!(!seen.contains("ada@example.com") && !seen.contains(&stage.unmask), "{seen}");
    let (_, _, metrics) = ask(stage.pages_http, "GET /metrics", "").await.unwrap();
    assert!(metrics.contains("usher_unmasked_looks_total 1\n"), "{metrics}");
    stage.end().await;
}
