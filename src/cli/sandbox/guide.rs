//! What a sandbox says of itself: where things are, and what to type next.

use super::keys::OPERATORS;
use super::surroundings::ROSTER;
use super::workplace::Pages;
use super::workplace::{AUDIT_TOPIC, HR_TOPIC, SECURITY_TOPIC};
use super::{Sandbox, Workplace};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::net::SocketAddr;

/// Writes headings in bold, where that can be seen.
struct Page {
    text: String,
    is_colourful: bool,
}

impl Page {
    fn heading(&mut self, text: &str) {
        let (on, off) = if self.is_colourful { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        // Writing to a string cannot fail.
        let _infallible = writeln!(self.text, "\n{on}{text}{off}");
    }

    fn line(&mut self, text: &str) {
        let _infallible = writeln!(self.text, "  {text}");
    }
}

/// `worker`: where its metrics are, if there is one.
pub(in crate::cli) fn text(
    sandbox: &Sandbox,
    workplace: &Workplace,
    worker: Option<SocketAddr>,
    is_colourful: bool,
) -> String {
    let mut page = Page { text: String::new(), is_colourful };
    let kafka = sandbox.kafka().address();
    let url = sandbox.url();
    let parts = if worker.is_some() {
        "a Kafka, a SCIM provider and a worker"
    } else {
        "a Kafka and a SCIM provider"
    };
    let _infallible = writeln!(
        page.text,
        "usher sandbox: {parts}, in this process alone. Ctrl-C ends it, and forgets everything."
    );
    page.heading("Where things are");
    page.line(&format!("Kafka     {kafka}   {}", topics(sandbox)));
    page.line(&format!(
        "SCIM      {}   the token is in {}",
        sandbox.scim_url(),
        shown(workplace, "token")
    ));
    page.line(&format!("state     {url}/sandbox/state   users, groups, manners"));
    page.line(&format!("calls     {url}/sandbox/calls   the last thousand"));
    if let Some(address) = worker {
        page.line(&format!("metrics   http://{address}/metrics"));
    }
    page.line(&format!(
        "files     {}   configuration, rules, dialect",
        workplace.directory().display()
    ));
    if worker.is_some() {
        tell_events(&mut page, &kafka.to_string(), &url);
        tell_brakes(&mut page, workplace);
        tell_lists(&mut page, workplace);
    }
    page.heading("Make the provider misbehave");
    page.line("# the next two writes are done, and their answers are lost");
    page.line(&format!(
        "curl -s {url}/sandbox/faults -d '{}'",
        json!({ "kind": "drop_reply", "only": "writes", "next": 2 })
    ));
    page.line("# 429 for ten seconds");
    page.line(&format!(
        "curl -s {url}/sandbox/faults -d '{}'",
        json!({ "kind": "status", "status": 429, "retry_after": 3, "for": "10s" })
    ));
    page.line("# and stop it");
    page.line(&format!("curl -s -X DELETE {url}/sandbox/faults"));
    page.text.push('\n');
    page.text
}

/// Where the pages are, and what opens them.
pub(in crate::cli) fn of_pages(pages: &Pages, is_colourful: bool) -> String {
    let mut page = Page { text: String::new(), is_colourful };
    page.heading("See it in a browser");
    page.line(&format!("http://{}/   log in with the token", pages.address));
    page.line(&pages.token);
    page.text.push('\n');
    page.text
}

fn tell_events(page: &mut Page, kafka: &str, url: &str) {
    let hired = hired();
    page.heading("Hire somebody");
    page.line(&format!("curl -s {url}/sandbox/topics/{HR_TOPIC} -d '{hired}'"));
    page.line("# or with any Kafka client");
    page.line(&format!("echo '{hired}' | kcat -P -b {kafka} -t {HR_TOPIC}"));
    page.heading("See her account, and what was decided and done");
    page.line(&format!("curl -s {url}/sandbox/state"));
    page.line(&format!("curl -s {url}/sandbox/topics/{AUDIT_TOPIC}"));
    page.line(&format!("kcat -C -b {kafka} -t {AUDIT_TOPIC} -e -f '%k %s\\n'"));
    page.heading("Set her apart, then let her go");
    page.line(&format!("curl -s {url}/sandbox/topics/{SECURITY_TOPIC} -d '{}'", at_risk()));
    page.line(&format!("curl -s {url}/sandbox/topics/{HR_TOPIC} -d '{}'", terminated()));
}

/// How to meet a hold, and to let go of it.
fn tell_brakes(page: &mut Page, workplace: &Workplace) {
    if !workplace.is_guarded() {
        page.heading("There is no limit here, and there are no operators");
        page.line("# ssh-keygen, which makes and uses their keys, was not found; install OpenSSH's client");
        return;
    }
    let [(name, key), _] = OPERATORS;
    page.heading(
        "Meet a hold, and let go of it: three people are cut an hour at most (docs/brakes.md)",
    );
    page.line(&format!("export USHER_CONFIG={}", shown(workplace, "usher.yaml")));
    page.line(&format!("export USHER_OPERATOR={name} USHER_SIGNING_KEY={}", shown(workplace, key)));
    for kind in ["worker.hired", "worker.terminated"] {
        page.line(&format!(
            "for n in 1 2 3 4; do usher send {kind} --user-name p$n@example.com --employee-id $n --yes; done"
        ));
    }
    page.line("usher held");
    page.line(
        "usher approve --all-of --code limit.reached --reason \"left on Friday, HR confirmed\"",
    );
    page.line("usher status");
}

/// What lists make of accounts that nobody has.
fn tell_lists(page: &mut Page, workplace: &Workplace) {
    let config = shown(workplace, "usher.yaml");
    page.heading("Accounts that nobody has, and what they cost (docs/reconcile.md)");
    for command in ["orphans", "seats", "inventory groups", "reconcile"] {
        page.line(&format!("usher {command} --config {config}"));
    }
    page.line("# HR's next list misses the two again: they are disabled within a minute");
    page.line(&format!(
        "echo '5,p5@example.com,p5@example.com,Paula Fifth,Sales' >> {}",
        shown(workplace, ROSTER)
    ));
}

fn topics(sandbox: &Sandbox) -> String {
    let names: Vec<&str> = sandbox.kafka().topics().iter().map(|t| t.name.as_str()).collect();
    names.join(", ")
}

fn shown(workplace: &Workplace, file: &str) -> String {
    workplace.directory().join(file).display().to_string()
}

fn hired() -> Json {
    event(
        "1",
        "/hr",
        "worker.hired",
        &json!({
            "worker": worker(),
            "profile": { "given_name": "Ada", "family_name": "Lovelace", "display_name": "Ada Lovelace" },
        }),
    )
}

fn at_risk() -> Json {
    let risk = json!({ "level": "high", "detection_id": "4711" });
    event("2", "/xdr", "risk.raised", &json!({ "worker": worker(), "risk": risk }))
}

fn terminated() -> Json {
    event("3", "/hr", "worker.terminated", &json!({ "worker": worker() }))
}

fn worker() -> Json {
    json!({ "employee_id": "1001", "user_name": "ada@example.com", "work_email": "ada@example.com" })
}

fn event(id: &str, source: &str, kind: &str, data: &Json) -> Json {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": format!("io.usher.{kind}.v1"),
        "data": data,
    })
}
