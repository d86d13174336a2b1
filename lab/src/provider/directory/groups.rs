//! Groups: made, changed, filled, deleted.

use super::edit::{Act, Edit};
use super::path::Place;
use super::refusal::Refusal;
use super::schema;
use super::value::take_all;
use super::{Directory, Group, shares_external_id};
use crate::provider::manners::ArrayRemoval;
use crate::provider::quirks::On;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

impl Directory {
    pub fn create_group(&mut self, given: &Map<String, Json>) -> Result<&Group, Refusal> {
        let (fields, members) = self.take_group(None, given)?;
        let group = Group { id: self.fresh_id("g"), fields, members, meta: self.new_meta() };
        self.keep_group(group)
    }

    /// A group of that name, whether it is free or not, as a console or a merger may leave it.
    pub fn plant_group(&mut self, name: &str) -> Result<&Group, Refusal> {
        let fields = Map::from_iter([("displayName".to_owned(), Json::from(name))]);
        let (id, meta) = (self.fresh_id("g"), self.new_meta());
        self.keep_group(Group { id, fields, members: BTreeSet::new(), meta })
    }

    /// PUT: what is not said is gone, members included.
    pub fn replace_group(
        &mut self,
        id: &str,
        given: &Map<String, Json>,
    ) -> Result<&Group, Refusal> {
        let old = self.groups.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        self.check_group_refusal(old, On::Writes)?;
        let meta = self.changed(old.meta);
        let (fields, members) = self.take_group(Some(id), given)?;
        self.keep_group(Group { id: id.to_owned(), fields, members, meta })
    }

    /// PATCH: all of `edits`, in their order, or nothing.
    pub fn edit_group(&mut self, id: &str, edits: &[Edit]) -> Result<&Group, Refusal> {
        let old = self.groups.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        self.check_group_refusal(old, On::Writes)?;
        let mut group = old.clone();
        for edit in edits {
            match edit.path.place {
                Place::Core(attribute) if attribute.name == "members" => {
                    self.edit_members(&mut group.members, edit)?;
                }
                _ => edit.apply(&mut group.fields)?,
            }
        }
        if group == *old {
            return self.groups.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()));
        }
        group.meta = self.changed(old.meta);
        self.check_group(Some(id), &group.fields)?;
        self.keep_group(group)
    }

    pub fn delete_group(&mut self, id: &str) -> Result<(), Refusal> {
        let group = self.groups.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        self.check_group_refusal(group, On::Writes)?;
        self.set_group(id, None);
        self.leave_all(id);
        Ok(())
    }

    /// What a member is called, for people.
    pub fn member_name(&self, id: &str) -> &str {
        let user = self.user(id).map(super::User::user_name);
        user.or_else(|| self.group(id).map(Group::name)).unwrap_or_default()
    }

    fn take_group(
        &self,
        id: Option<&str>,
        given: &Map<String, Json>,
    ) -> Result<(Map<String, Json>, BTreeSet<String>), Refusal> {
        let mut fields = take_all(schema::GROUP.attributes, given)?;
        let members = fields.remove("members").unwrap_or_default();
        self.check_group(id, &fields)?;
        let members = self.known_members(&members)?;
        Ok((fields, members))
    }

    fn check_group(&self, id: Option<&str>, fields: &Map<String, Json>) -> Result<(), Refusal> {
        let name = fields.get("displayName").and_then(Json::as_str).unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Refusal::Value("displayName is required".to_owned()));
        }
        let others = || self.groups().filter(|other| Some(other.id.as_str()) != id);
        if self.manners.group_names_are_unique
            && others().any(|other| other.name().eq_ignore_ascii_case(name))
        {
            return Err(Refusal::Taken("displayName"));
        }
        if self.manners.external_ids_are_unique
            && shares_external_id(fields, others().map(|other| &other.fields))
        {
            return Err(Refusal::Taken("externalId"));
        }
        Ok(())
    }

    fn keep_group(&mut self, group: Group) -> Result<&Group, Refusal> {
        let id = group.id.clone();
        self.set_group(&id, Some(group));
        self.groups.get(&id).ok_or(Refusal::NotThere(id))
    }

    fn edit_members(&self, members: &mut BTreeSet<String>, edit: &Edit) -> Result<(), Refusal> {
        if edit.path.sub.is_some() {
            return Err(Refusal::Path("members with a part of each".to_owned()));
        }
        match (edit.act, &edit.path.filter, &edit.value) {
            (Act::Add, None, value) => members.extend(self.known_members(value)?),
            (Act::Replace, None, value) => *members = self.known_members(value)?,
            (Act::Add | Act::Replace, Some(_), _) => {
                return Err(Refusal::Path("members with a filter".to_owned()));
            }
            (Act::Remove, Some(_), _) if !self.manners.filter_removal_works => {
                return Err(Refusal::Path("members with a filter".to_owned()));
            }
            (Act::Remove, Some(filter), _) => match filter.equals("value") {
                Some(id) => {
                    members.remove(id);
                }
                None => members.retain(|id| !filter.matches(&self.member_value(id))),
            },
            (Act::Remove, None, Json::Null) => members.clear(),
            (Act::Remove, None, value) => match self.manners.array_removal {
                ArrayRemoval::TakesThemOut => {
                    for id in ids_of(value)? {
                        members.remove(&id);
                    }
                }
                ArrayRemoval::EmptiesTheGroup => members.clear(),
                ArrayRemoval::IsRefused => {
                    let what = "a removal takes no value; say members[value eq \"id\"]";
                    return Err(Refusal::Syntax(what));
                }
            },
        }
        Ok(())
    }

    /// A member as it is shown.
    pub fn member_value(&self, id: &str) -> Map<String, Json> {
        let name = Some(self.member_name(id)).filter(|name| !name.is_empty());
        let display = name.map(|name| ("display".to_owned(), Json::from(name)));
        std::iter::once(("value".to_owned(), Json::from(id))).chain(display).collect()
    }

    /// The ids that `value` lists; each must be there, if that is asked for.
    fn known_members(&self, value: &Json) -> Result<BTreeSet<String>, Refusal> {
        let ids = ids_of(value)?;
        for id in &ids {
            let is_group = self.groups.contains_key(id);
            let is_unknown =
                self.manners.members_must_exist && !is_group && !self.users.contains_key(id);
            if is_unknown || (is_group && !self.manners.groups_may_nest) {
                return Err(Refusal::UnknownMember(id.clone()));
            }
        }
        Ok(ids)
    }
}

/// `[{"value": "id"}]`, or one of them alone; nothing is nobody.
fn ids_of(value: &Json) -> Result<BTreeSet<String>, Refusal> {
    let wrong = || Refusal::Value("members must be a list of objects with a value".to_owned());
    let id_of = |item: &Json| {
        let id = super::filter::get(item.as_object()?, "value")?.as_str()?;
        (!id.is_empty()).then(|| id.to_owned())
    };
    match value {
        Json::Null => Ok(BTreeSet::new()),
        Json::Array(items) => items.iter().map(|item| id_of(item).ok_or_else(wrong)).collect(),
        single => Ok(BTreeSet::from([id_of(single).ok_or_else(wrong)?])),
    }
}
