//! Who and what the pages are about: every text that others may fill in is an attack.

use crate::support::eventually;
use crate::support::replica::PROGRAM;
use crate::support::stage::{SOON, Stage, ask, get};
use serde_json::{Value, json};
use std::process::Command;

/// What nobody's name may do to a page.
pub(super) const HOSTILE: &str =
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}";

/// What a viewer must not find anywhere.
pub(super) const SECRETS: [&str; 4] = ["Lovelace", "ada@example.com", "grace@example.com", "Vault"];

pub(super) struct Company {
    /// Somebody who is settled, somebody who is held, and somebody set apart.
    pub(super) people: Vec<String>,
    /// The page of an account that nobody knows of.
    pub(super) account: String,
}

/// More than may be cut an hour.
const LEAVERS: [&str; 5] = ["grace", "alan", "barbara", "edsger", "donald"];

fn event(kind: &str, name: &str, attack: &str, more: &Value) -> Value {
    let mut data = json!({
        "worker": {
            "employee_id": format!("E-{name}"),
            "user_name": format!("{name}@example.com"),
            "work_email": format!("{name}@example.com"),
        },
    });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "specversion": "1.0", "id": format!("{kind}-{name}{attack}"), "source": "/hr",
        "type": format!("io.usher.{kind}.v1"), "data": data,
    })
}

/// Somebody is hired.
pub(super) async fn hire(stage: &Stage, name: &str, given: &str, family: &str) {
    hire_as(stage, name, HOSTILE, (given, family)).await;
}

async fn hire_as(stage: &Stage, name: &str, attack: &str, (given, family): (&str, &str)) {
    let profile = json!({ "profile": {
        "given_name": given, "family_name": family, "display_name": format!("{given} {family}"),
        "department": format!("Vault{attack}"), "title": format!("Engineer{attack}"),
    } });
    stage.publish("hr.events", &event("worker.hired", name, attack, &profile)).await;
}

impl Company {
    /// `attack`: what stands behind every text that others fill in.
    pub(super) async fn fill(stage: &Stage, attack: &str) -> Self {
        hire_as(stage, "ada", attack, ("Ada", "Lovelace")).await;
        for name in LEAVERS {
            hire_as(
                stage,
                name,
                attack,
                (&format!("{name}{attack}"), &format!("of {name}{attack}")),
            )
            .await;
        }
        eventually("all have accounts", SOON, async || {
            let (_, body) = get(stage.pages, "/t/sandbox/targets.json", &stage.viewer).await?;
            let targets: Value = serde_json::from_str(&body).ok()?;
            (targets["result"][0]["accounts"] == 6).then_some(())
        })
        .await;
        let risk = json!({ "risk": { "level": "high", "detection_id": format!("4711{attack}") } });
        stage.publish("security.events", &event("risk.raised", "ada", attack, &risk)).await;
        for name in LEAVERS {
            stage.publish("hr.events", &event("worker.terminated", name, attack, &json!({}))).await;
        }
        let later = json!({ "effective_at": "2099-01-01T00:00:00Z" });
        stage.publish("hr.events", &event("worker.terminated", "ada", attack, &later)).await;
        let nobody = json!({ "worker": {}, "reason": attack });
        stage.publish("hr.events", &event("worker.terminated", "nobody", attack, &nobody)).await;
        // What the provider has besides.
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("stray{attack}@example.com"), "displayName": format!("Stray{attack}"), "active": true,
        });
        let headers =
            [("authorization", "Bearer sandbox"), ("content-type", "application/scim+json")];
        eventually("the provider makes an account", SOON, async || {
            let head = "POST /api/v2/scim/Users";
            let (status, told) = ask(stage.scim, head, &headers, &user.to_string()).await?;
            // The worker has its share of the calls.
            assert!([201, 429].contains(&status), "{told}");
            (status == 201).then_some(())
        })
        .await;
        stage.until("something is held", "/t/sandbox/holds.csv", &["limit.reached"]).await;
        stage.until("something is parked", "/t/sandbox/parked.csv", &["hr.events"]).await;
        approve_one(stage, attack).await;
        refresh(stage);
        let name = format!("stray{attack}@example.com");
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let account = eventually("the stray is listed", SOON, async || {
            let page = format!("/t/sandbox/accounts.json?held=no&q={name}");
            let (_, body) = get(stage.pages, &page, &stage.viewer).await?;
            let found: Value = serde_json::from_str(&body).ok()?;
            Some(format!("/t/sandbox/accounts/main/{}", found["result"][0]["account"].as_str()?))
        })
        .await;
        stage.until("the stray is found", "/t/sandbox/findings.csv", &["nobody's account"]).await;
        let mut people = Vec::new();
        for page in [
            "people.json?q=ada@example.com",
            "people.json?state=held",
            "people.json?q=grace@example.com",
        ] {
            people.push(first_of(stage, page).await);
        }
        Self { people, account }
    }
}

async fn first_of(stage: &Stage, page: &str) -> String {
    eventually(page, SOON, async || {
        let (_, body) = get(stage.pages, &format!("/t/sandbox/{page}"), &stage.viewer).await?;
        let found: Value = serde_json::from_str(&body).ok()?;
        found["result"][0]["person"].as_str().map(ToOwned::to_owned)
    })
    .await
}

/// Has the target read again.
fn refresh(stage: &Stage) {
    say(stage, &["inventory", "refresh", "main", "--yes", "--reason", "to see the stray"]);
}

/// An operator says it.
fn say(stage: &Stage, words: &[&str]) {
    let mut usher = Command::new(PROGRAM);
    usher.args(words).env("USHER_CONFIG", stage.files.join("usher.yaml"));
    usher
        .env("USHER_OPERATOR", "ann@example.com")
        .env("USHER_SIGNING_KEY", stage.files.join("ann"));
    let output = usher.output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An operator lets one row go, and says why.
async fn approve_one(stage: &Stage, attack: &str) {
    let (_, body) = get(stage.pages, "/t/sandbox/holds.json", &stage.viewer).await.unwrap();
    let holds: Value = serde_json::from_str(&body).unwrap();
    let digest = holds["result"][0]["digest"].as_str().unwrap();
    // A reason has signs that are seen.
    let attack: String = attack.chars().filter(char::is_ascii).collect();
    let reason = format!("HR confirmed it {attack}");
    say(stage, &["approve", digest, "--yes", "--reason", &reason]);
    stage.until("the command is told", "/t/sandbox/commands.csv", &["ann@example.com"]).await;
}
