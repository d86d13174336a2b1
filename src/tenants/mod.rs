//! Tenants as configured become tenants as the worker takes them.
//!
//! Reads every file that they name, so that a mistake shows at the start and not at three in the
//! morning. Reaches no network.

mod doubts;
mod lists;
mod policies;
mod rules;
mod targets;
#[cfg(test)]
pub(crate) mod tests;

use crate::comparison::Comparison;
use crate::config::{Loaded, Target, Tenant};
use crate::decode::SourceSettings;
use crate::engine::settings::TenantSettings;
use crate::keys;
use crate::model::account::AttributeName;
use crate::model::code::Code;
use crate::model::ids::{TargetName, TenantName};
use crate::scim::{self, Provider};
use crate::worker;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use doubts::doubts;
pub use lists::{check_lists, exceptions_in, exceptions_of};
pub use policies::{Imported, policies_of};
pub use rules::{rules_of, unknown_targets};
pub use targets::{provider_settings, proxy_settings};

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
        source: crate::rules::Error,
    },
    #[error(
        "{place}: a rule names the target `{target}`, which tenant `{tenant}` does not have; it has: \
         {known}"
    )]
    UnknownTarget { place: crate::rules::Place, tenant: String, target: TargetName, known: String },
    #[error("{by} names the dialect `{name}`, which is neither built in ({known}) nor a file")]
    UnknownDialect { name: String, by: String, known: String },
    #[error(
        "the rules set `{attribute}` at {by}, which takes keys of at most {limit} characters; \
         shorten the key, or raise the target's `attribute_limits.key_chars_max`"
    )]
    LongKey { attribute: AttributeName, by: String, limit: usize },
    #[error("could not use the exceptions of tenant `{tenant}`: {source}")]
    Exceptions { tenant: String, source: crate::reconcile::ExceptionsRefused },
    #[error("could not use the keys of a transmitter of tenant `{tenant}`")]
    Keys {
        tenant: String,
        #[source]
        source: keys::Error,
    },
    #[error("could not use the policies {file} of {by}: {source}")]
    Policies { file: String, by: String, source: crate::inventory::scope::Unread },
    #[error("could not prepare {by}")]
    Target {
        by: String,
        #[source]
        source: scim::Error,
    },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Read { .. } => Code::TenantFileUnreadable,
            Self::NoToken { .. } => Code::TargetTokenEmpty,
            Self::Rules { source, .. } => source.code(),
            Self::UnknownTarget { .. } => Code::RulesUnknownTarget,
            Self::LongKey { .. } => Code::RulesLongKey,
            Self::UnknownDialect { .. } => Code::DialectUnknown,
            Self::Exceptions { source, .. } => source.code(),
            Self::Keys { source, .. } => source.code(),
            Self::Policies { .. } => Code::PoliciesUnreadable,
            Self::Target { source, .. } => source.code(),
        }
    }
}

/// All of them, ready to work for.
pub fn load(loaded: &Loaded) -> Result<Vec<worker::Tenant>, Error> {
    let tenants = &loaded.settings.tenants;
    tenants.iter().map(|tenant| load_one(loaded, tenant)).collect()
}

fn load_one(loaded: &Loaded, tenant: &Tenant) -> Result<worker::Tenant, Error> {
    let compiled = rules::load(loaded, tenant)?;
    let mut targets = Vec::new();
    let mut providers = BTreeMap::new();
    for target in &tenant.targets {
        let by = by(tenant, target);
        let provider_settings = targets::provider_settings(loaded, tenant, target)?;
        let mut settings = targets::settings(tenant, target, &provider_settings.dialect);
        settings.imported_policies = policies::names_of(loaded, tenant, target);
        rules::check_keys(&compiled, &settings, &by)?;
        targets.push(settings);
        let provider =
            Provider::new(provider_settings).map_err(|source| refused(tenant, target, source))?;
        providers.insert(TargetName::new(&target.name), Arc::new(provider));
    }
    rules::check_targets(tenant, &compiled)?;
    Ok(worker::Tenant {
        settings: TenantSettings {
            name: TenantName::new(&tenant.name),
            rules: Arc::new(compiled),
            topics: tenant.sources.iter().map(|source| source.topic.clone()).collect(),
            targets,
        },
        sources: sources(loaded, tenant)?,
        providers,
        comparison: Comparison::of(loaded, tenant).map(Arc::new),
    })
}

/// Its sources, with files of keys where they lie; each of those can be read.
fn sources(loaded: &Loaded, tenant: &Tenant) -> Result<Vec<SourceSettings>, Error> {
    let mut sources = tenant.sources_in_their_zones();
    for transmitter in sources.iter_mut().flat_map(|source| &mut source.transmitters) {
        let files = [&mut transmitter.jwks_file, &mut transmitter.ca_file];
        files.into_iter().flatten().for_each(|file| *file = loaded.resolve(file));
        if let Some(file) = &transmitter.jwks_file {
            keys::read_file(&transmitter.issuer, file)
                .map_err(|source| Error::Keys { tenant: tenant.name.clone(), source })?;
        }
    }
    Ok(sources)
}

fn by(tenant: &Tenant, target: &Target) -> String {
    format!("target `{}` of tenant `{}`", target.name, tenant.name)
}

fn read(what: &'static str, file: &Path, by: &str) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|source| Error::Read {
        what,
        file: file.to_owned(),
        by: by.to_owned(),
        source,
    })
}

/// What `usher target check` says of a target that cannot be prepared.
pub fn refused(tenant: &Tenant, target: &Target, source: scim::Error) -> Error {
    Error::Target { by: by(tenant, target), source }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
