//! Users: made, changed, deleted.

use super::edit::{Act, Edit};
use super::refusal::Refusal;
use super::schema;
use super::temper::{self, Course};
use super::value::{take_custom, take_user};
use super::{Directory, User, shares_external_id};
use serde_json::{Map, Value as Json};

/// One operation of a PATCH of a User.
#[derive(Clone, Debug)]
pub enum UserEdit {
    Known(Edit),
    /// Of custom attributes: each with its new value, `null` to remove it.
    Custom(Map<String, Json>),
    /// All custom attributes go.
    NoCustom,
}

impl Directory {
    pub fn create_user(&mut self, given: &Map<String, Json>) -> Result<&User, Refusal> {
        let mut fields = take_user(given, self.manners.custom_attributes)?;
        self.check_user(None, &fields)?;
        self.temper_user(None, None, &mut fields)?;
        let id = self.fresh_id("u");
        let user = User { id: id.clone(), fields, meta: self.new_meta() };
        self.invitations += u64::from(self.manners.new_users_are_invited);
        self.set_user(&id, Some(user));
        self.users.get(&id).ok_or(Refusal::NotThere(id))
    }

    /// PUT: what is not said is gone (RFC 7644 §3.5.1).
    pub fn replace_user(&mut self, id: &str, given: &Map<String, Json>) -> Result<&User, Refusal> {
        let fields = take_user(given, self.manners.custom_attributes)?;
        self.change_user(id, |user| {
            *user = fields;
            Ok(())
        })
    }

    /// PATCH: all of `edits`, in their order, or nothing.
    pub fn edit_user(&mut self, id: &str, edits: &[UserEdit]) -> Result<&User, Refusal> {
        let limits = self.manners.custom_attributes;
        let quirks = self.manners.quirks.clone();
        self.change_user(id, |fields| {
            for edit in edits {
                match edit {
                    UserEdit::Known(edit) => match temper::course(&quirks, edit, fields)? {
                        Course::AsItIs => edit.apply(fields)?,
                        Course::Cleared(edit) => edit.apply(fields)?,
                        Course::Ignored => {}
                    },
                    UserEdit::NoCustom => {
                        fields.remove(schema::TENANT_USER);
                    }
                    UserEdit::Custom(given) => {
                        let mut custom = fields
                            .remove(schema::TENANT_USER)
                            .and_then(|custom| custom.as_object().cloned())
                            .unwrap_or_default();
                        custom.extend(given.clone());
                        let custom = match limits {
                            Some(limits) => take_custom(&custom, limits)?,
                            None => Map::new(),
                        };
                        if !custom.is_empty() {
                            fields.insert(schema::TENANT_USER.to_owned(), Json::Object(custom));
                        }
                    }
                }
            }
            Ok(())
        })
    }

    pub fn delete_user(&mut self, id: &str) -> Result<(), Refusal> {
        let user = self.users.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?;
        let name = user.user_name().to_lowercase();
        self.names.remove(&name);
        self.set_user(id, None);
        self.leave_all(id);
        Ok(())
    }

    fn change_user(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Map<String, Json>) -> Result<(), Refusal>,
    ) -> Result<&User, Refusal> {
        let old = self.users.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))?.clone();
        let mut fields = old.fields.clone();
        change(&mut fields)?;
        self.temper_user(Some(id), Some(&old.fields), &mut fields)?;
        if !self.manners.renames_work {
            for name in ["userName", "emails"] {
                match old.fields.get(name) {
                    Some(value) => fields.insert(name.to_owned(), value.clone()),
                    None => fields.remove(name),
                };
            }
        }
        if fields != old.fields {
            let user = User { id: id.to_owned(), meta: self.changed(old.meta), fields };
            self.check_user(Some(id), &user.fields)?;
            let old_name = old.user_name().to_lowercase();
            self.names.remove(&old_name);
            self.set_user(id, Some(user));
        }
        self.users.get(id).ok_or_else(|| Refusal::NotThere(id.to_owned()))
    }

    fn check_user(&self, id: Option<&str>, fields: &Map<String, Json>) -> Result<(), Refusal> {
        let name = fields.get("userName").and_then(Json::as_str).unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Refusal::Value("userName is required".to_owned()));
        }
        if self.user_named(name).is_some_and(|other| Some(other.id.as_str()) != id) {
            return Err(Refusal::Taken("userName"));
        }
        let others = self.users().filter(|other| Some(other.id.as_str()) != id);
        if self.manners.external_ids_are_unique
            && shares_external_id(fields, others.map(|other| &other.fields))
        {
            return Err(Refusal::Taken("externalId"));
        }
        Ok(())
    }
}

impl UserEdit {
    /// Of one custom attribute.
    pub fn of_custom(act: Act, name: &str, value: Json) -> Self {
        let value = if act == Act::Remove { Json::Null } else { value };
        Self::Custom(Map::from_iter([(name.to_owned(), value)]))
    }
}
