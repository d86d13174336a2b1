//! Commands that ask what usher knows and what rules would do. They only look: nothing is written to
//! Kafka, no group is joined, no target is called, so they can run while usher works.

pub(super) mod audit;
pub(super) mod explain;
pub(super) mod held;
pub(super) mod inventory;
pub(super) mod parked;
pub(super) mod reconcile;
pub(super) mod rows_of_holds;
pub(super) mod rules_diff;
pub(super) mod simulate;
pub(super) mod status;
pub(super) mod time;
pub(super) mod waiting;

mod difference;
mod history;
mod page;
mod people;
#[cfg(test)]
mod tests;
mod text;

use super::failure::{FAILED, Failure, USAGE};
use super::{File, properties, runtime};
use crate::config::{self, KafkaSettings, Loaded, Tenant};
use crate::engine::Unreadable;
use crate::inventory::Unfit;
use crate::kafka::clients::reach;
use crate::kafka::look::{self, Look};
use crate::model::code::Code;
use crate::model::ids::{TargetName, TenantName};
use crate::roster::Refused;
use crate::rules::RuleSet;
use crate::tenants;
use crate::view;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use time::Zone;

/// The exit code of `usher status`, `usher reconcile` and `usher orphans` if something waits for somebody.
const WAITS: u8 = 3;

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("there is no tenant `{name}` in the configuration; there are: {}", known.join(", "))]
    NoSuchTenant { name: String, known: Vec<String> },
    #[error("there are several tenants: {}; say which one with --tenant", known.join(", "))]
    SeveralTenants { known: Vec<String> },
    #[error("there is no target `{name}` in the configuration; there are: {}", known.join(", "))]
    NoSuchTarget { name: String, known: Vec<String> },
    #[error(transparent)]
    Time(#[from] time::Error),
    #[error("--from {from} is not before --to {to}; turn them around")]
    TurnedAround { from: String, to: String },
    #[error(
        "nobody of tenant `{tenant}` has this id or name; tried as: {}. \
         {people} people are known; whole names are compared, without regard to case",
        kinds.join(", ")
    )]
    NoSuchPerson { tenant: String, kinds: Vec<String>, people: usize },
    #[error("{found} people have this name; say which one by its id, they are listed above")]
    SeveralPeople { found: usize },
    #[error("`{0}` must be `show` and a place as `usher parked` shows it, like hr.events/3@4711#0")]
    NotShown(String),
    #[error("nothing is parked under `{0}`; `usher parked` lists what is")]
    NotParked(String),
    #[error("{people} people would end differently; they are listed above")]
    Differs { people: usize },
    #[error("something waits for somebody; it is listed above")]
    SomethingWaits,
    #[error("{found} findings ask for something; they are listed above")]
    Found { found: usize },
    #[error("about something nothing is concluded, for {reasons} reasons; they are told above")]
    Unconcluded { reasons: usize },
    #[error(
        "the tenant has a list `{name}`, and --before is compared with all lists of that time; give it, too"
    )]
    NoEarlier { name: &'static str },
    #[error(
        "the tenant has no list `{name}`; name its file in the configuration, or leave the option out"
    )]
    NoSuchList { name: &'static str },
    #[error("the earlier list is not taken: {0}")]
    Earlier(Refused),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Inventory(#[from] Unfit),
    #[error(transparent)]
    Reach(#[from] reach::Error),
    #[error(transparent)]
    Look(#[from] look::Error),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::NoSuchTenant { .. } => Code::TenantNotThere,
            Self::SeveralTenants { .. } => Code::TenantSeveral,
            Self::NoSuchTarget { .. } => Code::TargetUnknown,
            Self::Time(error) => error.code(),
            Self::TurnedAround { .. } => Code::TimeTurnedAround,
            Self::NoSuchPerson { .. } => Code::PersonNotFound,
            Self::SeveralPeople { .. } => Code::PersonSeveral,
            Self::Differs { .. } => Code::RulesDiffer,
            Self::NotShown(_) | Self::NoEarlier { .. } | Self::NoSuchList { .. } => {
                Code::OrderIncomplete
            }
            Self::Found { .. } => Code::ReconcileFound,
            Self::Unconcluded { .. } => Code::ReconcileUnconcluded,
            Self::Earlier(refused) => refused.code(),
            Self::NotParked(_) => Code::OrderNoRows,
            Self::SomethingWaits => Code::StatusWaits,
            Self::Unreadable(_) => Code::ShardUnreadable,
            Self::Inventory(_) => Code::InventoryUnfit,
            Self::Reach(error) => error.code(),
            Self::Look(error) => error.code(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NoSuchTenant { .. }
            | Self::SeveralTenants { .. }
            | Self::NoSuchTarget { .. }
            | Self::Time(_)
            | Self::NotShown(_)
            | Self::NoEarlier { .. }
            | Self::NoSuchList { .. }
            | Self::Earlier(_)
            | Self::TurnedAround { .. } => USAGE,
            Self::NoSuchPerson { .. }
            | Self::SeveralPeople { .. }
            | Self::Differs { .. }
            | Self::NotParked(_)
            | Self::Unconcluded { .. }
            | Self::Unreadable(_)
            | Self::Inventory(_)
            | Self::Reach(_)
            | Self::Look(_) => FAILED,
            Self::SomethingWaits | Self::Found { .. } => WAITS,
        }
    }
}

/// Whom a question is about.
#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    file: File,
    /// The tenant, if the configuration has several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// A tenant as far as questions go; no token, dialect or certificate of a target is read.
struct Scope {
    loaded: Loaded,
    /// Which one of the configuration's tenants.
    index: usize,
    view: view::Scope,
}

impl Which {
    fn scope(&self) -> Result<Scope, super::Error> {
        let loaded = config::load(&self.file.path())?;
        let index = pick(&loaded.settings.tenants, self.tenant.as_deref())?;
        let Some(tenant) = loaded.settings.tenants.get(index) else {
            return Err(Error::SeveralTenants { known: Vec::new() }.into());
        };
        let rules = Arc::new(tenants::rules_of(&loaded, tenant, &[])?);
        let target = |target: &config::Target| view::Target {
            name: TargetName::new(&target.name),
            restricting: target.restricting_groups.clone(),
        };
        let view = view::Scope {
            tenant: TenantName::new(&tenant.name),
            targets: tenant.targets.iter().map(target).collect(),
            rules,
        };
        Ok(Scope { loaded, index, view })
    }
}

impl Scope {
    fn tenant(&self) -> Option<&Tenant> {
        self.loaded.settings.tenants.get(self.index)
    }

    /// The zone that was asked for, else the tenant's own.
    fn zone(&self, asked: Option<&str>) -> Result<Zone, Error> {
        let own = self.tenant().and_then(|tenant| tenant.time_zone.as_ref());
        let own = own.map(ToString::to_string);
        Ok(Zone::named(asked.or(own.as_deref()))?)
    }

    /// Rules that stand in place of the configured ones.
    fn other_rules(&self, files: &[PathBuf]) -> Result<Option<Arc<RuleSet>>, super::Error> {
        match self.tenant() {
            Some(tenant) if !files.is_empty() => {
                Ok(Some(Arc::new(tenants::rules_of(&self.loaded, tenant, files)?)))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Kafka, if it answers.
    fn look(&self) -> Result<(KafkaSettings, Look), super::Error> {
        let kafka = self.loaded.kafka();
        properties::check(&kafka)?;
        runtime()?.block_on(reach::reach(&kafka)).map_err(Error::from)?;
        let look = Look::open(&kafka).map_err(Error::from)?;
        Ok((kafka, look))
    }
}

pub(super) fn pick(tenants: &[Tenant], name: Option<&str>) -> Result<usize, Error> {
    let known = || tenants.iter().map(|tenant| tenant.name.clone()).collect();
    match (name, tenants.len()) {
        (None, 1) => Ok(0),
        (None, _) => Err(Error::SeveralTenants { known: known() }),
        (Some(name), _) => tenants
            .iter()
            .position(|tenant| tenant.name == name)
            .ok_or_else(|| Error::NoSuchTenant { name: name.to_owned(), known: known() }),
    }
}
