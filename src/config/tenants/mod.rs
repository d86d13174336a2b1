//! Tenants: their rules, their input topics and their targets.
//!
//! Files are named relative to the configuration file.

pub(super) mod check;
pub mod inventory;
pub mod limits;
pub(super) mod mappings;
pub mod people_list;
pub mod protected;
pub mod proxy;
pub mod reconcile;
mod sources;

use super::{duration, redacted, strict};
use crate::decode::SourceSettings;
use crate::engine::brakes::limits as engine;
use crate::engine::settings::{Mode, Quota};
use crate::inventory::Wanted;
use crate::model::Zone;
use crate::model::ids::GroupName;
use crate::reconcile::Seats;
use inventory::Inventory;
use jiff::{SignedDuration, Timestamp};
use limits::{Limits, OrNone};
use people_list::PeopleList;
use protected::Protected;
use proxy::Proxy;
use reconcile::{ExternalId, Reconcile};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use url::Url;

/// One entry of the section `tenants`.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Decides the tenant's shard, so it stays for ever: small letters, digits and `-`.
    pub name: String,
    /// Rule files; together they are the tenant's rules.
    pub rules: Vec<PathBuf>,
    /// The zone of days and local times, where neither an event nor its source says its own.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub time_zone: Option<Zone>,
    /// What sources write where a name should stand and there is none, besides what is known for
    /// that: it leads to nobody.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// Input topics; each belongs to this tenant alone.
    #[serde(deserialize_with = "strict::each")]
    pub sources: Vec<SourceSettings>,
    pub targets: Vec<Target>,
    /// Whom and what usher never touches, whatever a rule says.
    #[serde(default)]
    pub protected: Protected,
    /// HR's list of people, to compare accounts with; `null`: there is none.
    #[serde(default)]
    pub roster: Option<PeopleList>,
    /// The identity provider's list of people; `null`: there is none.
    #[serde(default)]
    pub idp: Option<PeopleList>,
    /// A reviewed file with accounts that stay although nobody has them; `null`: there is none.
    #[serde(default)]
    pub exceptions: Option<PathBuf>,
    /// How lists, accounts and what usher knows are compared.
    #[serde(default)]
    pub reconcile: Reconcile,
}

impl Tenant {
    /// The sources, each with the zone that counts for it and all words for no name.
    pub fn sources_in_their_zones(&self) -> Vec<SourceSettings> {
        let with_zone = |source: &SourceSettings| SourceSettings {
            time_zone: source.time_zone.clone().or_else(|| self.time_zone.clone()),
            placeholders: [&source.placeholders[..], &self.placeholders].concat(),
            ..source.clone()
        };
        self.sources.iter().map(with_zone).collect()
    }
}

/// One SCIM provider tenant.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Known by this name in rules, state and audit: small letters, digits and `-`.
    pub name: String,
    /// Names that it had before: what is known of people under them is taken over.
    #[serde(default)]
    pub formerly: Vec<String>,
    /// The SCIM base address: `https://example.com/scim/v2`. Plain http only on loopback.
    pub url: Url,
    /// A file that holds the bearer token; read again when it changes.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// The bearer token itself, from the environment only.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "redacted")]
    #[schemars(skip)]
    pub token: Option<SecretString>,
    /// What the token is called at the target, to find its end where `inventory.reads` has `tokens`; not
    /// needed if there is one alone.
    #[serde(default)]
    pub token_name: Option<String>,
    /// When the token ends, where that cannot be read.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub token_expires: Option<Timestamp>,
    /// Certificates to trust besides the system's, as PEM: of a company's own authority, or of a
    /// proxy that opens TLS.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name of a built-in dialect, or a file.
    #[serde(default = "default_dialect")]
    pub dialect: String,
    /// Always said: whether this target is written to.
    #[serde(deserialize_with = "strict::deserialize")]
    pub mode: Mode,
    /// Groups that take access from their members: joining is a cut, leaving is a grant.
    #[serde(default)]
    pub restricting_groups: BTreeSet<GroupName>,
    /// Limits of the tenant's own attributes where they are not the dialect's.
    #[serde(default)]
    pub attribute_limits: AttributeLimits,
    /// Calls open at once.
    #[serde(default = "default_concurrency")]
    pub concurrency: NonZeroUsize,
    /// Calls started per second.
    #[serde(default = "default_calls_per_second")]
    pub calls_per_second: f64,
    /// Calls in a longer window, where the provider counts so; it then stands instead of
    /// `calls_per_second`.
    #[serde(default)]
    pub quota: Option<CallsInWindow>,
    /// Whether usher may make a group that somebody is to join and that is not there. Consoles lock
    /// groups that SCIM has made: their members are then managed by usher alone.
    #[serde(default)]
    pub create_groups: bool,
    /// How many people it may be changed for in any hour and any day; `none`: as many as anybody wants.
    #[serde(default = "usual_limits", serialize_with = "limits::shown")]
    pub limits: OrNone<Limits>,
    /// Policies that its console has exported, for no interface shows those of real-time protection;
    /// `null`: none.
    #[serde(default)]
    pub policies: Option<Policies>,
    /// How often all its accounts and groups are read, when nothing more urgent waits; `none`: never.
    #[serde(default = "usual_inventory")]
    pub inventory: OrNone<Inventory>,
    /// What `externalId` holds there, to tell whose an account is.
    #[serde(default, deserialize_with = "strict::deserialize")]
    pub external_id: ExternalId,
    /// Everybody in HR's list should have an account, whatever rules say.
    #[serde(default)]
    pub everybody: bool,
    /// What was bought, to count what accounts cost; `null`: nothing is counted.
    #[serde(default)]
    pub seats: Option<Seats>,
    /// Lets programs that ask `usher serve` read it one to one, by a token of its own; `null`: nobody.
    #[serde(default)]
    pub proxy: Option<Proxy>,
    /// How long one call may take, from its start to the end of its answer.
    #[serde(default = "default_request_timeout", with = "duration")]
    #[schemars(with = "duration::Text")]
    pub request_timeout: SignedDuration,
}

impl Target {
    /// How many people it may be changed for.
    pub fn limits(&self) -> engine::Limits {
        match &self.limits {
            OrNone::None => engine::Limits::default(),
            OrNone::Some(limits) => limits.settings(),
        }
    }

    /// How often all that it has is read; `None`: never.
    pub fn inventory_every(&self) -> Option<SignedDuration> {
        match &self.inventory {
            OrNone::None => None,
            OrNone::Some(inventory) => Some(inventory.every),
        }
    }

    /// What is read with the inventory.
    pub fn reads(&self) -> Wanted {
        let scopes = match &self.inventory {
            OrNone::None => BTreeSet::new(),
            OrNone::Some(inventory) => inventory.reads.clone(),
        };
        Wanted { scopes, token_name: self.token_name.clone(), token_expires: self.token_expires }
    }

    /// What the worker may call: what the proxy may is taken off.
    pub fn quota(&self) -> Quota {
        let whole = self.whole_quota();
        self.proxy.as_ref().and_then(|proxy| proxy.leaves(whole)).unwrap_or(whole)
    }

    /// What all together may call.
    fn whole_quota(&self) -> Quota {
        match self.quota {
            Some(own) => Quota { calls: own.calls.get(), window: own.per },
            None => Quota::per_second(self.calls_per_second),
        }
    }
}

/// Policies from a file.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// As CSV or JSON.
    pub file: PathBuf,
}

/// So many calls in any window of that length.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallsInWindow {
    pub calls: NonZeroUsize,
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub per: SignedDuration,
}

/// What an account may hold of its tenant's own attributes; `null`: as the dialect has it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "each is the largest of something else")]
pub struct AttributeLimits {
    pub key_chars_max: Option<usize>,
    pub value_chars_max: Option<usize>,
    pub count_max: Option<usize>,
}

fn usual_limits() -> OrNone<Limits> {
    OrNone::Some(Limits::default())
}

fn usual_inventory() -> OrNone<Inventory> {
    OrNone::Some(Inventory::default())
}

fn default_dialect() -> String {
    "rfc7644".to_owned()
}

fn default_concurrency() -> NonZeroUsize {
    const FOUR: NonZeroUsize = NonZeroUsize::new(4).expect("4 is not zero");
    FOUR
}

fn default_calls_per_second() -> f64 {
    20.0
}

fn default_request_timeout() -> SignedDuration {
    SignedDuration::from_secs(10)
}
