//! How a provider's SCIM differs from others', as data.
//!
//! The defaults are RFC 7644; a file states only what differs, and a key that is not known is
//! refused, for a quirk that is silently ignored can empty a group.

use super::Error;
use crate::model::account::AttributeName;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// The dialects that come with usher, by name.
const BUILT_IN: &[(&str, &str)] =
    &[("rfc7644", include_str!("../../config/dialects/rfc7644.yaml"))];

/// What a client must know of a provider beyond the RFC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// Where the token goes.
    pub auth: Auth,
    pub media: Media,
    /// Attributes by which an account is looked up, in this order.
    pub lookup: Vec<AttributeName>,
    /// What stands left of `eq` in a filter, where it is not the attribute's own path.
    pub filters: BTreeMap<AttributeName, String>,
    pub groups: Groups,
    pub paging: Paging,
    /// What a 202 says.
    pub status_202: Accepted,
}

/// Where the token goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    pub header: String,
    /// Stands before the token; empty if the token stands alone.
    pub scheme: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    pub accept: String,
    pub content_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Groups {
    /// Added to the query when groups are looked up by name.
    pub search_query: String,
    /// Added to the query when a group's members are read.
    pub members_query: String,
    pub remove_member: RemoveMember,
}

/// How one member is taken out of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemoveMember {
    /// `members[value eq "id"]`, as RFC 7644 §3.5.2.2 has it.
    ValueFilter,
    /// `members` with `value: [{value: id}]`. A strict server empties the whole group.
    ValueArray,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paging {
    pub page_size: NonZeroU32,
    /// A look-up that is not at its end by then has failed.
    pub pages_max: NonZeroU32,
}

/// What a 202 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accepted {
    Pending,
    Done,
}

impl Dialect {
    /// The dialect of that name that comes with usher.
    pub fn builtin(name: &str) -> Option<Self> {
        BUILT_IN
            .iter()
            .find(|(known, _)| *known == name)
            .and_then(|(name, text)| Self::parse(name, text).ok())
    }

    /// The names of the dialects that come with usher.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Reads a dialect file; `name` is for the error's text.
    pub fn parse(name: &str, yaml_text: &str) -> Result<Self, Error> {
        let dialect: Self = serde_saphyr::from_str(yaml_text).map_err(|source| {
            Error::DialectUnreadable { dialect: name.to_owned(), source: Box::new(source) }
        })?;
        dialect.check().map_err(|what| Error::DialectWrong { dialect: name.to_owned(), what })?;
        Ok(dialect)
    }

    fn check(&self) -> Result<(), String> {
        if HeaderName::try_from(&self.auth.header).is_err() {
            return Err("`auth.header` is not the name of an HTTP header".to_owned());
        }
        for (key, text) in [
            ("auth.scheme", &self.auth.scheme),
            ("media.accept", &self.media.accept),
            ("media.content_type", &self.media.content_type),
        ] {
            if HeaderValue::try_from(text).is_err() {
                return Err(format!("`{key}` cannot stand in an HTTP header"));
            }
        }
        if self.lookup.is_empty() {
            return Err("`lookup` names no attribute; no account could ever be found".to_owned());
        }
        Ok(())
    }
}

impl Default for Dialect {
    fn default() -> Self {
        let filters =
            [("emails.work", "emails.value"), ("phoneNumbers.work", "phoneNumbers.value")];
        Self {
            auth: Auth::default(),
            media: Media::default(),
            lookup: vec![AttributeName::USER_NAME, AttributeName::WORK_EMAIL],
            filters: filters
                .into_iter()
                .filter_map(|(name, path)| Some((AttributeName::parse(name).ok()?, path.into())))
                .collect(),
            groups: Groups::default(),
            paging: Paging::default(),
            status_202: Accepted::Pending,
        }
    }
}

impl Default for Auth {
    fn default() -> Self {
        Self { header: "Authorization".to_owned(), scheme: "Bearer".to_owned() }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            accept: "application/scim+json, application/json;q=0.9".to_owned(),
            content_type: "application/scim+json".to_owned(),
        }
    }
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            search_query: "excludedAttributes=members".to_owned(),
            members_query: "attributes=members".to_owned(),
            remove_member: RemoveMember::ValueFilter,
        }
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            page_size: NonZeroU32::MIN.saturating_add(99),
            pages_max: NonZeroU32::MIN.saturating_add(199),
        }
    }
}
