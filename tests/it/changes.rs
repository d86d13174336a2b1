//! Truto's own program for Python asks `usher receive` for changes, unchanged but for the address; a worker makes
//! them at a foreign server, and what a limit holds is said in the answer.

use crate::support::broker::free_ports;
use crate::support::office::Office;
use crate::support::replica::PROGRAM;
use crate::support::servers::Peer;
use crate::support::settings::VPN;
use crate::support::supervised::Supervised;
use crate::support::world::{Plan, REST};
use crate::support::{World, cache, eventually, measured};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A group that nobody has made yet.
const CREW: &str = "Field_Crew";
const RULE: &str = "rules:
  - name: crew-requested
    on: [membership.requested]
    when: data.request.group == \"Field_Crew\"
    assert: { claim: crew-requested, precedence: profile, want: { groups: { add: [Field_Crew] } } }
";

/// A token, and the file that lets it in.
fn token(directory: &Path) -> String {
    let output = Command::new(PROGRAM).args(["receive", "token", "portal"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    std::fs::write(directory.join("portal.yaml"), line).unwrap();
    let token = text.split_whitespace().find(|word| word.starts_with("usher_send_")).unwrap();
    token.to_owned()
}

/// Receives what a replica's tenant is asked for.
async fn receive(world: &World, configuration: &Path) -> (Supervised, String) {
    let directory = configuration.parent().unwrap();
    let [doors, http] = free_ports();
    let text = std::fs::read_to_string(configuration).unwrap();
    let mut settings: Value = serde_json::from_str(&text).unwrap();
    settings["http"] = json!({ "listen": format!("127.0.0.1:{http}") });
    settings["receive"] = json!({
        "listen": format!("127.0.0.1:{doors}"),
        "clients": [{
            "name": "portal", "tenant": "acme", "target": "main", "topic": world.acme().topic,
            "tokens_file": "portal.yaml", "groups": [VPN, CREW],
            "may": ["create", "update", "activate", "deactivate", "delete", "join", "leave", "create_group"],
        }],
    });
    let file = directory.join("receive.yaml");
    std::fs::write(&file, settings.to_string()).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("receive").arg("--config").arg(&file);
    let process = Supervised::start(&command, &directory.join("receive.log"), None);
    eventually("usher receive is ready", REST, async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{http}/readyz")).await.ok()?;
        (answer.status() == 200).then_some(())
    })
    .await;
    (process, format!("http://127.0.0.1:{doors}"))
}

/// The rules that ship, for requests alone, and one of a group of one's own.
fn plan() -> Plan {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
    let mut rules = ["requests.yaml", "profile.yaml"].map(|name| shipped.join(name)).to_vec();
    rules.push(cache::run_directory().join("crew.yaml"));
    std::fs::write(&rules[2], RULE).unwrap();
    Plan {
        rules,
        types: &["access.*", "deletion.*", "membership.*"],
        ..Plan::plain("acme", "enforce")
    }
}

fn makes_groups(file: &Path) {
    let mut settings: Value =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    settings["tenants"][0]["targets"][0]["create_groups"] = json!(true);
    std::fs::write(file, settings.to_string()).unwrap();
}

fn state(told: &Value, step: &str) -> String {
    told[step]["usher"]["state"].as_str().unwrap_or_else(|| panic!("{step}: {told:#}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trutos_own_program_changes_users_by_requests() {
    let Some(python) = crate::truto::python() else { return };
    let Some(world) = World::at(Peer::Scim2Server, "changes", vec![plan()]).await else { return };
    assert!(world.init(&["--shards", "1"]).await.status.success());
    let acme = world.acme();
    let mut usher = world.replica("a").await;
    makes_groups(&usher.configuration());
    // An account and a group.
    let two = json!({ "count": 2, "percent": 100 });
    let office = Office::at(&usher, &json!({ "create": { "hour": two, "day": two } }));
    usher.start().await;
    let token = token(&office.directory);
    let (process, address) = receive(&world, &usher.configuration()).await;

    let began = Instant::now();
    let mut walk = Command::new(python);
    walk.arg(cache::scripts().join("truto/change.py")).args([&address, &token, "acme/main"]);
    let output = tokio::task::block_in_place(|| walk.output().unwrap());
    measured("Truto's program changes users, from its start to its end", began.elapsed());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}\n{}", process.said(), usher.log());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();

    for step in ["created", "updated", "joined", "deactivated"] {
        assert_eq!(state(&told, step), "applied", "{step}: {told:#}");
        assert_eq!(told[step]["id"], told["created"]["id"], "{step}: {told:#}");
    }
    let kim = acme.directory.user("kim@example.com").await.unwrap();
    assert_eq!(kim.active, Some(false));
    assert_eq!(state(&told, "grouped"), "applied", "{told:#}");
    assert_eq!(acme.directory.members(CREW).await, [kim.id].into());
    assert!(acme.directory.is_member("kim@example.com", VPN).await);
    assert_eq!(state(&told, "limited"), "held", "{told:#}");
    assert_eq!(told["limited"]["usher"]["why"]["code"], "limit.reached", "{told:#}");
    assert!(told["limited"]["usher"]["held"][0]["digest"].is_string(), "{told:#}");
    assert!(acme.directory.user("lee@example.com").await.is_none());

    // A deletion waits for two people, whoever asks for it, and is followed at the address of the answer.
    assert_eq!(state(&told, "deleted"), "held", "{told:#}");
    let digest = told["deleted"]["usher"]["held"][0]["digest"].as_str().unwrap();
    let (_, ann) = office.say("ann", &["approve", digest]);
    let (code, bob) = office.bob_says(&["approve", digest]);
    assert_eq!(code, Some(0), "{ann}\n{bob}");
    let follow = format!("{address}{}", told["deleted"]["usher"]["follow"].as_str().unwrap());
    let client = reqwest::Client::new();
    eventually("the deletion is told where it is followed", REST, async || {
        let answer = client.get(&follow).bearer_auth(&token).send().await.ok()?;
        let now: Value = answer.json().await.ok()?;
        (now["usher"]["state"] == "applied").then_some(())
    })
    .await;
    assert!(acme.directory.user("kim@example.com").await.is_none());
    let log = process.said();
    assert!(!log.contains("example.com") && !log.contains(&token), "{log}");
}
