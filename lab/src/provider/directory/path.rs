//! Paths of a PATCH (RFC 7644 §3.5.2): an attribute, a value of a list, or a part of either.

use super::filter::Filter;
use super::refusal::Refusal;
use super::schema::{self, Access, Attribute, Kind, Schema};

/// Where an edit works.
#[derive(Clone, Debug)]
pub struct Path {
    pub place: Place,
    /// `[type eq "work"]`
    pub filter: Option<Filter>,
    /// `.value`
    pub sub: Option<&'static Attribute>,
}

/// The attribute at the head of a path.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Core(&'static Attribute),
    /// Of the enterprise extension.
    Enterprise(&'static Attribute),
    WholeEnterprise,
}

/// What a path may lead to.
#[derive(Clone, Debug)]
pub enum Parsed {
    Path(Path),
    /// A custom attribute; the name is the customer's.
    Custom(String),
    AllCustom,
}

/// How paths are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub folds_case: bool,
    pub has_custom: bool,
}

impl Path {
    pub fn of(place: Place) -> Self {
        Self { place, filter: None, sub: None }
    }

    #[must_use]
    pub fn with_sub(mut self, sub: &'static Attribute) -> Self {
        self.sub = Some(sub);
        self
    }

    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// For the text of refusals.
    pub fn name(&self) -> &'static str {
        match self.place {
            Place::Core(attribute) | Place::Enterprise(attribute) => attribute.name,
            Place::WholeEnterprise => schema::ENTERPRISE_USER,
        }
    }
}

/// Reads a path of a resource of that schema.
pub fn parse(text: &str, schema: &'static Schema, reading: Reading) -> Result<Parsed, Refusal> {
    let refused = || Refusal::Path(text.to_owned());
    let is_user = schema.urn == schema::CORE_USER;
    if is_user
        && reading.has_custom
        && let Some(name) = schema::after_urn(text, schema::TENANT_USER)
    {
        let name = name.to_owned();
        return Ok(if name.is_empty() { Parsed::AllCustom } else { Parsed::Custom(name) });
    }
    let (extension, rest) = match schema::after_urn(text, schema::ENTERPRISE_USER) {
        Some("") if is_user => return Ok(Parsed::Path(Path::of(Place::WholeEnterprise))),
        Some(rest) if is_user => (true, rest),
        _ => (false, schema::after_urn(text, schema.urn).unwrap_or(text)),
    };
    let (name, filter, sub) = split(rest).ok_or_else(refused)?;
    if schema::is_common(name) {
        return Err(Refusal::ReadOnly(name.to_owned()));
    }
    let attributes = if extension { schema::ENTERPRISE.attributes } else { schema.attributes };
    let attribute = find(attributes, name, reading).ok_or_else(refused)?;
    if attribute.access == Access::ReadOnly {
        return Err(Refusal::ReadOnly(attribute.name.to_owned()));
    }
    let sub = match (sub, &attribute.kind) {
        (None, _) => None,
        (Some(sub), Kind::Complex(subs) | Kind::Values(subs)) => {
            Some(find(subs, sub, reading).ok_or_else(refused)?)
        }
        (Some(_), Kind::Text | Kind::Flag) => return Err(refused()),
    };
    let filter = match (filter, &attribute.kind) {
        (None, _) => None,
        (Some(filter), Kind::Values(_)) => Some(Filter::parse(filter, false).ok_or_else(refused)?),
        (Some(_), _) => return Err(refused()),
    };
    let place = if extension { Place::Enterprise(attribute) } else { Place::Core(attribute) };
    Ok(Parsed::Path(Path { place, filter, sub }))
}

/// `emails[type eq "work"].value` is `emails`, `type eq "work"` and `value`.
fn split(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    if let Some((name, rest)) = text.split_once('[') {
        let (filter, rest) = rest.rsplit_once(']')?;
        return match rest.strip_prefix('.') {
            Some(sub) => Some((name, Some(filter), Some(sub))),
            None => rest.is_empty().then_some((name, Some(filter), None)),
        };
    }
    Some(match text.split_once('.') {
        Some((name, sub)) => (name, None, Some(sub)),
        None => (text, None, None),
    })
}

fn find(
    attributes: &'static [Attribute],
    name: &str,
    reading: Reading,
) -> Option<&'static Attribute> {
    let found = schema::find(attributes, name)?;
    (reading.folds_case || found.name == name).then_some(found)
}
