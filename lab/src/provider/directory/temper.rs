//! What the provider has against a change of a user, and what it does not keep of it.

use super::edit::{Act, Edit};
use super::path::Place;
use super::schema::{self, Kind};
use super::{Directory, Refusal};
use crate::provider::quirks::{Clearing, Quirks};
use serde_json::{Map, Value as Json};

type Fields = Map<String, Json>;

impl Directory {
    /// Refuses what is not taken in, and puts back what is not kept. `old`: the user before, who is
    /// not there yet when it is made.
    pub(super) fn temper_user(
        &mut self,
        id: Option<&str>,
        old: Option<&Fields>,
        fields: &mut Fields,
    ) -> Result<(), Refusal> {
        let quirks = &self.manners.quirks;
        for name in &quirks.refused_attributes {
            let place = place(name);
            let found = found(fields, &place);
            if found.is_some() && found != old.and_then(|old| self::found(old, &place)) {
                return Err(Refusal::Value(format!("{name} is not valid")));
            }
        }
        for name in &quirks.dropped_attributes {
            let place = place(name);
            let before = old.and_then(|old| self::found(old, &place)).cloned();
            put(fields, &place, before);
        }
        let is_renamed = old.is_some_and(|old| old.get("userName") != fields.get("userName"));
        if quirks.renames_are_refused && is_renamed {
            return Err(Refusal::ReadOnly("userName".to_owned()));
        }
        match (id, old) {
            (Some(id), Some(old)) => self.check_conflicts(id, is_active(old), is_active(fields)),
            _ => self.check_seats(is_active(fields)),
        }
    }

    fn check_conflicts(&mut self, id: &str, was: bool, is: bool) -> Result<(), Refusal> {
        let most = self.manners.quirks.deactivations_conflict;
        if !was || is || most == 0 {
            return Ok(());
        }
        let met = self.conflicts.entry(id.to_owned()).or_default();
        if *met >= most {
            return Ok(());
        }
        *met += 1;
        let text = "The resource was changed by somebody else at the same time";
        Err(Refusal::Told { status: 409, scim_type: None, text })
    }

    fn check_seats(&self, needs_one: bool) -> Result<(), Refusal> {
        let Some(seats) = self.manners.quirks.seats.filter(|_| needs_one) else {
            return Ok(());
        };
        let taken = self.users.values().filter(|user| is_active(&user.fields)).count();
        if taken < seats.most {
            return Ok(());
        }
        let text = "All seats of the subscription are taken";
        Err(Refusal::Told { status: seats.status, scim_type: None, text })
    }
}

fn is_active(fields: &Fields) -> bool {
    fields.get("active") != Some(&Json::Bool(false))
}

/// How one operation of a PATCH is to be taken.
pub(super) enum Course {
    AsItIs,
    /// To be carried out as this.
    Cleared(Box<Edit>),
    Ignored,
}

/// Looks whether `edit` would clear an attribute, and whether that is the way.
pub(super) fn course(quirks: &Quirks, edit: &Edit, fields: &Fields) -> Result<Course, Refusal> {
    let Some(way) = clearing(edit).filter(|_| is_assigned(edit, fields)) else {
        return Ok(Course::AsItIs);
    };
    match quirks.clears_by {
        Clearing::Any => Ok(Course::AsItIs),
        known if known == way => {
            let removal = Edit { act: Act::Remove, path: edit.path.clone(), value: Json::Null };
            Ok(Course::Cleared(Box::new(removal)))
        }
        _ if quirks.other_clearing_is_ignored => Ok(Course::Ignored),
        _ => Err(Refusal::Value(format!("{} cannot be cleared so", edit.path.name()))),
    }
}

/// In which way it would clear a single value; `None`: it would not.
fn clearing(edit: &Edit) -> Option<Clearing> {
    let (Place::Core(attribute) | Place::Enterprise(attribute)) = edit.path.place else {
        return None;
    };
    if matches!(attribute.kind, Kind::Values(_)) {
        return None;
    }
    match (edit.act, &edit.value) {
        (Act::Remove, _) => Some(Clearing::Remove),
        (Act::Replace, Json::Null) => Some(Clearing::Null),
        (Act::Add | Act::Replace, Json::String(text)) if text.is_empty() => {
            Some(Clearing::EmptyText)
        }
        (Act::Add | Act::Replace, _) => None,
    }
}

fn is_assigned(edit: &Edit, fields: &Fields) -> bool {
    let held = match edit.path.place {
        Place::Core(attribute) => fields.get(attribute.name),
        Place::Enterprise(attribute) => {
            fields.get(schema::ENTERPRISE_USER).and_then(|extension| extension.get(attribute.name))
        }
        Place::WholeEnterprise => None,
    };
    match (held, edit.path.sub) {
        (Some(held), Some(sub)) => held.get(sub.name).is_some(),
        (held, _) => held.is_some(),
    }
}

/// Where an attribute of that name stands: `title`, `costCenter`, `name.givenName`, or a custom one.
fn place(name: &str) -> Vec<&str> {
    let (head, sub) = match name.split_once('.') {
        Some((head, sub)) => (head, Some(sub)),
        None => (name, None),
    };
    let core = schema::find(schema::USER.attributes, head);
    let enterprise = schema::find(schema::ENTERPRISE.attributes, head);
    let mut place = match (core, enterprise) {
        (Some(attribute), _) => vec![attribute.name],
        (None, Some(attribute)) => vec![schema::ENTERPRISE_USER, attribute.name],
        (None, None) => vec![schema::TENANT_USER, head],
    };
    place.extend(sub);
    place
}

fn found<'a>(fields: &'a Fields, place: &[&str]) -> Option<&'a Json> {
    let (first, rest) = place.split_first()?;
    rest.iter().try_fold(fields.get(*first)?, |held, name| held.get(*name))
}

/// Sets it, or takes it out with all that is empty then.
fn put(fields: &mut Fields, place: &[&str], value: Option<Json>) {
    let Some((first, rest)) = place.split_first() else {
        return;
    };
    if rest.is_empty() {
        match value {
            Some(value) => fields.insert((*first).to_owned(), value),
            None => fields.remove(*first),
        };
        return;
    }
    if value.is_none() && !fields.contains_key(*first) {
        return;
    }
    let inner = fields.entry((*first).to_owned()).or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(inner) = inner {
        put(inner, rest, value);
        if inner.is_empty() {
            fields.remove(*first);
        }
    }
}
