//! How a provider behaves where providers differ, as data: one switch for each surprise.
//!
//! `netskope` is what is known of Netskope, surprises included; where sources contradict each other
//! or are silent it is the less helpful of the two. `rfc7644` is the RFC to the letter.

use super::quirks::Quirks;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// The switches. The names are those of `--manner NAME=VALUE`, which refuses any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and data")]
pub struct Manners {
    /// Where Users and Groups hang.
    pub base_path: String,
    /// `Netskope-Api-Token: …` is taken for a token, beside `Authorization: Bearer …`.
    pub takes_api_token_header: bool,
    /// What `remove` of `members` with a list of values does.
    pub array_removal: ArrayRemoval,
    /// `remove` of `members[value eq "id"]` works; if not, it is refused.
    pub filter_removal_works: bool,
    /// A PATCH may come without a path, with an object of attributes.
    pub pathless_patch_works: bool,
    /// `displayname` and `externalid` are taken for `displayName` and `externalId`.
    pub folds_path_case: bool,
    /// A PATCH answers with the whole resource; if not, 204 and nothing.
    pub patch_answers_with_body: bool,
    /// PUT is there at all.
    pub put_works: bool,
    /// A list can be asked for by POST to `.search`, so that filters stand in no address.
    pub search_works: bool,
    /// The items of a list have no `schemas` and no `meta`.
    pub list_items_are_bare: bool,
    /// A list without items has no `Resources`.
    pub empty_list_has_no_resources: bool,
    /// Groups show their members only with `attributes=members`.
    pub members_must_be_asked_for: bool,
    /// Users show the groups they are in.
    pub users_show_groups: bool,
    /// Errors are plain JSON in several shapes; if not, the one SCIM shape.
    pub errors_are_plain: bool,
    /// `userName eq ada` without quotes is understood.
    pub filter_values_may_be_bare: bool,
    /// No two users have one `externalId`.
    pub external_ids_are_unique: bool,
    /// No two groups have one `displayName`.
    pub group_names_are_unique: bool,
    /// Whoever joins a group must be there as a user first.
    pub members_must_exist: bool,
    /// A group may be a member of a group.
    pub groups_may_nest: bool,
    /// A change of `userName` or `emails` has an effect; if not, it is answered as if it had.
    pub renames_work: bool,
    /// Each new user gets an e-mail that invites to enrol; the sandbox only counts them.
    pub new_users_are_invited: bool,
    /// Resources have versions, and `If-Match` is looked at.
    pub has_etags: bool,
    /// Custom attributes in `urn:ietf:params:scim:schemas:extension:tenant:2.0:User`.
    pub custom_attributes: Option<CustomAttributes>,
    /// Items of a page for which no `count` was given.
    pub page_size: usize,
    /// Items of a page at most, whatever `count` says.
    pub page_size_max: usize,
    /// Calls that are answered in each second; `null`: all.
    pub calls_per_second: Option<u32>,
    /// What no standard has.
    #[serde(flatten)]
    pub quirks: Quirks,
}

/// What `remove` of `members` with a list of values does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrayRemoval {
    /// Takes these members out (Netskope, Entra).
    TakesThemOut,
    /// Takes everybody out: RFC 7644 §3.5.2.2 knows no value in a removal.
    EmptiesTheGroup,
    /// 400.
    IsRefused,
}

/// How many custom attributes a user may have at most, and how long they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomAttributes {
    pub most: usize,
    pub key_chars: usize,
    pub value_chars: usize,
}

/// A preset or a switch that does not exist, or a value that it cannot have.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no manners are called `{name}`; there are: {known}", known = PRESETS.join(", "))]
    Preset { name: String },
    #[error("there is no switch `{name}`; there are: {known}")]
    Switch { name: String, known: String },
    #[error("the switch `{name}` cannot be `{value}`")]
    Value {
        name: String,
        value: String,
        #[source]
        source: serde_json::Error,
    },
}

/// The names of the presets.
pub const PRESETS: &[&str] = &["netskope", "rfc7644"];

impl Manners {
    /// The preset of that name.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            "netskope" => Ok(Self::netskope()),
            "rfc7644" => Ok(Self::rfc7644()),
            _ => Err(Error::Preset { name: name.to_owned() }),
        }
    }

    /// As Netskope is known to behave.
    pub fn netskope() -> Self {
        Self {
            base_path: "/api/v2/scim".to_owned(),
            takes_api_token_header: true,
            array_removal: ArrayRemoval::TakesThemOut,
            filter_removal_works: false,
            pathless_patch_works: false,
            folds_path_case: true,
            patch_answers_with_body: false,
            put_works: false,
            search_works: false,
            list_items_are_bare: true,
            empty_list_has_no_resources: true,
            members_must_be_asked_for: true,
            users_show_groups: false,
            errors_are_plain: true,
            filter_values_may_be_bare: true,
            external_ids_are_unique: false,
            group_names_are_unique: true,
            members_must_exist: true,
            groups_may_nest: false,
            renames_work: true,
            new_users_are_invited: true,
            has_etags: false,
            custom_attributes: Some(CustomAttributes { most: 15, key_chars: 32, value_chars: 64 }),
            page_size: 100,
            page_size_max: 200,
            calls_per_second: Some(4),
            quirks: Quirks::default(),
        }
    }

    /// RFC 7643 and RFC 7644 to the letter.
    pub fn rfc7644() -> Self {
        Self {
            base_path: "/scim/v2".to_owned(),
            takes_api_token_header: false,
            array_removal: ArrayRemoval::EmptiesTheGroup,
            filter_removal_works: true,
            pathless_patch_works: true,
            folds_path_case: true,
            patch_answers_with_body: true,
            put_works: true,
            search_works: true,
            list_items_are_bare: false,
            empty_list_has_no_resources: false,
            members_must_be_asked_for: false,
            users_show_groups: true,
            errors_are_plain: false,
            filter_values_may_be_bare: false,
            external_ids_are_unique: false,
            group_names_are_unique: false,
            members_must_exist: false,
            groups_may_nest: true,
            renames_work: true,
            new_users_are_invited: false,
            has_etags: true,
            custom_attributes: None,
            page_size: 100,
            page_size_max: 1_000,
            calls_per_second: None,
            quirks: Quirks::default(),
        }
    }

    /// The same with one switch set; `value` is JSON, or a bare word.
    pub fn with(&self, name: &str, value: &str) -> Result<Self, Error> {
        let value = serde_json::from_str(value).unwrap_or_else(|_bare| Json::from(value));
        self.with_json(name, value)
    }

    /// The same with one switch set.
    pub fn with_json(&self, name: &str, value: Json) -> Result<Self, Error> {
        let mut all = json!(self);
        let known = all.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>().join(", "));
        let Some(switch) = all.get_mut(name) else {
            let known = known.unwrap_or_default();
            return Err(Error::Switch { name: name.to_owned(), known });
        };
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *switch = value;
        serde_json::from_value(all).map_err(|source| Error::Value {
            name: name.to_owned(),
            value: shown,
            source,
        })
    }
}
