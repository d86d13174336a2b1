//! Tenants as configured become tenants as the worker takes them.
//!
//! Reads every file that they name, so that a mistake shows at the start and not at three in the
//! morning. Reaches no network.

use crate::config::{Loaded, Target, Tenant};
use crate::engine::settings::{TargetSettings, TenantSettings};
use crate::model::account::{AttributeName, CustomLimits};
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
        "{place}: a rule names the target `{target}`, which tenant `{tenant}` does not have; it has: \
         {known}"
    )]
    UnknownTarget { place: rules::Place, tenant: String, target: TargetName, known: String },
    #[error("{by} names the dialect `{name}`, which is neither built in ({known}) nor a file")]
    UnknownDialect { name: String, by: String, known: String },
    #[error(
        "the rules set `{attribute}` at {by}, which takes keys of at most {limit} characters; \
         shorten the key, or raise the target's `attribute_limits.key_chars_max`"
    )]
    LongKey { attribute: AttributeName, by: String, limit: usize },
    #[error("could not prepare {by}")]
    Target {
        by: String,
        #[source]
        source: scim::Error,
    },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "tenant.file_unreadable",
            Self::NoToken { .. } => "target.token_empty",
            Self::Rules { source, .. } => source.code(),
            Self::UnknownTarget { .. } => "rules.unknown_target",
            Self::LongKey { .. } => "rules.long_key",
            Self::UnknownDialect { .. } => "dialect.unknown",
            Self::Target { source, .. } => source.code(),
        }
    }
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
        let by = by(tenant, target);
        let provider_settings = provider_settings(loaded, tenant, target)?;
        let settings = target_settings(target, &provider_settings.dialect);
        check_keys(&rules, &settings, &by)?;
        targets.push(settings);
        let provider =
            Provider::new(provider_settings).map_err(|source| refused(tenant, target, source))?;
        providers.insert(TargetName::new(&target.name), Arc::new(provider));
    }
    check_targets(tenant, &rules)?;
    Ok(worker::Tenant {
        settings: TenantSettings {
            name: TenantName::new(&tenant.name),
            rules: Arc::new(rules),
            topics: tenant.sources.iter().map(|source| source.topic.clone()).collect(),
            targets,
        },
        sources: tenant.sources_in_their_zones(),
        providers,
    })
}

fn by(tenant: &Tenant, target: &Target) -> String {
    format!("target `{}` of tenant `{}`", target.name, tenant.name)
}

fn load_rules(loaded: &Loaded, tenant: &Tenant) -> Result<RuleSet, Error> {
    let by = format!("tenant `{}`", tenant.name);
    let files = tenant.rules.iter().map(|file| (file.as_path(), loaded.resolve(file)));
    compile_rules(tenant, files, &by)
}

fn compile_rules<'a>(
    tenant: &Tenant,
    files: impl Iterator<Item = (&'a Path, PathBuf)>,
    by: &str,
) -> Result<RuleSet, Error> {
    let files: Vec<RuleFile> = files
        .map(|(named, file)| {
            let text = read("the rule file", &file, by)?;
            Ok(RuleFile { name: named.display().to_string(), text })
        })
        .collect::<Result<_, Error>>()?;
    RuleSet::load(&files).map_err(|source| Error::Rules { tenant: tenant.name.clone(), source })
}

/// The rules of `tenant` alone, for whoever calls no target; those of `files` stand in their place,
/// if there are any.
pub(super) fn rules_of(
    loaded: &Loaded,
    tenant: &Tenant,
    files: &[PathBuf],
) -> Result<RuleSet, Error> {
    let rules = if files.is_empty() {
        load_rules(loaded, tenant)?
    } else {
        let files = files.iter().map(|file| (file.as_path(), file.clone()));
        compile_rules(tenant, files, "the command line")?
    };
    check_targets(tenant, &rules)?;
    Ok(rules)
}

/// A rule for a target that is not there would never do anything, and nobody would notice.
pub(super) fn unknown_targets(tenant: &Tenant, rules: &RuleSet) -> Vec<Error> {
    let known = || tenant.targets.iter().map(|target| target.name.as_str());
    let unknown = rules
        .targets()
        .into_iter()
        .filter(|(target, _)| known().all(|name| name != target.as_str()));
    let error = |(target, place)| Error::UnknownTarget {
        place,
        tenant: tenant.name.clone(),
        target,
        known: names(known()),
    };
    unknown.map(error).collect()
}

fn check_targets(tenant: &Tenant, rules: &RuleSet) -> Result<(), Error> {
    unknown_targets(tenant, rules).into_iter().next().map_or(Ok(()), Err)
}

/// The attributes of the provider's tenant that rules set at a target.
fn custom_attributes(rules: &RuleSet, target: &TargetName) -> BTreeSet<AttributeName> {
    let here = |only: &Option<TargetName>| only.as_ref().is_none_or(|only| only == target);
    let named = rules.attributes().into_iter().filter(|(only, _)| here(only));
    named.map(|(_, name)| name).filter(|name| name.custom_key().is_some()).collect()
}

/// A key that the target can never take would fail every person who has a value for it.
fn check_keys(rules: &RuleSet, target: &TargetSettings, by: &str) -> Result<(), Error> {
    let limits = target.custom_attributes;
    let Some(limit) = limits.and_then(|limits| limits.key_chars_max) else { return Ok(()) };
    let is_long =
        |name: &AttributeName| name.custom_key().is_some_and(|key| key.chars().count() > limit);
    match custom_attributes(rules, &target.name).into_iter().find(is_long) {
        Some(attribute) => Err(Error::LongKey { attribute, by: by.to_owned(), limit }),
        None => Ok(()),
    }
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
    Dialect::parse(name, &text).map_err(|source| Error::Target { by: by.to_owned(), source })
}

fn target_settings(target: &Target, dialect: &Dialect) -> TargetSettings {
    TargetSettings {
        name: TargetName::new(&target.name),
        mode: target.mode,
        restricting_groups: target.restricting_groups.clone(),
        lookup: dialect.lookup.clone(),
        custom_attributes: dialect.custom.limits().map(|limits| {
            let own = target.attribute_limits;
            CustomLimits {
                key_chars_max: own.key_chars_max.or(limits.key_chars_max),
                value_chars_max: own.value_chars_max.or(limits.value_chars_max),
                count_max: own.count_max.or(limits.count_max),
            }
        }),
        concurrency: target.concurrency.get(),
        quota: target.quota(),
        members_per_call: dialect.groups.members_per_call.get(),
        create_groups: target.create_groups,
        formerly: target.formerly.iter().map(TargetName::new).collect(),
    }
}

/// What must be known to call a target: its files are looked at, it itself is not.
pub(super) fn provider_settings(
    loaded: &Loaded,
    tenant: &Tenant,
    target: &Target,
) -> Result<ProviderSettings, Error> {
    let by = by(tenant, target);
    let request_timeout = target.request_timeout.unsigned_abs();
    Ok(ProviderSettings {
        tenant: TenantName::new(&tenant.name),
        name: TargetName::new(&target.name),
        url: target.url.clone(),
        dialect: Arc::new(load_dialect(loaded, target, &by)?),
        token: token(loaded, target, &by)?,
        ca_file: target.ca_file.as_ref().map(|file| loaded.resolve(file)),
        request_timeout,
        connect_timeout: request_timeout.min(CONNECT_TIMEOUT_MAX),
    })
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
        doubts.extend(doubts_about_attributes(tenant, target));
    }
    doubts
}

fn doubts_about_attributes(tenant: &worker::Tenant, target: &TargetSettings) -> Option<String> {
    let custom = custom_attributes(&tenant.settings.rules, &target.name);
    let shown = || names(custom.iter().map(AttributeName::as_str));
    let (target_name, tenant_name) = (&target.name, &tenant.settings.name);
    match target.custom_attributes {
        _ if custom.is_empty() => None,
        None => Some(format!(
            "the dialect of target `{target_name}` of tenant `{tenant_name}` has no \
             `custom.schema`, so the rules' {} are not written there",
            shown()
        )),
        Some(limits) => limits.count_max.filter(|most| custom.len() > *most).map(|most| {
            format!(
                "the rules set {} custom attributes at target `{target_name}` of tenant \
                 `{tenant_name}`, which takes {most} for an account: whoever has more fails",
                custom.len()
            )
        }),
    }
}

fn read(what: &'static str, file: &Path, by: &str) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|source| Error::Read {
        what,
        file: file.to_owned(),
        by: by.to_owned(),
        source,
    })
}

pub(super) fn refused(tenant: &Tenant, target: &Target, source: scim::Error) -> Error {
    Error::Target { by: by(tenant, target), source }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
