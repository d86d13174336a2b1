//! What one operation of a PATCH does to the attributes of a resource (RFC 7644 §3.5.2).

use super::path::{Path, Place};
use super::refusal::Refusal;
use super::schema::{self, Attribute, Kind};
use super::value::{keep_one_primary, take, take_all};
use serde_json::{Map, Value as Json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Edit {
    pub act: Act,
    pub path: Path,
    /// Nothing counts as `null`.
    pub value: Json,
}

impl Edit {
    /// Carries it out on `fields`, which may be half changed if it is refused.
    pub fn apply(&self, fields: &mut Map<String, Json>) -> Result<(), Refusal> {
        match self.path.place {
            Place::Core(attribute) => self.apply_to(attribute, fields),
            Place::Enterprise(attribute) => {
                within(fields, schema::ENTERPRISE_USER, |fields| self.apply_to(attribute, fields))
            }
            Place::WholeEnterprise => {
                within(fields, schema::ENTERPRISE_USER, |fields| self.apply_to_extension(fields))
            }
        }
    }

    fn removes(&self) -> bool {
        self.act == Act::Remove || (self.act == Act::Replace && self.value.is_null())
    }

    fn apply_to_extension(&self, fields: &mut Map<String, Json>) -> Result<(), Refusal> {
        if self.act != Act::Add {
            fields.clear();
        }
        if !self.removes() {
            let wrong = || Refusal::Value("An extension must be an object".to_owned());
            let object = self.value.as_object().ok_or_else(wrong)?;
            fields.extend(take_all(schema::ENTERPRISE.attributes, object)?);
        }
        Ok(())
    }

    fn apply_to(
        &self,
        attribute: &'static Attribute,
        fields: &mut Map<String, Json>,
    ) -> Result<(), Refusal> {
        match (&attribute.kind, self.path.sub) {
            (Kind::Complex(_), Some(sub)) => {
                within(fields, attribute.name, |object| self.set(sub, object))
            }
            (Kind::Complex(_), None) if self.act == Act::Add => {
                within(fields, attribute.name, |object| self.merge(attribute, object))
            }
            (Kind::Text | Kind::Flag, _) | (Kind::Complex(_), None) => self.set(attribute, fields),
            (Kind::Values(_), None) if self.path.filter.is_none() => match self.act {
                Act::Add => self.append(attribute, fields),
                Act::Replace | Act::Remove => self.set(attribute, fields),
            },
            (Kind::Values(subs), _) => self.edit_values(attribute, subs, fields),
        }
    }

    /// The attribute as a whole.
    fn set(&self, attribute: &Attribute, fields: &mut Map<String, Json>) -> Result<(), Refusal> {
        let value = if self.removes() { None } else { take(attribute, &self.value)? };
        match value {
            Some(value) => {
                fields.insert(attribute.name.to_owned(), value);
            }
            None => {
                fields.remove(attribute.name);
            }
        }
        Ok(())
    }

    fn merge(&self, attribute: &Attribute, object: &mut Map<String, Json>) -> Result<(), Refusal> {
        if let Some(Json::Object(taken)) = take(attribute, &self.value)? {
            object.extend(taken);
        }
        Ok(())
    }

    /// What is there already is not added again.
    fn append(&self, attribute: &Attribute, fields: &mut Map<String, Json>) -> Result<(), Refusal> {
        let Some(Json::Array(added)) = take(attribute, &self.value)? else {
            return Ok(());
        };
        let list = fields.entry(attribute.name).or_insert_with(|| Json::Array(Vec::new()));
        if let Json::Array(items) = list {
            let old = items.len();
            for item in added {
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            keep_one_primary(items, |at| at >= old);
        }
        Ok(())
    }

    /// Those values of a list that the path's filter chooses, or all; or a part of each.
    fn edit_values(
        &self,
        attribute: &'static Attribute,
        subs: &'static [Attribute],
        fields: &mut Map<String, Json>,
    ) -> Result<(), Refusal> {
        let chosen = |item: &Json| match (&self.path.filter, item.as_object()) {
            (Some(filter), Some(object)) => filter.matches(object),
            (None, _) => true,
            (Some(_), None) => false,
        };
        let Some(Json::Array(items)) = fields.get_mut(attribute.name) else {
            return self.nothing_there(attribute);
        };
        let hits: Vec<bool> = items.iter().map(chosen).collect();
        if !hits.contains(&true) {
            return self.nothing_there(attribute);
        }
        let is_hit = |at: usize| hits.get(at).copied().unwrap_or(false);
        for (_, item) in items.iter_mut().enumerate().filter(|(at, _)| is_hit(*at)) {
            self.edit_value(attribute, subs, item)?;
        }
        items.retain(|item| item.as_object().is_some_and(|object| !object.is_empty()));
        keep_one_primary(items, is_hit);
        if items.is_empty() {
            fields.remove(attribute.name);
        }
        Ok(())
    }

    fn edit_value(
        &self,
        attribute: &Attribute,
        subs: &[Attribute],
        item: &mut Json,
    ) -> Result<(), Refusal> {
        let Some(object) = item.as_object_mut() else {
            return Ok(());
        };
        match (self.path.sub, &self.value) {
            (Some(sub), _) => self.set(sub, object),
            (None, _) if self.removes() => {
                object.clear();
                Ok(())
            }
            (None, Json::Object(value)) => {
                if self.act == Act::Replace {
                    object.clear();
                }
                object.extend(take_all(subs, value)?);
                Ok(())
            }
            (None, _) => Err(Refusal::Value(format!("{} must be an object", attribute.name))),
        }
    }

    /// RFC 7644 §3.5.2.3; of a removal it says nothing, and nothing is left to remove.
    fn nothing_there(&self, attribute: &Attribute) -> Result<(), Refusal> {
        if self.removes() { Ok(()) } else { Err(Refusal::NoTarget(attribute.name.to_owned())) }
    }
}

/// Works inside an object of `fields`, which goes when nothing is left in it.
fn within(
    fields: &mut Map<String, Json>,
    name: &str,
    work: impl FnOnce(&mut Map<String, Json>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let entry = fields.entry(name).or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(object) = entry {
        work(object)?;
        if object.is_empty() {
            fields.remove(name);
        }
    }
    Ok(())
}
