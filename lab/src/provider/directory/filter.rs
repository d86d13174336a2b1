//! Filters (RFC 7644 §3.4.2.2): parsed once, matched against a resource or a value of a list.

use super::{schema, syntax};
use serde_json::{Map, Value as Json};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare {
        attribute: Name,
        operator: Operator,
        value: Json,
    },
    Present(Name),
    /// `emails[type eq "work"]`
    Within {
        attribute: Name,
        filter: Box<Filter>,
    },
}

/// An attribute as a filter names it: `urn:…:User:department`, `name.givenName`, `userName`.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    urn: Option<String>,
    parts: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// `None`: not understood. `bare`: values may come without quotes.
    pub fn parse(text: &str, bare: bool) -> Option<Self> {
        syntax::parse(text, bare)
    }

    /// `attribute eq "text"`, made without parsing.
    pub fn equal(attribute: &str, text: &str) -> Self {
        let attribute = Name { urn: None, parts: vec![attribute.to_owned()] };
        Self::Compare { attribute, operator: Operator::Equal, value: Json::from(text) }
    }

    /// The text, if all this says is that `attribute` equals it.
    pub fn equals(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::Compare { attribute: name, operator: Operator::Equal, value } => {
                let only = name.urn.is_none() && name.parts.len() == 1;
                let same = name.parts.first().is_some_and(|p| p.eq_ignore_ascii_case(attribute));
                value.as_str().filter(|_| only && same)
            }
            _ => None,
        }
    }

    /// Whether it asks for `attribute` anywhere.
    pub fn mentions(&self, attribute: &str) -> bool {
        let names =
            |name: &Name| name.parts.first().is_some_and(|p| p.eq_ignore_ascii_case(attribute));
        match self {
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().any(|filter| filter.mentions(attribute))
            }
            Self::Not(filter) => filter.mentions(attribute),
            Self::Compare { attribute: name, .. }
            | Self::Present(name)
            | Self::Within { attribute: name, .. } => names(name),
        }
    }

    pub fn matches(&self, resource: &Map<String, Json>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(resource)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(resource)),
            Self::Not(filter) => !filter.matches(resource),
            Self::Present(name) => name.find(resource).into_iter().any(is_assigned),
            Self::Compare { attribute, operator: Operator::NotEqual, value } => !attribute
                .find(resource)
                .into_iter()
                .any(|found| attribute.compare(found, Operator::Equal, value)),
            Self::Compare { attribute, operator, value } => attribute
                .find(resource)
                .into_iter()
                .any(|found| attribute.compare(found, *operator, value)),
            Self::Within { attribute, filter } => attribute
                .find(resource)
                .into_iter()
                .filter_map(Json::as_object)
                .any(|found| filter.matches(found)),
        }
    }
}

fn is_assigned(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(object) => !object.is_empty(),
        Json::Bool(_) | Json::Number(_) => true,
    }
}

impl Name {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let known = [schema::CORE_USER, schema::CORE_GROUP];
        let extensions = [schema::ENTERPRISE_USER, schema::TENANT_USER];
        let found = |urns: &[&'static str]| {
            urns.iter().find_map(|urn| Some((*urn, schema::after_urn(text, urn)?)))
        };
        let (urn, rest) = match (found(&known), found(&extensions)) {
            (Some((_, rest)), _) => (None, rest),
            (None, Some((urn, rest))) => (Some(urn.to_owned()), rest),
            (None, None) => (None, text),
        };
        let parts: Vec<String> = rest.split('.').map(str::to_owned).collect();
        let is_name = |part: &String| {
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        };
        (parts.len() <= 2 && parts.iter().all(is_name)).then_some(Self { urn, parts })
    }

    /// All values it leads to; those of a list, each.
    fn find<'a>(&self, resource: &'a Map<String, Json>) -> Vec<&'a Json> {
        let mut object = Some(resource);
        if let Some(urn) = &self.urn {
            object = resource.get(urn).and_then(Json::as_object);
        }
        let Some((first, rest)) = object
            .zip(self.parts.split_first())
            .and_then(|(object, parts)| Some((get(object, parts.0)?, parts.1)))
        else {
            return Vec::new();
        };
        let each: Vec<&Json> = match first {
            Json::Array(items) => items.iter().collect(),
            single => vec![single],
        };
        match rest.first() {
            None => each,
            Some(sub) => each.into_iter().filter_map(|item| get(item.as_object()?, sub)).collect(),
        }
    }

    /// Text is compared without case but for what is `caseExact`. A list's value stands for its
    /// `value`.
    fn compare(&self, found: &Json, operator: Operator, wanted: &Json) -> bool {
        let found = found.as_object().and_then(|object| get(object, "value")).unwrap_or(found);
        let exact = self
            .parts
            .last()
            .is_some_and(|name| ["externalId", "id"].iter().any(|e| e.eq_ignore_ascii_case(name)));
        match (found, wanted) {
            (Json::String(found), Json::String(wanted)) if exact => {
                compare_text(found, operator, wanted)
            }
            (Json::String(found), Json::String(wanted)) => {
                compare_text(&found.to_lowercase(), operator, &wanted.to_lowercase())
            }
            (Json::Number(found), Json::Number(wanted)) => {
                let ordering = found.as_f64().partial_cmp(&wanted.as_f64());
                ordering.is_some_and(|ordering| operator.allows(ordering))
            }
            (found, wanted) => operator == Operator::Equal && found == wanted,
        }
    }
}

fn compare_text(found: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Contains => found.contains(wanted),
        Operator::StartsWith => found.starts_with(wanted),
        Operator::EndsWith => found.ends_with(wanted),
        _ => operator.allows(found.cmp(wanted)),
    }
}

impl Operator {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "co" => Self::Contains,
            "sw" => Self::StartsWith,
            "ew" => Self::EndsWith,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn allows(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::NotEqual => ordering.is_ne(),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// A member of an object, whatever its letter case.
pub fn get<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object.get(name).or_else(|| {
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}
