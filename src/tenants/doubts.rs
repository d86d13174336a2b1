//! What can be meant of a tenant, but probably is not.

use super::names;
use super::rules::custom_attributes;
use crate::engine::brakes::kind::LimitKind;
use crate::engine::brakes::limits::Limit;
use crate::engine::settings::TargetSettings;
use crate::model::account::AttributeName;
use crate::worker;
use std::collections::BTreeSet;

/// What can be meant, but probably is not.
pub fn doubts(tenant: &worker::Tenant) -> Vec<String> {
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
        doubts.extend(doubts_about_limits(tenant, target));
    }
    doubts
}

fn doubts_about_limits(tenant: &worker::Tenant, target: &TargetSettings) -> Option<String> {
    let is_free = |kind: &LimitKind| {
        target.limits.kinds.get(kind).is_none_or(|limit| *limit == Limit::default())
    };
    let free: Vec<&str> = LimitKind::ALL.into_iter().filter(is_free).map(LimitKind::word).collect();
    let (target, tenant) = (&target.name, &tenant.settings.name);
    (!free.is_empty()).then(|| {
        format!(
            "target `{target}` of tenant `{tenant}` has no limit for {}: whatever a source says is \
             done for everybody at once",
            names(free.into_iter())
        )
    })
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
