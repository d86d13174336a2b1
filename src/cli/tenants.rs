//! Tenants as configured become tenants as the worker takes them.
//!
//! Reads every file that they name, so that a mistake shows at the start and not at three in the
//! morning. Reaches no network.

use crate::config::{Loaded, Target, Tenant};
use crate::engine::settings::{TargetSettings, TenantSettings};
use crate::model::ids::{TargetName, TenantName};
use crate::rules::{self, RuleFile, RuleSet};
use crate::scim::{self, Dialect, Provider, ProviderSettings, TokenSource};
use crate::worker;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A provider that cannot even be connected to is found out sooner than one that is slow.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);

/// A tenant that cannot be worked for as configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read {what} {}, named by {by}", file.display())]
    Read {
        what: &'static str,
        file: PathBuf,
        /// The tenant or target.
        by: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the token file {}, named by {by}, is empty; put the bearer token into it", file.display())]
    NoToken { file: PathBuf, by: String },
    #[error("could not load the rules of tenant `{tenant}`")]
    Rules {
        tenant: String,
        #[source]
        source: rules::Error,
    },
    #[error(
        "the rules of tenant `{tenant}` speak of the target `{target}`, which it does not have; \
         it has: {known}"
    )]
    UnknownTarget { tenant: String, target: TargetName, known: String },
    #[error("{by} names the dialect `{name}`, which is neither built in ({known}) nor a file")]
    UnknownDialect { name: String, by: String, known: String },
    #[error("could not prepare {by}")]
    Target {
        by: String,
        #[source]
        source: scim::Error,
    },
}

/// All of them, ready to work for.
pub(super) fn load(loaded: &Loaded) -> Result<Vec<worker::Tenant>, Error> {
    let tenants = &loaded.settings.tenants;
    tenants.iter().map(|tenant| load_one(loaded, tenant)).collect()
}

fn load_one(loaded: &Loaded, tenant: &Tenant) -> Result<worker::Tenant, Error> {
    let rules = load_rules(loaded, tenant)?;
    let mut targets = Vec::new();
    let mut providers = BTreeMap::new();
    for target in &tenant.targets {
        let by = format!("target `{}` of tenant `{}`", target.name, tenant.name);
        let dialect = Arc::new(load_dialect(loaded, target, &by)?);
        targets.push(target_settings(target, &dialect));
        let provider = connect(loaded, tenant, target, dialect, &by)?;
        providers.insert(TargetName::new(&target.name), Arc::new(provider));
    }
    check_targets(tenant, &rules, &providers)?;
    Ok(worker::Tenant {
        settings: TenantSettings {
            name: TenantName::new(&tenant.name),
            rules: Arc::new(rules),
            topics: tenant.sources.iter().map(|source| source.topic.clone()).collect(),
            targets,
        },
        sources: tenant.sources.clone(),
        providers,
    })
}

fn load_rules(loaded: &Loaded, tenant: &Tenant) -> Result<RuleSet, Error> {
    let by = format!("tenant `{}`", tenant.name);
    let files: Vec<RuleFile> = tenant
        .rules
        .iter()
        .map(|file| {
            let text = read("the rule file", &loaded.resolve(file), &by)?;
            let name = file.display().to_string();
            Ok(RuleFile { name, text })
        })
        .collect::<Result<_, Error>>()?;
    RuleSet::load(&files).map_err(|source| Error::Rules { tenant: tenant.name.clone(), source })
}

/// A rule for a target that is not there would never do anything, and nobody would notice.
fn check_targets(
    tenant: &Tenant,
    rules: &RuleSet,
    providers: &BTreeMap<TargetName, Arc<Provider>>,
) -> Result<(), Error> {
    let named = rules.groups().into_iter().filter_map(|(target, _)| target);
    for target in named {
        if !providers.contains_key(&target) {
            return Err(Error::UnknownTarget {
                tenant: tenant.name.clone(),
                target,
                known: names(providers.keys().map(TargetName::as_str)),
            });
        }
    }
    Ok(())
}

fn load_dialect(loaded: &Loaded, target: &Target, by: &str) -> Result<Dialect, Error> {
    let name = &target.dialect;
    if let Some(dialect) = Dialect::builtin(name) {
        return Ok(dialect);
    }
    let file = loaded.resolve(Path::new(name));
    if !file.is_file() {
        return Err(Error::UnknownDialect {
            name: name.clone(),
            by: by.to_owned(),
            known: names(Dialect::builtin_names()),
        });
    }
    let text = read("the dialect", &file, by)?;
    Dialect::parse(name, &text).map_err(|source| refused(by, source))
}

fn target_settings(target: &Target, dialect: &Dialect) -> TargetSettings {
    TargetSettings {
        name: TargetName::new(&target.name),
        mode: target.mode,
        restricting_groups: target.restricting_groups.clone(),
        lookup: dialect.lookup.clone(),
        concurrency: target.concurrency.get(),
        calls_per_second: target.calls_per_second,
    }
}

fn connect(
    loaded: &Loaded,
    tenant: &Tenant,
    target: &Target,
    dialect: Arc<Dialect>,
    by: &str,
) -> Result<Provider, Error> {
    let request_timeout = target.request_timeout.unsigned_abs();
    Provider::new(ProviderSettings {
        tenant: TenantName::new(&tenant.name),
        name: TargetName::new(&target.name),
        url: target.url.clone(),
        token: token(loaded, target, by)?,
        dialect,
        request_timeout,
        connect_timeout: request_timeout.min(CONNECT_TIMEOUT_MAX),
    })
    .map_err(|source| refused(by, source))
}

/// Where the token is; that it is there is seen now, what it is only when it is used.
fn token(loaded: &Loaded, target: &Target, by: &str) -> Result<TokenSource, Error> {
    if let Some(token) = &target.token {
        return Ok(TokenSource::Value(token.clone()));
    }
    let file = loaded.resolve(target.token_file.as_deref().unwrap_or(Path::new("")));
    if read("the token file", &file, by)?.trim().is_empty() {
        let by = by.to_owned();
        return Err(Error::NoToken { file, by });
    }
    Ok(TokenSource::File(file))
}

/// What can be meant, but probably is not.
pub(super) fn doubts(tenant: &worker::Tenant) -> Vec<String> {
    let rules = &tenant.settings.rules;
    let named: BTreeSet<_> = rules.groups().into_iter().map(|(_, group)| group).collect();
    let mut doubts = Vec::new();
    for target in &tenant.settings.targets {
        for group in target.restricting_groups.difference(&named) {
            doubts.push(format!(
                "restricting group `{group}` of target `{}` of tenant `{}` is in no rule: if it is \
                 misspelt, joining the group that was meant counts as getting access",
                target.name, tenant.settings.name
            ));
        }
    }
    doubts
}

fn read(what: &'static str, file: &Path, by: &str) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|source| Error::Read {
        what,
        file: file.to_owned(),
        by: by.to_owned(),
        source,
    })
}

fn refused(by: &str, source: scim::Error) -> Error {
    Error::Target { by: by.to_owned(), source }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
