//! What a reader finds in one directory of a SCIM server, past usher.

use super::servers::TOKEN;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::OnceLock;

/// One tenant of the server, read and prepared past usher.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    address: SocketAddr,
    path: String,
    dialect: String,
    client: Client,
}

/// A User as the server tells it.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) active: Option<bool>,
    pub(crate) json: Value,
}

/// An HTTP client of a test's own.
pub(crate) fn client() -> Client {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        let ring = rustls::crypto::ring::default_provider();
        ring.install_default().expect("nobody else installs one");
    });
    Client::new()
}

impl Directory {
    /// The one below `path`, spoken to in that dialect.
    pub(crate) fn new(address: SocketAddr, path: &str, dialect: &str) -> Self {
        let (path, dialect) = (path.to_owned(), dialect.to_owned());
        Self { address, path, dialect, client: client() }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Where its server answers, without a proxy.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// As a target's `dialect` in usher's configuration: a name, or a file.
    pub(crate) fn dialect(&self) -> &str {
        &self.dialect
    }

    /// Where the tenant lives on the server: `/tenant/v2`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Its SCIM base address, without a proxy.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// The same, spoken to in another dialect.
    pub(crate) fn in_dialect(&self, dialect: &str) -> Self {
        Self { dialect: dialect.to_owned(), ..self.clone() }
    }

    /// The group's id; a sandbox has the groups of the shipped rules already.
    pub(crate) async fn create_group(&self, name: &str) -> String {
        let groups = self.list("Groups").await;
        if let Some(there) = groups.iter().find(|group| group["displayName"] == name) {
            return there["id"].as_str().unwrap().to_owned();
        }
        self.create_one_more_group(name).await
    }

    /// Creates a User with that name, active, and gives its id.
    pub(crate) async fn create_user(&self, user_name: &str) -> String {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
        let user = json!({"schemas": [schema], "userName": user_name, "active": true});
        self.create_account(&user).await
    }

    /// Creates this User, and gives its id.
    pub(crate) async fn create_account(&self, user: &Value) -> String {
        self.create("Users", user).await
    }

    /// A group of that name, whether there is one already or not.
    pub(crate) async fn create_one_more_group(&self, name: &str) -> String {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        self.create("Groups", &json!({"schemas": [schema], "displayName": name})).await
    }

    pub(crate) async fn rename_group(&self, name: &str, new: &str) {
        let id = self.group(name).await["id"].as_str().unwrap().to_owned();
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let operation = json!({"op": "replace", "path": "displayName", "value": new});
        let patch = json!({"schemas": [schema], "Operations": [operation]});
        self.call(Method::PATCH, &format!("Groups/{id}"), Some(&patch)).await;
    }

    /// Somebody changes it by hand.
    pub(crate) async fn set_active(&self, user_name: &str, active: bool) {
        let user = self.user(user_name).await.expect("the user is there");
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let operation = json!({"op": "replace", "path": "active", "value": active});
        let patch = json!({"schemas": [schema], "Operations": [operation]});
        self.call(Method::PATCH, &format!("Users/{}", user.id), Some(&patch)).await;
    }

    pub(crate) async fn delete_user(&self, user_name: &str) {
        let user = self.user(user_name).await.expect("the user is there");
        self.call(Method::DELETE, &format!("Users/{}", user.id), None).await;
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

    /// The names of all groups.
    pub(crate) async fn groups(&self) -> Vec<String> {
        let groups = self.list("Groups").await;
        groups.iter().map(|group| group["displayName"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn user(&self, user_name: &str) -> Option<User> {
        self.users().await.remove(user_name)
    }

    /// The SCIM ids of a group's members; one that stands twice fails the test.
    pub(crate) async fn members(&self, group: &str) -> BTreeSet<String> {
        let id = self.group(group).await["id"].as_str().unwrap().to_owned();
        // Some show members only to whoever asks for them.
        let asked = format!("Groups/{id}?attributes=members");
        let json = self.call(Method::GET, &asked, None).await;
        let mut members = BTreeSet::new();
        for member in json["members"].as_array().into_iter().flatten() {
            let id = member["value"].as_str().unwrap().to_owned();
            assert!(members.insert(id), "somebody is twice in {group}");
        }
        members
    }

    /// The names of all groups, in order.
    pub(crate) async fn group_names(&self) -> Vec<String> {
        let groups = self.list("Groups").await;
        let mut names: Vec<String> =
            groups.iter().map(|group| group["displayName"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
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
        let url = format!("{}/{path}", self.url());
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
