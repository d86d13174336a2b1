//! What must hold within `tenants`: names, lists, and what each target is told.

use super::reconcile::ExternalId;
use super::{Target, Tenant, sources};
use crate::config::environment::variable;
use crate::config::origins::{Origin, Origins};
use crate::config::{address, duration};
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// Reading all that a target has more often than this would be all that is done there.
const INVENTORY_EVERY_LEAST: SignedDuration = SignedDuration::from_mins(1);

/// Everything that is wrong with `tenants`; each begins with the key and ends with the cure.
/// `late_window`: how long a call without an answer may still land.
pub(in crate::config) fn problems(
    tenants: &[Tenant],
    late_window: SignedDuration,
    origins: &Origins,
) -> Vec<String> {
    let mut problems = Vec::new();
    if tenants.is_empty() {
        problems.push("tenants: is empty; usher needs at least one".to_owned());
    }
    let mut seen = BTreeMap::new();
    for (index, tenant) in tenants.iter().enumerate() {
        let key = format!("tenants[{index}]");
        check_name(&key, &tenant.name, &mut problems);
        if let Some(first) = seen.insert(&tenant.name, index) {
            problems.push(format!(
                "{key}.name: `{}` is also the name of tenants[{first}]; names are unique",
                tenant.name
            ));
        }
        check_tenant(&key, tenant, &mut problems);
        problems.extend(tenant.protected.problems(&format!("{key}.protected")));
        problems.extend(tenant.reconcile.problems(&format!("{key}.reconcile")));
        for (name, list) in [("roster", &tenant.roster), ("idp", &tenant.idp)] {
            let list = list.iter();
            problems.extend(list.flat_map(|list| list.problems(&format!("{key}.{name}"))));
        }
        for (index, source) in tenant.sources.iter().enumerate() {
            problems.extend(sources::problems(&format!("{key}.sources[{index}]"), source));
        }
        for (index, target) in tenant.targets.iter().enumerate() {
            let key = format!("{key}.targets[{index}]");
            check_target(&key, target, late_window, &mut problems);
            check_token(&key, target, origins, &mut problems);
        }
    }
    problems
}

fn check_tenant(key: &str, tenant: &Tenant, problems: &mut Vec<String>) {
    let lists = [
        ("rules", tenant.rules.is_empty(), "name a rule file"),
        ("sources", tenant.sources.is_empty(), "name an input topic"),
        ("targets", tenant.targets.is_empty(), "name a SCIM provider"),
    ];
    for (list, is_empty, cure) in lists {
        if is_empty {
            problems.push(format!("{key}.{list}: is empty; {cure}"));
        }
    }
    check_former_names(key, tenant, problems);
    let mut seen = BTreeMap::new();
    for (index, target) in tenant.targets.iter().enumerate() {
        check_name(&format!("{key}.targets[{index}]"), &target.name, problems);
        if let Some(first) = seen.insert(&target.name, index) {
            problems.push(format!(
                "{key}.targets[{index}].name: `{}` is also the name of targets[{first}]; names \
                 are unique within a tenant",
                target.name
            ));
        }
    }
}

/// What is kept under a name can go to one target only, and not from one that is still there.
fn check_former_names(key: &str, tenant: &Tenant, problems: &mut Vec<String>) {
    let mut seen: Vec<&String> = tenant.targets.iter().map(|target| &target.name).collect();
    for (index, target) in tenant.targets.iter().enumerate() {
        for former in &target.formerly {
            if seen.contains(&former) {
                problems.push(format!(
                    "{key}.targets[{index}].formerly: `{former}` is a target's name, or stands \
                     there twice; name only what no target is called any more, once"
                ));
            }
            seen.push(former);
        }
    }
}

fn check_target(
    key: &str,
    target: &Target,
    late_window: SignedDuration,
    problems: &mut Vec<String>,
) {
    problems.extend(address::problems(&format!("{key}.url"), &target.url));
    let rate = target.calls_per_second;
    if !(rate > 0.0 && rate <= 10_000.0) {
        problems.push(format!("{key}.calls_per_second: {rate} is not above 0 and at most 10000"));
    }
    if target.quota.is_some_and(|quota| !quota.per.is_positive()) {
        problems.push(format!("{key}.quota.per: a window lasts longer than nothing"));
    }
    if target.proxy.as_ref().is_some_and(|proxy| proxy.leaves(target.whole_quota()).is_none()) {
        problems.push(format!(
            "{key}.proxy.calls_per_minute: leaves the worker nothing of the target's quota; say fewer, or \
             raise `calls_per_second` or `quota` if the provider takes more"
        ));
    }
    if target.inventory_every().is_some_and(|every| every < INVENTORY_EVERY_LEAST) {
        problems.push(format!(
            "{key}.inventory.every: is less than a minute; a reading takes longer than that, so say 1m or \
             more, or `inventory: none`"
        ));
    }
    if let Some(refused) = target.seats.as_ref().and_then(|seats| seats.check().err()) {
        problems.push(format!("{key}.seats: {refused}"));
    }
    if matches!(&target.external_id, ExternalId::Of(system) if system.trim().is_empty()) {
        problems.push(format!("{key}.external_id.of: is empty; name the system, like entra"));
    }
    if late_window < target.request_timeout * 2 {
        problems.push(format!(
            "{key}.request_timeout: {} is more than half of engine.late_window, {}; a call that \
             timed out may still land, so shorten the one or lengthen the other",
            duration::format(target.request_timeout),
            duration::format(late_window),
        ));
    }
}

fn check_token(key: &str, target: &Target, origins: &Origins, problems: &mut Vec<String>) {
    let token = format!("{key}.token");
    match (&target.token, &target.token_file) {
        (Some(_), Some(_)) => {
            problems.push(format!("{key}: both `token` and `token_file` are given; keep one"));
        }
        (None, None) => problems.push(format!(
            "{key}.token_file: is missing; name the file that holds the bearer token, or set {}",
            variable(&token)
        )),
        (Some(_), None) if origins.find(&token) == Origin::File => problems.push(format!(
            "{token}: a secret does not belong in this file; put it in a file of its own and name \
             that in `token_file`, or set {}",
            variable(&token)
        )),
        (Some(_) | None, _) => {}
    }
}

/// A name is part of keys and labels, and stays for ever.
pub(in crate::config) fn check_name(key: &str, name: &str, problems: &mut Vec<String>) {
    let is_allowed =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let fits = (1..=63).contains(&name.len());
    if !fits || !name.chars().all(is_allowed) {
        problems
            .push(format!("{key}.name: `{name}` is not a name; use 1 to 63 of a-z, 0-9 and `-`"));
    }
}
