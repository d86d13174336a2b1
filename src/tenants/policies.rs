//! Policies that were exported from a target's console to a file.

use super::{Error, by};
use crate::config::{Loaded, Target, Tenant};
use crate::inventory::plain;
use crate::inventory::scope::{self, Policy};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs;

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Imported {
    pub policies: Vec<Policy>,
    /// When the file was written: no policy in it is younger.
    pub as_of: Option<Timestamp>,
}

/// Reads the file that a target names; `None`: it names none.
pub fn policies_of(
    loaded: &Loaded,
    tenant: &Tenant,
    target: &Target,
) -> Result<Option<Imported>, Error> {
    let Some(named) = &target.policies else { return Ok(None) };
    let file = loaded.resolve(&named.file);
    let bytes = fs::read(&file).map_err(|source| Error::Read {
        what: "the policies",
        file: file.clone(),
        by: by(tenant, target),
        source,
    })?;
    let written = fs::metadata(&file).and_then(|about| about.modified()).ok();
    let policies = scope::export(&bytes).map_err(|source| Error::Policies {
        file: file.display().to_string(),
        by: by(tenant, target),
        source,
    })?;
    Ok(Some(Imported { policies, as_of: written.and_then(|at| Timestamp::try_from(at).ok()) }))
}

/// The groups that enabled policies of the file name. A file that cannot be read keeps nobody from being cut:
/// it is told, and left out.
pub(super) fn names_of(
    loaded: &Loaded,
    tenant: &Tenant,
    target: &Target,
) -> Option<BTreeSet<String>> {
    match policies_of(loaded, tenant, target) {
        Ok(imported) => imported.map(|imported| {
            let enabled = imported.policies.iter().filter(|policy| policy.is_enabled());
            enabled.flat_map(|policy| &policy.groups).map(|name| plain(name)).collect()
        }),
        Err(error) => {
            tracing::error!(
                tenant = tenant.name,
                target = target.name,
                code = error.code().as_str(),
                error = crate::observe::chain(&error),
                "the policies that were exported are left out"
            );
            None
        }
    }
}
