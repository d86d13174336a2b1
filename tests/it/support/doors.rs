//! `usher receive`, as a process of its own before the Kafka of a world.

use super::broker::free_ports;
use super::directory::client;
use super::replica::{PROGRAM, Replica};
use super::supervised::Supervised;
use super::world::World;
use super::{directory, eventually};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// A token for a sender, and the line that lets it in.
pub(crate) fn sender_token() -> (String, String) {
    let output = Command::new(PROGRAM).args(["receive", "token", "hr"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let token = text.split_whitespace().find(|word| word.starts_with("usher_send_")).unwrap();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    (token.to_owned(), line.to_owned())
}

/// Doors that are open.
pub(crate) struct Doors {
    /// Of those who send; its line stands in `tokens.yaml`.
    pub(crate) token: String,
    address: String,
    http: u16,
    _process: Supervised,
}

impl Doors {
    /// Beside a replica, with its configuration and this section `receive`. Paths are relative to it.
    pub(crate) async fn beside(replica: &Replica, world: &World, mut receive: Value) -> Self {
        let [doors, http] = free_ports();
        let text = std::fs::read_to_string(replica.configuration()).unwrap();
        let mut settings: Value = serde_json::from_str(&text).unwrap();
        receive["listen"] = json!(format!("127.0.0.1:{doors}"));
        settings["receive"] = receive;
        settings["http"]["listen"] = json!(format!("127.0.0.1:{http}"));
        let file = replica.configuration().with_file_name("receive.yaml");
        std::fs::write(&file, settings.to_string()).unwrap();
        let (token, line) = sender_token();
        std::fs::write(file.with_file_name("tokens.yaml"), line).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("receive").arg("--config").arg(file);
        let process = Supervised::start(&command, &world.directory.join("receive.log"), None);
        let it =
            Self { token, address: format!("http://127.0.0.1:{doors}"), http, _process: process };
        eventually("the doors are open", SOON, async || it.get("readyz").await).await;
        it
    }

    /// What its probes and metrics say, if all is well.
    pub(crate) async fn get(&self, path: &str) -> Option<String> {
        let address = format!("http://127.0.0.1:{}/{path}", self.http);
        let answer = directory::client().get(address).send().await.ok()?;
        if answer.status().is_success() { answer.text().await.ok() } else { None }
    }

    /// Pushes a token, and says how that is answered; again and again while it shall come again.
    pub(crate) async fn push(&self, path: &str, token: &str) -> (u16, Value) {
        eventually("the door says yes or no", SOON, async || {
            let request = client().post(format!("{}{path}", self.address));
            let request = request.bearer_auth(&self.token).body(token.to_owned());
            let answer = request.header("content-type", "application/secevent+jwt").send().await;
            let answer = answer.unwrap();
            let status = answer.status().as_u16();
            let said = answer.json().await.unwrap_or_default();
            (status != 503).then_some((status, said))
        })
        .await
    }
}
