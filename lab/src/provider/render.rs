//! Resources as they are shown.

use super::Provider;
use super::answer::Answer;
use super::query::{Query, is_or_is_within};
use crate::provider::directory::schema::{self, Schema};
use crate::provider::directory::{Group, Meta, Refusal, User};
use serde_json::{Map, Value as Json, json};

/// A weak one, as most providers have.
pub(super) fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

impl Provider {
    pub(super) fn show_user(&self, id: &str, query: &Query) -> Result<Answer, super::Failure> {
        let user = self.directory.shown_user(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        Ok(self.user_answer(user, query))
    }

    /// As the answer to a write shows it, which knows what was written.
    pub(super) fn written_user(&self, id: &str, query: &Query) -> Result<Answer, super::Failure> {
        let user = self.directory.user(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        Ok(self.user_answer(user, query))
    }

    pub(super) fn user_answer(&self, user: &User, query: &Query) -> Answer {
        let shown = project(self.user_json(user), query);
        self.with_version(Answer::scim(200, Json::Object(shown)), user.meta)
    }

    pub(super) fn show_group(&self, id: &str, query: &Query) -> Result<Answer, super::Failure> {
        let group = self.directory.shown_group(id)?;
        Ok(self.group_answer(group, query))
    }

    /// As the answer to a write shows it, which knows what was written.
    pub(super) fn written_group(&self, id: &str, query: &Query) -> Result<Answer, super::Failure> {
        let group = self.directory.group(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        Ok(self.group_answer(group, query))
    }

    fn group_answer(&self, group: &Group, query: &Query) -> Answer {
        let shown = project(self.group_json(group, self.shows_members(query)), query);
        self.with_version(Answer::scim(200, Json::Object(shown)), group.meta)
    }

    pub(super) fn shows_members(&self, query: &Query) -> bool {
        let is_wanted = query.attributes.is_empty()
            && !self.directory.manners().members_must_be_asked_for
            && !query.excludes("members");
        is_wanted || query.asks_for("members")
    }

    pub(super) fn user_json(&self, user: &User) -> Map<String, Json> {
        let extensions = [schema::ENTERPRISE_USER, schema::TENANT_USER];
        let held = extensions.into_iter().filter(|urn| user.fields.contains_key(*urn));
        let schemas: Vec<&str> = std::iter::once(schema::CORE_USER).chain(held).collect();
        let mut shown = Map::from_iter([
            ("schemas".to_owned(), json!(schemas)),
            ("id".to_owned(), json!(user.id)),
        ]);
        shown.extend(user.fields.clone());
        if self.directory.manners().users_show_groups {
            let direct =
                |id: &str, name: &str| json!({ "value": id, "display": name, "type": "direct" });
            let extra = 0..self.directory.manners().quirks.extra_groups_shown;
            let groups: Vec<Json> = self
                .directory
                .shown_groups_of(&user.id)
                .into_iter()
                .map(|group| direct(&group.id, group.name()))
                .chain(extra.map(|n| direct(&format!("extra-{n}"), &format!("Extra group {n}"))))
                .collect();
            if !groups.is_empty() {
                shown.insert("groups".to_owned(), Json::Array(groups));
            }
        }
        shown.insert("meta".to_owned(), self.meta_json(&schema::USER, &user.id, user.meta));
        shown
    }

    pub(super) fn group_json(&self, group: &Group, with_members: bool) -> Map<String, Json> {
        let mut shown = Map::from_iter([
            ("schemas".to_owned(), json!([schema::CORE_GROUP])),
            ("id".to_owned(), json!(group.id)),
        ]);
        shown.extend(group.fields.clone());
        if with_members {
            let extra = 0..self.directory.manners().quirks.extra_members_shown;
            let members: Vec<Json> = group
                .members
                .iter()
                .map(|id| Json::Object(self.directory.member_value(id)))
                .chain(extra.map(|n| json!({ "value": format!("extra-{n}") })))
                .collect();
            shown.insert("members".to_owned(), Json::Array(members));
        }
        shown.insert("meta".to_owned(), self.meta_json(&schema::GROUP, &group.id, group.meta));
        shown
    }

    /// Where something hangs, as a whole address.
    pub(super) fn location(&self, below: &str) -> String {
        format!("{}{}/{below}", self.origin, self.directory.manners().base_path)
    }

    fn meta_json(&self, schema: &Schema, id: &str, meta: Meta) -> Json {
        let mut shown = json!({
            "resourceType": schema.name,
            "created": meta.created.to_string(),
            "lastModified": meta.modified.to_string(),
            "location": self.location(&format!("{}/{id}", schema.endpoint)),
        });
        if self.directory.manners().has_etags
            && let Some(shown) = shown.as_object_mut()
        {
            shown.insert("version".to_owned(), etag(meta.version).into());
        }
        shown
    }

    fn with_version(&self, answer: Answer, meta: Meta) -> Answer {
        if self.directory.manners().has_etags {
            answer.with_header("etag", &etag(meta.version))
        } else {
            answer
        }
    }
}

/// What was asked for, and what is always there: `schemas` and `id`.
pub(super) fn project(mut shown: Map<String, Json>, query: &Query) -> Map<String, Json> {
    let is_always = |name: &str| name == "schemas" || name == "id";
    if !query.attributes.is_empty() {
        shown.retain(|name, _| is_always(name) || query.asks_for(name));
        for (name, value) in &mut shown {
            keep_parts(name, value, &query.attributes);
        }
    }
    shown.retain(|name, _| is_always(name) || !query.excludes(name));
    shown
}

/// Of an attribute that is only asked for in parts, these parts.
fn keep_parts(attribute: &str, value: &mut Json, asked: &[String]) {
    let parts: Option<Vec<&str>> = asked
        .iter()
        .filter(|name| is_or_is_within(name, attribute))
        .map(|name| name.get(attribute.len() + 1..))
        .collect();
    let Some(parts) = parts.filter(|parts| !parts.is_empty()) else {
        return;
    };
    let is_part = |name: &str| parts.iter().any(|part| is_or_is_within(part, name));
    match value {
        Json::Object(object) => object.retain(|name, _| is_part(name)),
        Json::Array(items) => {
            for item in items.iter_mut().filter_map(Json::as_object_mut) {
                item.retain(|name, _| is_part(name));
            }
        }
        _ => {}
    }
}
