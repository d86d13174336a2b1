//! A sandbox with a worker, and `usher serve` beside it with two logins.

use super::broker::free_ports;
use super::replica::PROGRAM;
use super::supervised::{Supervised, signal};
use super::{cache, eventually, measured};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Every page that a tenant has.
pub(crate) const PAGES: [&str; 12] = [
    "overview", "people", "accounts", "groups", "findings", "seats", "holds", "parked", "targets",
    "sources", "commands", "tomorrow",
];

/// Whom HR lists: nobody whom the tests hire but Ada, so that there is something to find; and as many as the
/// sandbox's own list has.
const ROSTER: &str = "Employee Number,Name,Email\n\
    E-ada,Ada Lovelace,ada@example.com\n\
    E-1,Pia First,p1@example.com\n\
    E-2,Piet Second,p2@example.com\n\
    E-3,Petra Third,p3@example.com\n\
    E-4,Paolo Fourth,p4@example.com\n";

/// The answer: status and body.
pub(crate) async fn ask(
    port: u16,
    head: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let length = body.len();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{}content-length: {length}\r\n\r\n{body}",
        headers.concat()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// A page, asked for by a program that has this token.
pub(crate) async fn get(port: u16, path: &str, token: &str) -> Option<(u16, String)> {
    let bearer = format!("Bearer {token}");
    ask(port, &format!("GET {path}"), &[("authorization", &bearer)], "").await
}

/// A token of this role, and the line that lets it in.
fn token(name: &str, role: &str) -> (String, String) {
    let output = Command::new(PROGRAM).args(["serve", "token", name, "--role", role]).output();
    let text = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
    let token = text.split_whitespace().find(|word| word.starts_with("usher_login_")).unwrap();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    (token.to_owned(), line.to_owned())
}

/// The configuration of the sandbox, with what `usher serve` needs besides.
fn configure(sandbox: &Path, pages: u16, http: u16, logins: &str) -> PathBuf {
    let text = std::fs::read_to_string(sandbox.join("usher.yaml")).unwrap();
    let json = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let mut settings: Value = serde_json::from_str(&json).unwrap();
    settings["serve"] = json!({ "listen": format!("127.0.0.1:{pages}"), "tokens_file": "logins.yaml", "compare_every": "1s" });
    let tenant = &mut settings["tenants"][0];
    tenant["roster"] =
        json!({ "file": "listed.csv", "preset": "plain", "expect": { "rows_least": 1 } });
    tenant["targets"][0]["seats"] = json!({ "bought": 5, "cost": 9.5, "currency": "EUR", "per": "month", "counts": "provisioned" });
    std::fs::write(sandbox.join("listed.csv"), ROSTER).unwrap();
    settings["http"] = json!({ "listen": format!("127.0.0.1:{http}") });
    std::fs::write(sandbox.join("logins.yaml"), logins).unwrap();
    let file = sandbox.join("serve.yaml");
    std::fs::write(&file, settings.to_string()).unwrap();
    file
}

/// A sandbox with a worker, and pages about it.
pub(crate) struct Stage {
    pub(crate) sandbox: Supervised,
    pub(crate) serve: Supervised,
    /// Where the sandbox keeps its files.
    pub(crate) files: PathBuf,
    pub(crate) scim: u16,
    pub(crate) pages: u16,
    pub(crate) pages_http: u16,
    pub(crate) viewer: String,
    pub(crate) unmask: String,
}

impl Stage {
    pub(crate) async fn set(name: &str) -> Self {
        let [kafka, scim, http, own, pages, pages_http] = free_ports();
        let directory = cache::run_directory().join(name);
        std::fs::create_dir_all(&directory).unwrap();
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
            let (status, _) = ask(pages_http, "GET /readyz", &[], "").await?;
            (status == 200).then_some(())
        })
        .await;
        Self { sandbox, serve, files, scim, pages, pages_http, viewer, unmask }
    }

    /// Writes a record of a topic.
    pub(crate) async fn publish(&self, topic: &str, event: &Value) {
        let path = format!("POST /sandbox/topics/{topic}");
        let (status, told) = ask(self.scim, &path, &[], &event.to_string()).await.unwrap();
        assert!(status < 300, "{told}");
    }

    /// Waits until a page has all of these.
    pub(crate) async fn until(&self, what: &str, page: &str, texts: &[&str]) {
        eventually(what, SOON, async || {
            let (_, body) = get(self.pages, page, &self.viewer).await?;
            texts.iter().all(|text| body.contains(text)).then_some(())
        })
        .await;
    }

    pub(crate) async fn end(mut self) {
        for process in [&mut self.serve, &mut self.sandbox] {
            signal(process.process(), "TERM");
            let (status, taken) = process.end(Duration::from_secs(10)).await;
            measured("SIGTERM to the end", taken);
            assert!(status.success(), "{status}\n{}", process.said());
        }
    }
}
