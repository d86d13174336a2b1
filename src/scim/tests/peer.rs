//! A provider with users and groups, and with the surprises that a trial must find.

pub(super) use super::peer_manners::{Creation, Inactive, Manners, Removal};
use super::provider::{settings, spawn};
use crate::scim::probe::{self, Mark, Options, Proposal, Report};
use crate::scim::{Dialect, ProviderSettings};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

type Resources = BTreeMap<String, Json>;

#[derive(Clone)]
struct Store {
    manners: Arc<Manners>,
    kinds: Arc<Mutex<BTreeMap<&'static str, Resources>>>,
    /// Methods, paths and bodies of all that would write.
    writes: Arc<Mutex<Vec<(String, String, Json)>>>,
    lookups: Arc<Mutex<usize>>,
    /// By id: what reads still show, and how often.
    late: Arc<Mutex<BTreeMap<String, (Json, usize)>>>,
}

pub(super) struct Peer {
    store: Store,
    url: String,
    task: AbortHandle,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Peer {
    /// A provider with these accounts, and one group that nobody may touch.
    pub(super) async fn start(manners: Manners, names: &[&str]) -> Self {
        let users = names.iter().enumerate().map(|(index, name)| {
            let id = format!("u{index}");
            let emails = json!([{ "type": "work", "value": name }]);
            (id.clone(), json!({ "id": id, "userName": name, "emails": emails, "active": true }))
        });
        let staff = json!({ "id": "g0", "displayName": "Staff", "members": [{ "value": "u0" }] });
        let kinds = [("Users", users.collect()), ("Groups", [("g0".to_owned(), staff)].into())];
        let store = Store {
            manners: Arc::new(manners),
            kinds: Arc::new(Mutex::new(kinds.into())),
            writes: Arc::default(),
            lookups: Arc::default(),
            late: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v2", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(serve).with_state(store.clone());
        let task = spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { store, url, task }
    }

    /// Everything that it holds.
    pub(super) fn everything(&self) -> BTreeMap<&'static str, Resources> {
        self.store.kinds.lock().unwrap().clone()
    }

    /// Methods and paths of all that would have written.
    pub(super) fn writes(&self) -> Vec<(String, String, Json)> {
        self.store.writes.lock().unwrap().clone()
    }

    pub(super) fn settings(&self, dialect: &str) -> ProviderSettings {
        let dialect = Dialect::builtin(dialect)
            .unwrap_or_else(|| Dialect::parse("of the test", dialect).unwrap());
        ProviderSettings { dialect: Arc::new(dialect), ..settings(&self.url) }
    }

    pub(super) async fn check(&self, dialect: &str, create_users: bool) -> Report {
        let options = options(create_users);
        let never = std::future::pending();
        probe::check(self.settings(dialect), options, never).await.unwrap()
    }
}

pub(super) fn options(create_users: bool) -> Options {
    Options {
        create_users,
        calls_per_second: 1000.0,
        patience: Duration::from_millis(50),
        lag_patience: Duration::from_millis(400),
    }
}

/// What a report says of a check.
pub(super) fn mark(report: &Report, check: &str) -> (Mark, String) {
    let finding = report.findings.iter().find(|finding| finding.check == check);
    let finding = finding.unwrap_or_else(|| panic!("no {check} in {report:#?}"));
    (finding.mark, finding.conclusion.clone())
}

/// The dialect that a report proposes.
pub(super) fn proposed(report: &Report, configured: &str) -> Dialect {
    match &report.proposal {
        Proposal::Keep => Dialect::builtin(configured).unwrap(),
        Proposal::BuiltIn(name) => Dialect::builtin(name).unwrap(),
        Proposal::File(file) => Dialect::parse("proposed", file).unwrap(),
    }
}

async fn serve(
    State(store): State<Store>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<String> {
    let path: Vec<&str> = uri.path().trim_start_matches("/v2/").split('/').collect();
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let query: BTreeMap<String, String> = query.into_owned().collect();
    let body: Json = serde_json::from_slice(&body).unwrap_or_default();
    if method != Method::GET {
        let write = (method.to_string(), uri.path().to_owned(), Json::clone(&body));
        store.writes.lock().unwrap().push(write);
    }
    let let_in = store.manners.tokens.iter().any(|(name, value)| {
        headers.get(*name).is_some_and(|sent| sent.to_str().unwrap() == *value)
    });
    let (status, answer) = match path.as_slice() {
        _ if !let_in => (401, json!({ "message": "who are you?" })),
        [kind @ ("Users" | "Groups"), rest @ ..] => {
            let kind = if *kind == "Users" { "Users" } else { "Groups" };
            store.answer((kind, rest.first().copied()), &method, &query, &body)
        }
        _ => (404, json!({ "message": "no such place" })),
    };
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    if store.manners.quota {
        response = response.header("ratelimit-limit", "4").header("ratelimit-remaining", "3");
    }
    response.body(if answer.is_null() { String::new() } else { answer.to_string() }).unwrap()
}

impl Store {
    fn answer(
        &self,
        (kind, id): (&'static str, Option<&str>),
        method: &Method,
        query: &BTreeMap<String, String>,
        body: &Json,
    ) -> (u16, Json) {
        let mut kinds = self.kinds.lock().unwrap();
        let resources = kinds.get_mut(kind).unwrap();
        let error = |text: &str| json!({ "detail": text });
        match (method.as_str(), id) {
            ("GET", None) if kind == "Groups" && query.contains_key("filter") => {
                let mut lookups = self.lookups.lock().unwrap();
                *lookups += 1;
                match self.manners.first_group_lookup.filter(|_| *lookups == 1) {
                    Some(status) => (status, error("not now")),
                    None => self.list(resources, query),
                }
            }
            ("GET", None) => self.list(resources, query),
            ("POST" | "PATCH" | "PUT", _) if !self.manners.may_write => (403, error("no")),
            ("POST", None) if kind == "Groups" && !self.manners.makes_groups => (405, error("no")),
            ("POST", None) => self.create(resources, kind, body),
            ("PATCH", Some(_)) if kind == "Users" && !self.manners.patches_users => {
                (405, error("no"))
            }
            (_, Some(id)) if !resources.contains_key(id) => (404, error("no such resource")),
            ("GET", Some(id)) if self.is_hidden(&resources[id]) => (404, error("no: {id}")),
            ("GET", Some(_)) if kind == "Groups" && self.manners.hides_groups => {
                (400, error("too large"))
            }
            ("GET", Some(id)) => (200, self.seen(id, &kinds[kind][id], query, &kinds["Groups"])),
            ("DELETE", Some(_)) if !self.manners.deletes => (500, error("not today")),
            ("DELETE", Some(_)) if self.manners.keeps_deleted => (204, Json::Null),
            ("DELETE", Some(id)) => (204, resources.remove(id).map_or(Json::Null, |_| Json::Null)),
            ("PATCH", Some(id)) => {
                let before = resources[id].clone();
                let answer = self.patch(resources.get_mut(id).unwrap(), body);
                let is_inactive = resources[id]["active"] == json!(false);
                if is_inactive && self.manners.inactive == Inactive::Deleted {
                    resources.remove(id);
                }
                if answer.0 == 204 && kind == "Users" && self.manners.reads_lag > 0 {
                    let mut late = self.late.lock().unwrap();
                    late.insert(id.to_owned(), (before, self.manners.reads_lag));
                }
                answer
            }
            ("PUT", Some(id)) => {
                resources.insert(id.to_owned(), body.clone());
                (200, body.clone())
            }
            _ => (405, error("no")),
        }
    }

    fn is_hidden(&self, resource: &Json) -> bool {
        self.manners.inactive == Inactive::Hidden && resource["active"] == json!(false)
    }

    /// As a read by id shows it.
    fn seen(
        &self,
        id: &str,
        resource: &Json,
        query: &BTreeMap<String, String>,
        groups: &Resources,
    ) -> Json {
        let mut shown = self.shown(resource, query);
        if let Some((before, left)) = self.late.lock().unwrap().get_mut(id)
            && *left > 0
        {
            *left -= 1;
            return before.clone();
        }
        if self.manners.hides_groups {
            let is_in = |group: &&Json| {
                let members = group["members"].as_array();
                members.is_some_and(|all| all.iter().any(|member| member["value"] == *id))
            };
            let theirs = groups.values().filter(is_in);
            let theirs: Vec<Json> = theirs.map(|group| json!({ "value": group["id"] })).collect();
            shown["groups"] = theirs.into();
        }
        shown
    }

    fn list(&self, resources: &Resources, query: &BTreeMap<String, String>) -> (u16, Json) {
        if query.contains_key("excludedAttributes") && !self.manners.takes_excluded_attributes {
            return (400, json!({ "detail": "unknown parameter" }));
        }
        let mut found: Vec<Json> =
            resources.values().map(|resource| self.shown(resource, query)).collect();
        found.retain(|resource| !self.is_hidden(resource));
        if let Some(filter) = query.get("filter").filter(|_| !self.manners.ignores_filters) {
            let (path, value) = filter.rsplit_once(" eq ").unwrap();
            if self.manners.refused_filters.contains(&path) {
                return (400, json!({ "scimType": "invalidFilter" }));
            }
            let value: String = serde_json::from_str(value).unwrap();
            found.retain(|resource| {
                let held = match path.split_once(['.', '[']) {
                    Some((list, _)) => &resource[list][0]["value"],
                    None if resource[path].is_array() => &resource[path][0]["value"],
                    None => &resource[path],
                };
                held.as_str().is_some_and(|held| held.eq_ignore_ascii_case(&value))
            });
        }
        if found.is_empty() && query.contains_key("filter") && self.manners.misses_are_404 {
            return (404, json!({ "detail": "nobody" }));
        }
        let number = |name: &str, default: usize| {
            query.get(name).map_or(default, |text| text.parse().unwrap())
        };
        let total = found.len();
        let page: Vec<Json> = found
            .into_iter()
            .skip(number("startIndex", 1) - 1)
            .take(number("count", 100).min(self.manners.page_size_max))
            .collect();
        (200, json!({ "totalResults": total, "Resources": page }))
    }

    fn shown(&self, resource: &Json, query: &BTreeMap<String, String>) -> Json {
        let mut shown = resource.clone();
        let asked = query.get("attributes").is_some_and(|names| names.contains("members"));
        if self.manners.members_only_when_asked && !asked {
            shown.as_object_mut().unwrap().shift_remove("members");
        }
        shown
    }

    fn create(&self, resources: &mut Resources, kind: &str, body: &Json) -> (u16, Json) {
        let mut object: Map<String, Json> = body.as_object().unwrap().clone();
        if !self.manners.keeps_extensions {
            object.retain(|key, _| !key.starts_with("urn:"));
        }
        let name = if kind == "Users" { "userName" } else { "displayName" };
        if resources.values().any(|other| other[name] == object[name]) {
            return (409, json!({ "scimType": "uniqueness" }));
        }
        // The request itself is in the log, so no number comes twice.
        let number = self.writes.lock().unwrap().len();
        let made = format!("{}{number}", kind.to_lowercase());
        let first = resources.keys().next().unwrap().clone();
        let anothers = resources[&first].clone();
        let mut keep = |id: &str, object: &Map<String, Json>| {
            let mut kept = object.clone();
            kept.insert("id".to_owned(), json!(id));
            resources.insert(id.to_owned(), Json::Object(kept.clone()));
            kept
        };
        match self.manners.creation {
            Creation::Honest => (201, Json::Object(keep(&made, &object))),
            Creation::Says(status) => {
                keep(&made, &object);
                (status, json!({ "detail": "no" }))
            }
            Creation::WithoutId => {
                keep(&made, &object);
                (201, Json::Object(object))
            }
            Creation::WithAnothersId => {
                keep(&made, &object);
                object.insert("id".to_owned(), json!(first));
                (201, Json::Object(object))
            }
            Creation::Anothers => {
                keep(&made, &object);
                (201, anothers)
            }
            Creation::MovesOn => {
                keep(&format!("{made}-moved"), &object);
                object.insert("id".to_owned(), json!(made));
                (201, Json::Object(object))
            }
            Creation::GivesIdAway => {
                keep(&format!("{made}-moved"), &object);
                let mut anothers = anothers.as_object().unwrap().clone();
                anothers.shift_remove("id");
                keep(&made, &anothers);
                object.insert("id".to_owned(), json!(made));
                (201, Json::Object(object))
            }
        }
    }

    fn patch(&self, resource: &mut Json, body: &Json) -> (u16, Json) {
        let operation = &body["Operations"][0];
        let path = operation["path"].as_str().unwrap_or_default();
        if path.starts_with("members") {
            return self.patch_members(resource, operation, path);
        }
        if path == "active" && operation["value"].is_boolean() && self.manners.active_is_text {
            return (400, json!({ "scimType": "invalidValue" }));
        }
        for operation in body["Operations"].as_array().unwrap() {
            let path = operation["path"].as_str().unwrap_or_default();
            let is_manager = path.ends_with(":manager") && operation["value"].is_object();
            let is_cleared = operation["op"] == "remove";
            if self.manners.clears_by_empty_text && operation["value"].is_null() {
                return (400, json!({ "scimType": "invalidValue" }));
            }
            if path.is_empty()
                || path.contains("manager")
                    && self.manners.manager_is_complex
                    && !is_manager
                    && !is_cleared
            {
                return (400, json!({ "scimType": "invalidValue" }));
            }
            let target = match path.rsplit_once(':') {
                Some((schema, name)) => &mut resource[schema][name],
                None => &mut resource[path],
            };
            *target = operation["value"].clone();
        }
        (204, Json::Null)
    }

    fn patch_members(&self, group: &mut Json, operation: &Json, path: &str) -> (u16, Json) {
        let mut members = group["members"].as_array().cloned().unwrap_or_default();
        let (removal, named) = match operation["op"].as_str().unwrap() {
            "add" => {
                for member in operation["value"].as_array().unwrap() {
                    if !members.contains(member) {
                        members.push(member.clone());
                    }
                }
                group["members"] = members.into();
                return (204, Json::Null);
            }
            _ if path.contains('[') => {
                (self.manners.by_filter, path.split('"').nth(1).unwrap().to_owned())
            }
            _ => {
                let named = operation["value"][0]["value"].as_str().unwrap();
                (self.manners.by_array, named.to_owned())
            }
        };
        match removal {
            Removal::One => members.retain(|member| member["value"] != named.as_str()),
            Removal::All => members.clear(),
            Removal::Nothing => {}
            Removal::Refused => return (400, json!({ "scimType": "invalidPath" })),
        }
        group["members"] = members.into();
        (204, Json::Null)
    }
}
