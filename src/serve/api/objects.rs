//! Users and groups as Truto's unified model has them, from what was read of a target.

use super::field::{Field, Held, Row, attribute};
use super::lens::Lens;
use super::owners::Owners;
use super::query::{Form, Format};
use crate::model::account::{AttributeName, Value};
use crate::serve::memory::inventory::{Account, AccountNumber, Directory, Group};
use crate::serve::web::Eyes;
use serde_json::{Map, Value as Json, json};

/// Members that one answer about several groups has; who wants more asks for the group.
const MEMBERS_MOST: usize = 10_000;

/// What writes objects.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) directory: &'a Directory,
    pub(super) owners: &'a Owners,
    pub(super) form: &'a Form,
    pub(super) eyes: Eyes,
    /// Members that may still be listed; `None`: as many as there are.
    members_left: Option<usize>,
    /// Members were left out.
    pub(super) has_cut: bool,
}

impl<'a> Writer<'a> {
    /// For a list, or for one object.
    pub(super) fn new(
        directory: &'a Directory,
        owners: &'a Owners,
        form: &'a Form,
        eyes: Eyes,
        is_list: bool,
    ) -> Self {
        let members_left = is_list.then_some(MEMBERS_MOST);
        Self { directory, owners, form, eyes, members_left, has_cut: false }
    }

    /// One object.
    pub(super) fn object(&mut self, row: Row<'_>) -> Json {
        let mut object = match (row, self.form.format) {
            (Row::User(_, account), Format::Raw) => self.resource_of_user(account),
            (Row::Group(group), Format::Raw) => resource_of_group(group),
            (Row::User(number, account), Format::Unified) => self.user(row, number, account),
            (Row::Group(group), Format::Unified) => self.group(group),
        };
        if self.form.format == Format::Unified && !self.form.remote_data {
            object.shift_remove("remote_data");
        }
        for name in &self.form.excluded {
            object.shift_remove(name);
        }
        Json::Object(object)
    }

    /// What is personal, if it may be seen.
    fn shown(&self, value: Json) -> Json {
        match self.eyes {
            Eyes::Open => value,
            Eyes::Masked => Json::Null,
        }
    }

    fn user(&self, row: Row<'_>, number: AccountNumber, account: Account<'_>) -> Map<String, Json> {
        let text = |field: Field| match row.held(field) {
            Held::Text(text) => self.shown(json!(text)),
            Held::Nothing | Held::Time(_) => Json::Null,
        };
        let named = |name: &str| attribute(account, name);
        let list = |value: Option<Json>| self.shown(value.map_or(json!([]), |it| json!([it])));
        let email = named("emails.work")
            .map(|email| json!({ "email": email, "type": "work", "is_primary": true }));
        let phone =
            named("phoneNumbers.work").map(|number| json!({ "number": number, "type": "work" }));
        let organization =
            named("enterprise.organization").map(|name| json!({ "id": name, "name": name }));
        let groups = self.directory.groups_of(number);
        let groups =
            groups.map(|(_, group)| json!({ "id": group.listed.id, "name": group.listed.name }));
        let owner = self.owners.of(account.id());
        let status = match row.held(Field::Status) {
            Held::Text(status) => json!(status),
            Held::Nothing | Held::Time(_) => Json::Null,
        };
        members([
            ("id", json!(account.id())),
            ("external_id", text(Field::ExternalId)),
            (
                "identifiers",
                json!({
                    "scim_id": account.id(),
                    "employee_number": text(Field::EmployeeNumber),
                    "person": owner.map(|owner| owner["person"].clone()),
                }),
            ),
            ("first_name", text(Field::FirstName)),
            ("last_name", text(Field::LastName)),
            ("name", text(Field::Name)),
            ("username", text(Field::Username)),
            ("title", text(Field::Title)),
            ("department", text(Field::Department)),
            ("emails", list(email)),
            ("phones", list(phone)),
            ("status", status),
            ("organizations", list(organization)),
            ("groups", groups.collect()),
            ("timezone", self.shown(json!(named("timezone")))),
            ("languages", list(named("preferredLanguage").map(|it| json!(it)))),
            ("created_at", json!(account.created())),
            ("updated_at", json!(account.changed())),
            ("remote_data", Json::Object(self.resource_of_user(account))),
            ("usher", owner.cloned().unwrap_or(Json::Null)),
        ])
    }

    /// As SCIM has it, from the attributes that usher reads. The target's own words are the proxy's.
    fn resource_of_user(&self, account: Account<'_>) -> Map<String, Json> {
        const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
        const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let mut out = Map::new();
        let mut enterprise = Map::new();
        let mut custom = Map::new();
        out.insert("schemas".to_owned(), json!([USER]));
        out.insert("id".to_owned(), json!(account.id()));
        if let Some(active) = account.active() {
            out.insert("active".to_owned(), json!(active));
        }
        let attributes = account.attributes().filter(|_| self.eyes == Eyes::Open);
        for (name, value) in attributes {
            if let Some(key) = name.custom_key() {
                custom.insert(key.to_owned(), json!(value));
                continue;
            }
            match name.as_str().split_once('.') {
                None => drop(out.insert(name.as_str().to_owned(), json!(value))),
                Some(("enterprise", child)) => {
                    enterprise.insert(child.to_owned(), in_enterprise(name, &value));
                }
                Some((list, "work")) => {
                    let item = json!({ "value": value, "type": "work", "primary": true });
                    out.insert(list.to_owned(), json!([item]));
                }
                Some((parent, child)) => {
                    let parent = out.entry(parent).or_insert_with(|| json!({}));
                    if let Json::Object(parent) = parent {
                        parent.insert(child.to_owned(), json!(value));
                    }
                }
            }
        }
        if !enterprise.is_empty() {
            out.insert("schemas".to_owned(), json!([USER, ENTERPRISE]));
            out.insert(ENTERPRISE.to_owned(), Json::Object(enterprise));
        }
        if !custom.is_empty() {
            out.insert("custom".to_owned(), Json::Object(custom));
        }
        let meta = json!({ "resourceType": "User", "created": account.created(), "lastModified": account.changed() });
        out.insert("meta".to_owned(), meta);
        out
    }

    fn group(&mut self, group: &Group) -> Map<String, Json> {
        let count = group.count();
        let is_excluded = self.form.excluded.contains("members");
        let listed = if is_excluded { Json::Null } else { self.members_of(group) };
        members([
            ("id", json!(group.listed.id)),
            ("name", json!(group.listed.name)),
            ("group_type", json!("group")),
            ("members", listed),
            ("member_count", json!(count)),
            ("created_at", json!(group.listed.created)),
            ("updated_at", json!(group.listed.changed)),
            ("remote_data", Json::Object(resource_of_group(group))),
        ])
    }

    /// Null: the target does not show them.
    fn members_of(&mut self, group: &Group) -> Json {
        let Some(inside) = group.members() else { return Json::Null };
        let names = Lens::of(self.directory, Field::Username);
        let inside = inside.filter_map(|number| {
            let account = self.directory.account(number)?;
            let name = match names.held(number) {
                Held::Text(name) => self.shown(json!(name)),
                Held::Nothing | Held::Time(_) => Json::Null,
            };
            Some(json!({ "id": account.id(), "username": name }))
        });
        let others = group.others.iter().map(|id| json!({ "id": id, "username": null }));
        let most = self.members_left.unwrap_or(usize::MAX);
        let mut listed: Vec<Json> = inside.chain(others).take(most.saturating_add(1)).collect();
        if listed.len() > most {
            self.has_cut = true;
            listed.truncate(most);
        }
        self.members_left = self.members_left.map(|left| left - listed.len());
        Json::Array(listed)
    }
}

/// A manager is an object there (RFC 7643 §4.3).
fn in_enterprise(name: &AttributeName, value: &Value) -> Json {
    if *name == AttributeName::MANAGER { json!({ "value": value }) } else { json!(value) }
}

fn resource_of_group(group: &Group) -> Map<String, Json> {
    let listed = &group.listed;
    members([
        ("schemas", json!(["urn:ietf:params:scim:schemas:core:2.0:Group"])),
        ("id", json!(listed.id)),
        ("displayName", json!(listed.name)),
        (
            "meta",
            json!({ "resourceType": "Group", "created": listed.created, "lastModified": listed.changed }),
        ),
    ])
}

fn members<const COUNT: usize>(all: [(&str, Json); COUNT]) -> Map<String, Json> {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
