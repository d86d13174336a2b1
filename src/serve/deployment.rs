//! What the configuration says of tenants, as far as pages need it: no token and no dialect is read.

use crate::config::{self, KafkaSettings, Loaded};
use crate::decode::SourceSettings;
use crate::engine::settings::{Mode, Quota};
use crate::model::Zone;
use crate::model::ids::{TargetName, TenantName};
use crate::tenants;
use crate::view;
use crate::view::status::Place;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that is configured.
#[derive(Debug)]
pub struct Deployment {
    pub kafka: KafkaSettings,
    pub tenants: Vec<Tenant>,
    /// Of pages about several tenants.
    pub zone: Zone,
    /// Names of the files of signers, by the group of operators.
    pub operators: Vec<Operators>,
}

/// One tenant.
#[derive(Debug)]
pub struct Tenant {
    pub name: TenantName,
    pub scope: view::Scope,
    pub zone: Zone,
    pub targets: Vec<Target>,
    /// What the records of its input topics are read as.
    pub sources: Vec<SourceSettings>,
}

/// One target, as it is configured.
#[derive(Debug)]
pub struct Target {
    pub place: Place,
    /// Without what may be a secret in an address.
    pub host: String,
    pub dialect: String,
    pub mode: Mode,
    pub quota: Quota,
}

/// A group of operators.
#[derive(Debug)]
pub struct Operators {
    pub name: String,
    pub may: Vec<String>,
    /// Whose; `None`: all tenants'.
    pub tenants: Option<Vec<String>>,
}

impl Deployment {
    /// Reads the rules of each tenant.
    pub fn load(loaded: &Loaded) -> Result<Self, tenants::Error> {
        let settings = &loaded.settings;
        let tenants = settings.tenants.iter().map(|tenant| Tenant::load(loaded, tenant));
        let operators = settings.operators.iter().map(|group| Operators {
            name: group.name.clone(),
            may: group.may.iter().map(ToString::to_string).collect(),
            tenants: group.tenants.as_ref().map(|names| names.iter().cloned().collect()),
        });
        Ok(Self {
            kafka: loaded.kafka(),
            tenants: tenants.collect::<Result<_, _>>()?,
            zone: settings.serve.time_zone.clone().unwrap_or_else(utc),
            operators: operators.collect(),
        })
    }

    pub fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.name.as_str() == name)
    }

    /// What the records of each input topic are read as.
    pub fn sources(&self) -> BTreeMap<String, SourceSettings> {
        let all = self.tenants.iter().flat_map(|tenant| &tenant.sources);
        all.map(|source| (source.topic.clone(), source.clone())).collect()
    }
}

impl Tenant {
    fn load(loaded: &Loaded, tenant: &config::Tenant) -> Result<Self, tenants::Error> {
        let name = TenantName::new(&tenant.name);
        let targets: Vec<_> =
            tenant.targets.iter().map(|target| Target::of(&name, target)).collect();
        let scope = view::Scope {
            tenant: name.clone(),
            rules: Arc::new(tenants::rules_of(loaded, tenant, &[])?),
            targets: tenant
                .targets
                .iter()
                .map(|target| view::Target {
                    name: TargetName::new(&target.name),
                    restricting: target.restricting_groups.clone(),
                })
                .collect(),
        };
        Ok(Self {
            name,
            scope,
            zone: tenant.time_zone.clone().unwrap_or_else(utc),
            targets,
            sources: tenant.sources_in_their_zones(),
        })
    }
}

impl Target {
    fn of(tenant: &TenantName, target: &config::Target) -> Self {
        Self {
            place: Place {
                tenant: tenant.clone(),
                target: TargetName::new(&target.name),
                formerly: target.formerly.iter().map(TargetName::new).collect(),
                limits: target.limits(),
                token_expires: target.token_expires,
            },
            host: target.url.host_str().unwrap_or_default().to_owned(),
            dialect: target.dialect.clone(),
            mode: target.mode,
            quota: target.quota(),
        }
    }
}

fn utc() -> Zone {
    Zone::fixed(jiff::tz::Offset::UTC)
}
