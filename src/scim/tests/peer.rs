//! A provider with users and groups, and with the surprises that a trial must find.

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

/// What removing by this form does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    One,
    All,
    Nothing,
    Refused,
}

/// How this provider behaves. The default is RFC 7644.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each of another surprise")]
pub(super) struct Manners {
    /// Header and value with which one is let in.
    pub(super) tokens: Vec<(&'static str, &'static str)>,
    pub(super) may_write: bool,
    pub(super) by_filter: Removal,
    pub(super) by_array: Removal,
    pub(super) ignores_filters: bool,
    /// Filter paths that are refused.
    pub(super) refused_filters: Vec<&'static str>,
    pub(super) page_size_max: usize,
    pub(super) members_only_when_asked: bool,
    pub(super) takes_excluded_attributes: bool,
    pub(super) keeps_extensions: bool,
    pub(super) patches_users: bool,
    pub(super) active_is_text: bool,
    pub(super) makes_groups: bool,
    /// Answers a DELETE with 500.
    pub(super) deletes: bool,
    /// Answers a DELETE with 204 and keeps what it is.
    pub(super) keeps_deleted: bool,
    /// How the first look-up of a group is answered.
    pub(super) first_group_lookup: Option<u16>,
    pub(super) creation: Creation,
    pub(super) quota: bool,
}

/// What a POST does and says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Creation {
    Honest,
    /// Makes it, and answers with that status and no resource.
    Says(u16),
    /// Makes it, and answers without an id.
    WithoutId,
    /// Makes it, and answers with the id of what was there first.
    WithAnothersId,
    /// Answers with what was there first.
    Anothers,
    /// Makes it, and gives it another id at once; the one in the answer is nobody's.
    MovesOn,
    /// Makes it, and gives it another id at once; the one in the answer is somebody's who was there.
    GivesIdAway,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            tokens: vec![("authorization", "Bearer s3cret")],
            may_write: true,
            by_filter: Removal::One,
            by_array: Removal::Refused,
            ignores_filters: false,
            refused_filters: Vec::new(),
            page_size_max: 1000,
            members_only_when_asked: false,
            takes_excluded_attributes: true,
            keeps_extensions: true,
            patches_users: true,
            active_is_text: false,
            makes_groups: true,
            deletes: true,
            keeps_deleted: false,
            first_group_lookup: None,
            creation: Creation::Honest,
            quota: false,
        }
    }
}

type Resources = BTreeMap<String, Json>;

#[derive(Clone)]
struct Store {
    manners: Arc<Manners>,
    kinds: Arc<Mutex<BTreeMap<&'static str, Resources>>>,
    /// Methods, paths and bodies of all that would write.
    writes: Arc<Mutex<Vec<(String, String, Json)>>>,
    lookups: Arc<Mutex<usize>>,
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
    Options { create_users, calls_per_second: 1000.0, patience: Duration::from_millis(50) }
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
            ("GET", Some(id)) => (200, self.shown(&resources[id], query)),
            ("DELETE", Some(_)) if !self.manners.deletes => (500, error("not today")),
            ("DELETE", Some(_)) if self.manners.keeps_deleted => (204, Json::Null),
            ("DELETE", Some(id)) => (204, resources.remove(id).map_or(Json::Null, |_| Json::Null)),
            ("PATCH", Some(id)) => self.patch(resources.get_mut(id).unwrap(), body),
            ("PUT", Some(id)) => {
                resources.insert(id.to_owned(), body.clone());
                (200, body.clone())
            }
            _ => (405, error("no")),
        }
    }

    fn list(&self, resources: &Resources, query: &BTreeMap<String, String>) -> (u16, Json) {
        if query.contains_key("excludedAttributes") && !self.manners.takes_excluded_attributes {
            return (400, json!({ "detail": "unknown parameter" }));
        }
        let mut found: Vec<Json> =
            resources.values().map(|resource| self.shown(resource, query)).collect();
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
        let made = format!("{}{}", kind.to_lowercase(), resources.len());
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
            let path = operation["path"].as_str().unwrap();
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
