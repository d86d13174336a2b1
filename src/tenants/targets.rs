//! The targets of a tenant: what the engine is told of them, and what it takes to call them.

use super::{Error, by, names, read};
use crate::config::tenants::proxy::Proxy;
use crate::config::{Loaded, Target, Tenant};
use crate::engine::settings::TargetSettings;
use crate::model::account::CustomLimits;
use crate::model::ids::TargetName;
use crate::scim::{Dialect, ProviderSettings, TokenSource};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A provider that cannot even be connected to is found out sooner than one that is slow.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);

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

pub(super) fn settings(tenant: &Tenant, target: &Target, dialect: &Dialect) -> TargetSettings {
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
        limits: target.limits(),
        protected: tenant.protected.settings(),
        inventory_every: target.inventory_every(),
        reads: target.reads(),
        imported_policies: None,
    }
}

/// What must be known to call a target: its files are looked at, it itself is not.
pub fn provider_settings(
    loaded: &Loaded,
    tenant: &Tenant,
    target: &Target,
) -> Result<ProviderSettings, Error> {
    let by = by(tenant, target);
    let token = token(loaded, target, &by)?;
    settings_with(loaded, target, &by, token)
}

/// The same for the proxy, which has a token of its own; that of the worker is not looked at.
pub fn proxy_settings(
    loaded: &Loaded,
    tenant: &Tenant,
    target: &Target,
    proxy: &Proxy,
) -> Result<ProviderSettings, Error> {
    let by = format!("the proxy of {}", by(tenant, target));
    let token = token_in(loaded.resolve(&proxy.token_file), &by)?;
    settings_with(loaded, target, &by, token)
}

fn settings_with(
    loaded: &Loaded,
    target: &Target,
    by: &str,
    token: TokenSource,
) -> Result<ProviderSettings, Error> {
    let request_timeout = target.request_timeout.unsigned_abs();
    Ok(ProviderSettings {
        name: TargetName::new(&target.name),
        url: target.url.clone(),
        dialect: Arc::new(load_dialect(loaded, target, by)?),
        token,
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
    token_in(loaded.resolve(target.token_file.as_deref().unwrap_or(Path::new(""))), by)
}

fn token_in(file: PathBuf, by: &str) -> Result<TokenSource, Error> {
    if read("the token file", &file, by)?.trim().is_empty() {
        let by = by.to_owned();
        return Err(Error::NoToken { file, by });
    }
    Ok(TokenSource::File(file))
}
