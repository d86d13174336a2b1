//! `usher target check --inventory`: what the token may read besides accounts and groups.

use super::super::runtime::runtime;
use super::super::{Error as CliError, print};
use super::{Error, add_finding};
use crate::config::{Target, Tenant};
use crate::inventory::scope::Grant;
use crate::scim::ProviderSettings;
use crate::scim::probe::{self, Mark, ScopeFinding};
use crate::tenants;
use serde_json::json;

pub(super) fn run(
    (tenant, target): (&Tenant, &Target),
    settings: &ProviderSettings,
    as_json: bool,
) -> Result<(), CliError> {
    let asked = runtime()?.block_on(probe::scopes(settings, target.calls_per_second));
    let found = asked.map_err(|source| tenants::refused(tenant, target, source))?;
    print(&if as_json {
        let document = json!({ "tenant": tenant.name, "target": target.name, "scopes": found });
        format!("{document:#}\n")
    } else {
        page((tenant, target), &found)
    })?;
    let is_reached = found.iter().all(|one| one.finding.mark != Mark::Change);
    if is_reached { Ok(()) } else { Err(Error::Unfit { target: target.name.clone() }.into()) }
}

fn page((tenant, target): (&Tenant, &Target), found: &[ScopeFinding]) -> String {
    let mut text = format!(
        "what target `{}` of tenant `{}` lets this token read\n\n",
        target.name, tenant.name
    );
    for one in found {
        add_finding(&mut text, &one.finding);
    }
    let granted = found.iter().filter(|one| one.grant == Some(Grant::Granted));
    let granted: Vec<&str> = granted.map(|one| one.scope.word()).collect();
    let last = if granted.is_empty() {
        "None of it is granted; accounts and groups are read all the same.".to_owned()
    } else {
        let list = granted.join(", ");
        format!(
            "To have it read with the inventory, say `inventory: {{ reads: [{list}] }}` at the target."
        )
    };
    text + &format!("\n{last}\n")
}
