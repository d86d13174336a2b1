//! Truto's own program for Python reads users and groups from `usher serve`, unchanged but for the address.

use crate::support::broker::free_ports;
use crate::support::replica::PROGRAM;
use crate::support::servers::TOKEN;
use crate::support::supervised::Supervised;
use crate::support::world::REST;
use crate::support::{World, cache, eventually, measured, missing};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

/// More than two pages of what the program asks for.
const PEOPLE: usize = 120;

/// The program's Python.
pub(crate) fn python() -> Option<&'static PathBuf> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let environment = cache::python_of_any_age("truto", "truto/requirements.txt")?;
        Ok(environment.join("bin/python"))
    });
    missing::or_say(&PYTHON, "tests with Truto's program for Python")
}

/// A token that shows names, and the file that lets it in.
fn login(directory: &Path) -> String {
    let mut command = Command::new(PROGRAM);
    let output = command.args(["serve", "token", "truto", "--role", "unmask"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    std::fs::write(directory.join("logins.yaml"), line).unwrap();
    let token = text.split_whitespace().find(|word| word.starts_with("usher_login_")).unwrap();
    token.to_owned()
}

/// Serves what a replica's configuration names, with a proxy.
async fn serve(configuration: &Path) -> (Supervised, String) {
    let directory = configuration.parent().unwrap();
    let [pages, http] = free_ports();
    let text = std::fs::read_to_string(configuration).unwrap();
    let mut settings: Value = serde_json::from_str(&text).unwrap();
    settings["serve"] =
        json!({ "listen": format!("127.0.0.1:{pages}"), "tokens_file": "logins.yaml" });
    settings["http"] = json!({ "listen": format!("127.0.0.1:{http}") });
    std::fs::write(directory.join("proxy-token"), TOKEN).unwrap();
    settings["tenants"][0]["targets"][0]["proxy"] =
        json!({ "token_file": "proxy-token", "calls_per_minute": 300 });
    let file = directory.join("serve.yaml");
    std::fs::write(&file, settings.to_string()).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("serve").arg("--config").arg(&file);
    let process = Supervised::start(&command, &directory.join("serve.log"), None);
    let address = format!("http://127.0.0.1:{pages}");
    eventually("the API is there", REST, async || {
        let answer = reqwest::get(format!("{address}/v1/openapi.json")).await.ok()?;
        (answer.status() == 200).then_some(())
    })
    .await;
    (process, address)
}

fn names(told: &Value, member: &str) -> BTreeSet<String> {
    let all = told[member].as_array().unwrap_or_else(|| panic!("{member}: {told:#}"));
    let names = all.iter().map(|name| name.as_str().unwrap_or("hidden").to_owned());
    let found: BTreeSet<String> = names.collect();
    assert!(member == "hidden" || found.len() == all.len(), "{member}: somebody came twice");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trutos_own_program_reads_users_and_groups() {
    let Some(python) = python() else { return };
    let Some(world) = World::set_up("truto").await else { return };
    let acme = world.acme();
    for number in 0..PEOPLE {
        acme.directory.create_user(&format!("person{number:03}@example.com")).await;
    }
    let mut usher = world.replica("a").await;
    let text = std::fs::read_to_string(usher.configuration()).unwrap();
    let mut settings: Value = serde_json::from_str(&text).unwrap();
    settings["tenants"][0]["targets"][0]["inventory"] = json!({ "every": "6h" });
    std::fs::write(usher.configuration(), settings.to_string()).unwrap();
    usher.start().await;
    let token = login(usher.configuration().parent().unwrap());
    let (process, address) = serve(&usher.configuration()).await;
    let client = reqwest::Client::new();
    let list = format!("{address}/v1/acme/main/unified/user-directory/users?limit=500");
    eventually("what the worker has read is there", REST, async || {
        let answer = client.get(&list).bearer_auth(&token).send().await.ok()?;
        (answer.status() == 200).then_some(())
    })
    .await;

    let began = Instant::now();
    let mut walk = Command::new(python);
    walk.arg(cache::scripts().join("truto/walk.py")).args([&address, &token, "acme/main"]);
    let output = tokio::task::block_in_place(|| walk.output().unwrap());
    measured("Truto's program, from its start to its end", began.elapsed());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", process.said());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();

    let there: BTreeSet<String> = acme.directory.users().await.into_keys().collect();
    assert_eq!(there.len(), PEOPLE);
    assert_eq!(names(&told, "users"), there, "over several pages");
    assert_eq!(names(&told, "proxied"), there, "through the proxy");
    let groups: BTreeSet<String> = acme.directory.groups().await.into_iter().collect();
    assert_eq!(names(&told, "groups"), groups);
    assert_eq!(told["one"], told["first"]);
    assert_eq!(names(&told, "filtered").len(), 2);
    assert_eq!(names(&told, "hidden"), BTreeSet::from(["hidden".to_owned()]));
    assert_eq!(
        (&told["nobody"], &told["write"], &told["wrong"]),
        (&json!(404), &json!(405), &json!(401))
    );
    assert_eq!(told["proxied_one"]["userName"], told["first"]["username"]);
    assert_eq!(told["proxied_nobody"], 404);
    assert_eq!(told["accounts"], json!(["acme/main"]));

    let log = process.said();
    assert!(log.contains("names and values of accounts are shown"), "{log}");
    assert!(!log.contains("example.com") && !log.contains(&token), "{log}");
}
