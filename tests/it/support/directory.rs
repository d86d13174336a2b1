//! The SCIM server that is not ours, scim2-server, and what a reader finds in it.
//!
//! One server a run; each test has tenants of its own in it.

use super::broker::free_ports;
use super::supervised::Supervised;
use super::{cache, missing};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

pub(crate) const TOKEN: &str = "the-token-of-the-tests";
const START_DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _process: Mutex<Supervised>,
}

/// The server, or `None` after saying what is left out.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    SERVER.get_or_init(start);
    missing::or_say(&SERVER, "the tests with a real SCIM server")
}

fn start() -> Result<Server, String> {
    Ok(start_in(&environment()?))
}

/// What was fetched must start; that it does not is a failure, and nothing to leave out.
fn start_in(environment: &Path) -> Server {
    let [port] = free_ports();
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-c", "from scim2_server.testserver.cli import main; main()"]);
    command.args(["--hostname", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--bearer-token", TOKEN, "--dynamic-tenants"]);
    let log = cache::run_directory().join("scim2-server.log");
    let mut process = Supervised::start(&command, &log, None);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let start = Instant::now();
    while TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_err() {
        let is_hopeless = process.ended().is_some() || start.elapsed() > START_DEADLINE;
        assert!(!is_hopeless, "scim2-server did not start: {}", process.said());
        std::thread::yield_now();
    }
    Server { address, _process: Mutex::new(process) }
}

fn environment() -> Result<PathBuf, String> {
    let list = cache::scripts().join("scim/requirements.txt");
    let recipe = fs::read_to_string(&list).unwrap();
    cache::fetched("scim2-server", &recipe, |directory| {
        cache::run(Command::new("python3").args(["-m", "venv"]).arg(directory))?;
        let mut pip = Command::new(directory.join("bin/python"));
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]).arg(&list);
        cache::run(&mut pip)
    })
}

/// One tenant of the server, read and prepared past usher.
#[derive(Clone)]
pub(crate) struct Directory {
    address: SocketAddr,
    path: String,
    client: Client,
}

/// A User as the server tells it.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) active: Option<bool>,
    pub(crate) json: Value,
}

impl Directory {
    pub(crate) fn new(server: &Server, tenant: &str) -> Self {
        static PROVIDER: OnceLock<()> = OnceLock::new();
        PROVIDER.get_or_init(|| {
            let ring = rustls::crypto::ring::default_provider();
            ring.install_default().expect("nobody else installs one");
        });
        let path = format!("/{tenant}/v2");
        Self { address: server.address, path, client: Client::new() }
    }

    /// Where the tenant lives on the server: `/tenant/v2`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) async fn create_group(&self, name: &str) -> String {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        self.create("Groups", &json!({"schemas": [schema], "displayName": name})).await
    }

    /// Creates a User with that name, active, and gives its id.
    pub(crate) async fn create_user(&self, user_name: &str) -> String {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
        let user = json!({"schemas": [schema], "userName": user_name, "active": true});
        self.create("Users", &user).await
    }

    pub(crate) async fn join(&self, group: &str, user: &str) {
        let group = self.group(group).await["id"].as_str().unwrap().to_owned();
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let operation = json!({"op": "add", "path": "members", "value": [{"value": user}]});
        let patch = json!({"schemas": [schema], "Operations": [operation]});
        self.call(Method::PATCH, &format!("Groups/{group}"), Some(&patch)).await;
    }

    /// All users by user name; a name that stands twice fails the test.
    pub(crate) async fn users(&self) -> BTreeMap<String, User> {
        let mut users = BTreeMap::new();
        for json in self.list("Users").await {
            let name = json["userName"].as_str().unwrap().to_owned();
            let id = json["id"].as_str().unwrap().to_owned();
            let user = User { id, active: json["active"].as_bool(), json };
            assert!(users.insert(name.clone(), user).is_none(), "two accounts of {name}");
        }
        users
    }

    pub(crate) async fn user(&self, user_name: &str) -> Option<User> {
        self.users().await.remove(user_name)
    }

    /// The SCIM ids of a group's members.
    pub(crate) async fn members(&self, group: &str) -> BTreeSet<String> {
        let group = self.group(group).await;
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn is_member(&self, user_name: &str, group: &str) -> bool {
        let user = self.user(user_name).await;
        let members = self.members(group).await;
        user.is_some_and(|user| members.contains(&user.id))
    }

    async fn group(&self, name: &str) -> Value {
        let groups = self.list("Groups").await;
        groups.into_iter().find(|group| group["displayName"] == name).expect("the group is there")
    }

    async fn list(&self, kind: &str) -> Vec<Value> {
        let mut found = Vec::new();
        loop {
            let path = format!("{kind}?startIndex={}&count=500", found.len() + 1);
            let mut page = self.call(Method::GET, &path, None).await;
            let total = page["totalResults"].as_u64().unwrap();
            let resources = page["Resources"].take();
            let resources = resources.as_array().cloned().unwrap_or_default();
            let is_last = resources.is_empty();
            found.extend(resources);
            if is_last || found.len() as u64 >= total {
                return found;
            }
        }
    }

    async fn create(&self, kind: &str, resource: &Value) -> String {
        let created = self.call(Method::POST, kind, Some(resource)).await;
        created["id"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("http://{}{}/{path}", self.address, self.path);
        let mut request = self.client.request(method, url).bearer_auth(TOKEN);
        if let Some(body) = body {
            request =
                request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status}: {text}");
        if status == StatusCode::NO_CONTENT {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap()
    }
}
