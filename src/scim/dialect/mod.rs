//! How a provider's SCIM differs from others', as data.
//!
//! The defaults are RFC 7644; a file states only what differs from its `base`, and a key that is not
//! known is refused, for a quirk that is silently ignored can empty a group.

mod defaults;
mod file;

use crate::model::account::{AttributeName, CustomLimits};
use crate::model::schema::attribute_names;
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// What a client must know of a provider beyond the RFC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// Where the token goes.
    pub auth: Auth,
    pub media: Media,
    /// Attributes by which an account is looked up, in this order.
    pub lookup: Vec<AttributeName>,
    /// What stands left of `eq` in a filter, where it is not the attribute's own path.
    #[schemars(extend("propertyNames" = attribute_names()))]
    pub filters: BTreeMap<AttributeName, String>,
    pub users: Users,
    pub custom: Custom,
    pub groups: Groups,
    pub paging: Paging,
    /// Filters are not heeded: whole lists are read, and compared here.
    pub ignores_filters: bool,
    /// A list may be asked for by POST to `.search`, too, where by GET it contradicts itself.
    pub search_by_post: bool,
    /// What is answered to a filter that matches nothing.
    pub no_match: NoMatch,
    /// What a 202 says.
    pub status_202: Accepted,
    /// A wait that is asked for is kept for as long as this; then one call asks again.
    pub wait_minutes_max: NonZeroU32,
    /// Answers that mean something else than their status says; the first that fits counts.
    pub errors: Vec<Exception>,
}

/// Where the token goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    pub header: String,
    /// Stands before the token; empty if the token stands alone.
    pub scheme: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    pub accept: String,
    pub content_type: String,
}

/// How accounts are read and written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Users {
    /// Added to the query when accounts are looked up or read.
    pub query: String,
    pub update: Update,
    pub active: ActiveForm,
    pub manager: ManagerForm,
    /// How an attribute loses its value.
    pub clear: ClearForm,
    /// The path of an attribute in a PATCH, where it is not the RFC's.
    #[schemars(extend("propertyNames" = attribute_names()))]
    pub paths: BTreeMap<AttributeName, String>,
}

/// How an account is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Update {
    /// One operation per attribute, each with its path.
    Patch,
    /// One operation per attribute, whose value holds the attribute's name. Values of lists and
    /// removals have a path all the same.
    PatchWithoutPath,
    /// The account is read, changed, and sent back as a whole, with all that is unknown in it.
    Put,
}

/// How `active` is written; it is read in every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActiveForm {
    Boolean,
    /// `"True"` and `"False"`, as Entra writes them.
    Text,
}

/// How `enterprise.manager` is written; it is read in every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ManagerForm {
    /// `{value: id}`, as RFC 7643 §4.3 has it.
    Complex,
    /// The same in a whole account; a PATCH sets `manager.value`.
    SubAttribute,
    /// The id alone.
    Text,
}

/// How an attribute loses its value. Read back, absent, null and empty are alike (RFC 7643 §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClearForm {
    /// A PATCH removes it; a PUT leaves it out.
    Remove,
    /// Its value becomes null.
    Null,
    /// Its value becomes the empty text.
    Empty,
}

/// Attributes of the provider's tenant: `custom.<key>` in rule files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Custom {
    /// The extension that they stand in; without it there are none.
    pub schema: Option<String>,
    pub key_chars_max: Option<usize>,
    pub value_chars_max: Option<usize>,
    pub count_max: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Groups {
    /// Added to the query when groups are looked up by name.
    pub search_query: String,
    /// Added to the query when a group's members are read.
    pub members_query: String,
    /// What a PATCH calls the members.
    pub members_path: String,
    /// Members that one PATCH may add.
    pub members_per_call: NonZeroUsize,
    pub remove_member: RemoveMember,
}

/// How one member is taken out of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemoveMember {
    /// `members[value eq "id"]`, as RFC 7644 §3.5.2.2 has it.
    ValueFilter,
    /// `members` with `value: [{value: id}]`. A strict server empties the whole group.
    ValueArray,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Paging {
    pub page_size: NonZeroU32,
    /// A look-up that is not at its end by then has failed.
    pub pages_max: NonZeroU32,
}

/// What is answered to a filter that matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoMatch {
    /// A list without items. A 404 is believed only once the same address has answered with a list.
    EmptyList,
    /// 404. It is believed unless the address itself turns out to be wrong.
    NotFound,
}

/// What a 202 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Accepted {
    Pending,
    Done,
}

/// An answer that means something else than its status says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub status: u16,
    /// Stands in the error's message or `scimType`, in any case of letters; empty: any message.
    #[serde(default)]
    pub says: String,
    pub means: Means,
}

/// What an [`Exception`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// Too many requests; the target is given time.
    Throttled,
    /// The target cannot do it now; nothing was done.
    Unavailable,
    /// The token is not accepted for this.
    Unauthorized,
    /// The address leads nowhere; nothing is said of the account or group.
    WrongAddress,
    /// It is there already.
    Conflict,
    /// The account or group is not there.
    Gone,
    /// The request is wrong and stays so.
    Refused,
}

impl Custom {
    /// What an account may hold of them; `None` if there are none.
    pub fn limits(&self) -> Option<CustomLimits> {
        self.schema.as_ref().map(|_| CustomLimits {
            key_chars_max: self.key_chars_max,
            value_chars_max: self.value_chars_max,
            count_max: self.count_max,
        })
    }
}

impl Dialect {
    pub(super) fn longest_wait(&self) -> Duration {
        Duration::from_mins(self.wait_minutes_max.get().into())
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
        if self.groups.members_path.trim().is_empty() {
            return Err("`groups.members_path` is empty; the RFC has `members`".to_owned());
        }
        if self.custom.schema.as_ref().is_some_and(|urn| !urn.starts_with("urn:")) {
            return Err("`custom.schema` is not a URN; it begins with `urn:`".to_owned());
        }
        if let Some(wrong) = self.errors.iter().find(|it| !(200..=599).contains(&it.status)) {
            return Err(format!("`errors` speaks of the status {}; there is none", wrong.status));
        }
        Ok(())
    }
}
