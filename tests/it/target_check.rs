//! `usher target check` against SCIM servers that are not ours, and our sandbox.

use crate::support::cache;
use crate::support::directory::Directory;
use crate::support::replica::PROGRAM;
use crate::support::servers::{Peer, TOKEN};
use serde_json::{Value, json};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::process::{Command, Output};

/// A tenant of the server with two accounts and a group, and a place for configurations.
struct Trial {
    directory: Directory,
    address: String,
    files: PathBuf,
}

impl Trial {
    async fn set_up(theme: &str) -> Option<Self> {
        Self::at(Peer::Scim2Server, theme).await
    }

    async fn at(peer: Peer, theme: &str) -> Option<Self> {
        let name = format!("{theme}-{:08x}", RandomState::new().build_hasher().finish() >> 32);
        let directory = tokio::task::block_in_place(|| peer.directory(&name))?;
        let address = format!("http://{}{}", directory.address(), directory.path());
        let kim = directory.create_user("kim@example.com").await;
        directory.create_user("lee@example.com").await;
        directory.create_group("Staff").await;
        directory.join("Staff", &kim).await;
        let files = cache::run_directory().join(&name);
        std::fs::create_dir_all(&files).unwrap();
        Some(Self { directory, address, files })
    }

    /// Runs the check with a dialect: a name, or the text of a file.
    fn check(&self, dialect: &str, arguments: &[&str]) -> Output {
        std::fs::write(self.files.join("token"), TOKEN).unwrap();
        let named = if dialect.contains(':') {
            std::fs::write(self.files.join("dialect.yaml"), dialect).unwrap();
            "dialect.yaml"
        } else {
            dialect
        };
        let target = json!({
            "name": "main", "url": self.address, "token_file": "token", "dialect": named,
            "mode": "observe", "calls_per_second": 500,
        });
        let source = json!({ "topic": "hr", "format": "cloudevents", "types": ["worker.*"] });
        let tenant = json!({
            "name": "acme", "rules": ["none.yaml"], "sources": [source], "targets": [target],
        });
        let settings = json!({ "kafka": { "brokers": "localhost:1" }, "tenants": [tenant] });
        let file = self.files.join("usher.yaml");
        std::fs::write(&file, settings.to_string()).unwrap();
        let mut check = Command::new(PROGRAM);
        check.args(["target", "check", "main", "--config"]).arg(file).args(arguments);
        tokio::task::block_in_place(|| check.output().unwrap())
    }

    /// Accounts and members, as somebody sees them who looks from outside.
    async fn everybody(&self) -> (Vec<String>, usize, Vec<String>) {
        let users = self.directory.users().await.into_keys().collect();
        let groups = self.directory.group_names().await;
        (users, self.directory.members("Staff").await.len(), groups)
    }
}

fn report(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// The mark and the conclusion of a check.
fn finding(report: &Value, check: &str) -> (String, String) {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["check"] == check).unwrap();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("mark"), text("conclusion"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_form_of_removal_is_found_and_nothing_is_left_behind() {
    let Some(trial) = Trial::set_up("check").await else { return };
    let before = trial.everybody().await;

    let output = trial.check("rfc7644", &["--json"]);
    let right = report(&output);
    assert_eq!(output.status.code(), Some(0), "{right:#}");
    assert_eq!((&right["ok"], &right["proposal"]), (&json!(true), &json!("keep")));
    let (mark, conclusion) = finding(&right, "remove_member");
    assert_eq!(mark, "good");
    assert!(conclusion.contains("value-filter removes one member and no other"), "{conclusion}");
    assert!(conclusion.contains("value-array is refused"), "{conclusion}");

    let output = trial.check("groups: { remove_member: value-array }", &["--json"]);
    let wrong = report(&output);
    assert_eq!(output.status.code(), Some(1), "{wrong:#}");
    assert_eq!(finding(&wrong, "remove_member").0, "change");
    assert_eq!(wrong["proposal"], json!({ "built_in": "rfc7644" }));

    assert_eq!(trial.everybody().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_made_only_if_asked_for_and_are_deleted_again() {
    let Some(trial) = Trial::set_up("check-users").await else { return };
    let before = trial.everybody().await;
    let output = trial.check("rfc7644", &["--json", "--create-users"]);
    let made = report(&output);
    assert_eq!(output.status.code(), Some(0), "{made:#}");
    for check in ["account", "update", "manager", "remove_member", "cleanup"] {
        assert_eq!(finding(&made, check).0, "good", "{made:#}");
    }
    assert_eq!(trial.everybody().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialect_file_is_written_that_the_next_check_finds_right() {
    let Some(trial) = Trial::set_up("check-file").await else { return };
    let file = trial.files.join("proposed.yaml");
    let written = file.display().to_string();
    // The page size is somebody's choice and stays; the form is wrong and goes.
    let mine =
        "paging: { page_size: 50 }\ngroups: { remove_member: value-array }\nlookup: [userName]";
    let output = trial.check(mine, &["--write", &written]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let proposed = std::fs::read_to_string(&file).unwrap();
    assert!(told.contains(proposed.trim_end()), "{told}");
    assert!(
        proposed.contains("page_size: 50") && !proposed.contains("remove_member"),
        "{proposed}"
    );
    let output = trial.check(&proposed, &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{:#}", report(&output));
}

/// scimmy answers 400 to a filter on addresses as soon as one account has none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_a_server_refuses_is_left_out_of_its_dialect() {
    let Some(trial) = Trial::at(Peer::Scimmy, "check-scimmy").await else { return };
    let output = trial.check("rfc7644", &["--json", "--create-users"]);
    let found = report(&output);
    assert_eq!(output.status.code(), Some(1), "{found:#}");
    assert_eq!(finding(&found, "remove_member").0, "good");
    let proposed = found["proposal"]["file"].as_str().unwrap();
    assert!(proposed.ends_with("base: rfc7644\nlookup:\n- userName\n"), "{proposed}");
    let output = trial.check(proposed, &["--json", "--create-users"]);
    assert_eq!(output.status.code(), Some(0), "{:#}", report(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_servers_dialect_is_found() {
    let keep = json!("keep");
    for (peer, dialect, proposal) in [
        (Peer::Sandbox, "netskope", &keep),
        (Peer::Sandbox, "rfc7644", &json!({ "built_in": "netskope" })),
        (Peer::StrictSandbox, "rfc7644", &keep),
        (Peer::StrictSandbox, "netskope", &json!({ "built_in": "rfc7644" })),
    ] {
        let Some(trial) = Trial::at(peer, "check-each").await else { continue };
        let output = trial.check(dialect, &["--json", "--create-users"]);
        let found = report(&output);
        assert_eq!(&found["proposal"], proposal, "{peer:?} as {dialect}: {found:#}");
        let code = i32::from(*proposal != keep);
        assert_eq!(output.status.code(), Some(code), "{peer:?} as {dialect}: {found:#}");
    }
}
