//! `usher serve` and a Kafka that lets it do what `deploy/strimzi/users.yaml` says, and nothing else.

use crate::support::broker::free_ports;
use crate::support::certificates::certificates;
use crate::support::events::{Event, Person};
use crate::support::guarded::{PASSWORD, READER};
use crate::support::replica::{PROGRAM, Replica};
use crate::support::supervised::Supervised;
use crate::support::world::REST;
use crate::support::{World, eventually};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The rights of the user in the manifest: operations, and the topics that they are for.
fn rights(world: &World) -> Vec<(Vec<String>, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/strimzi/users.yaml");
    let users: Vec<Value> =
        serde_saphyr::from_multiple(&fs::read_to_string(file).unwrap()).unwrap();
    let user = users.into_iter().find(|user| user["metadata"]["name"] == READER).unwrap();
    let acls = user["spec"]["authorization"]["acls"].as_array().unwrap().clone();
    let right = |acl: &Value| {
        assert_eq!(acl["resource"]["type"], "topic", "the test gives rights on topics alone");
        let operations = acl["operations"].as_array().unwrap().iter();
        let operations = operations.map(|it| it.as_str().unwrap().to_owned()).collect();
        let topic = acl["resource"]["name"].as_str().unwrap();
        let topic = match topic.strip_prefix("usher.") {
            Some(own) => format!("{}.usher.{own}", world.name),
            // Which topics come in is the configuration's to say.
            None => world.acme().topic.clone(),
        };
        (operations, topic)
    };
    acls.iter().map(right).collect()
}

/// Lets the user do what the manifest says: one call of Kafka's tool for topics of the same rights.
fn allow(world: &World) {
    let mut given = std::collections::BTreeMap::<Vec<String>, Vec<String>>::new();
    for (operations, topic) in rights(world) {
        given.entry(operations).or_default().push(topic);
    }
    for (operations, topics) in given {
        let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
        tokio::task::block_in_place(|| world.broker.allow(READER, &operations, &topics));
    }
}

/// The configuration of the pages, and their ports: of the pages, and of probes.
fn pages(replica: &Replica, kafka: u16) -> (Value, [u16; 2]) {
    let file = fs::read(replica.configuration()).unwrap();
    let mut settings: Value = serde_json::from_slice(&file).unwrap();
    let ports = free_ports();
    settings["kafka"]["brokers"] = json!(format!("127.0.0.1:{kafka}"));
    settings["kafka"]["security"] = json!({
        "protocol": "sasl_tls",
        "ca_file": certificates().authority,
        "sasl": { "mechanism": "SCRAM-SHA-512", "username": READER, "password_file": "password" },
    });
    settings["http"] = json!({ "listen": format!("127.0.0.1:{}", ports[1]) });
    settings["serve"] =
        json!({ "listen": format!("127.0.0.1:{}", ports[0]), "tokens_file": "logins.yaml" });
    (settings, ports)
}

/// A token, and the line that lets it in.
fn token() -> (String, String) {
    let made = Command::new(PROGRAM).args(["serve", "token", "vera"]).output().unwrap();
    let text = String::from_utf8(made.stdout).unwrap();
    let token = text.split_whitespace().find(|word| word.starts_with("usher_login_")).unwrap();
    (token.to_owned(), text.lines().find(|line| line.starts_with("- ")).unwrap().to_owned())
}

/// The pages of a replica's deployment, as another user of Kafka and without the target's token.
struct Pages {
    process: Supervised,
    client: reqwest::Client,
    port: u16,
    token: String,
}

impl Pages {
    fn start(world: &World, replica: &Replica, kafka: u16) -> Self {
        let (settings, ports) = pages(replica, kafka);
        let directory = world.directory.join("pages");
        fs::create_dir_all(&directory).unwrap();
        let (token, line) = token();
        fs::write(directory.join("password"), PASSWORD).unwrap();
        fs::write(directory.join("logins.yaml"), line).unwrap();
        fs::write(directory.join("usher.yaml"), settings.to_string()).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg("--config").arg(directory.join("usher.yaml"));
        let process = Supervised::start(&command, &directory.join("log"), None);
        Self { process, client: reqwest::Client::new(), port: ports[0], token }
    }

    async fn get(&self, path: &str) -> Option<String> {
        let url = format!("http://127.0.0.1:{}/t/acme/{path}", self.port);
        let answer = self.client.get(url).bearer_auth(&self.token).send().await.ok()?;
        answer.text().await.ok()
    }

    /// Waits until a page has this.
    async fn until(&self, what: &str, page: &str, text: &str) -> String {
        eventually(what, REST, async || self.get(page).await.filter(|page| page.contains(text)))
            .await
    }
}

/// Whether the user may write a record to a topic.
async fn may_write(kafka: u16, topic: &str) -> bool {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", format!("127.0.0.1:{kafka}"))
        .set("security.protocol", "SASL_SSL")
        .set("ssl.ca.location", certificates().authority.display().to_string())
        .set("sasl.mechanism", "SCRAM-SHA-512")
        .set("sasl.username", READER)
        .set("sasl.password", PASSWORD)
        .set("message.timeout.ms", "10000")
        .create()
        .unwrap();
    let record = FutureRecord::<str, str>::to(topic).key("forged").payload("forged");
    let sent = producer.send(record, Duration::from_secs(10)).await;
    if let Err((cause, _)) = &sent {
        assert!(cause.to_string().contains("uthoriz"), "another cause: {cause}");
    }
    sent.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_need_the_rights_that_are_shipped_and_no_others() {
    let Some(world) = World::bare("rights", &["acme"], "enforce").await else { return };
    let Some(at) = world.broker.guarded() else { return };
    let made = world.init(&[]).await;
    assert!(made.status.success());
    let mut worker = world.replica("a").await;
    worker.start().await;
    let kim = Person::named("kim");
    world.send(world.acme(), &Event::hired(&kim)).await;
    world.at_rest().await;

    let pages = Pages::start(&world, &worker, at.password);
    // Without rights that is said, and nothing is shown that could be taken for the truth.
    pages.until("the pages say what they may not", "overview", "cannot be read").await;
    allow(&world);

    let search = format!("people.json?q={}", kim.user_name.replace('@', "%40"));
    pages.until("Kim is found by the whole name", &search, "\"person\"").await;
    let overview = eventually("everything is read", REST, async || {
        let page = pages.get("overview").await?;
        (!page.contains("cannot be read") && !page.contains("has not answered")).then_some(page)
    })
    .await;
    assert!(!overview.contains(&kim.user_name), "{overview}");
    // Where the input topic ends is asked, too, and nothing waits there.
    pages.until("the end of the input topic is known", "sources", "read to its end").await;
    // The group is a name alone, and that usher may not see it is nothing to be told.
    assert!(!pages.process.said().contains("Group auth"), "{}", pages.process.said());
    for topic in ["people", "audit", "control", "parked", "inventory"] {
        let topic = format!("{}.usher.{topic}", world.name);
        assert!(!may_write(at.password, &topic).await, "{topic} can be written");
    }
    assert!(!may_write(at.password, &world.acme().topic).await, "events can be forged");
}
