//! The dialect that agrees with all that was found, as close as can be to one that is there already.

use super::facts::Fact;
use crate::scim::dialect::Dialect;
use serde::Serialize;
use serde_json::Value as Json;

/// What the target's `dialect` should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The configured one agrees with all that was found.
    Keep,
    /// One that comes with usher, by its name.
    BuiltIn(String),
    /// A file with this content.
    File(String),
}

pub(super) fn propose(configured: &Dialect, facts: &[Fact]) -> Proposal {
    let conflicts = |dialect: &Dialect| facts.iter().filter(|fact| !fact.holds(dialect)).count();
    if conflicts(configured) == 0 {
        return Proposal::Keep;
    }
    let built_in =
        || Dialect::builtin_names().filter_map(|name| Some((name, Dialect::builtin(name)?)));
    // What somebody chose stays, as far as it is not wrong. Who chose no more than a name gets what
    // the target is closest to, whichever name it was.
    let is_chosen_by_name = built_in().any(|(_, dialect)| dialect == *configured);
    let nearest = built_in().map(|(_, dialect)| dialect).min_by_key(conflicts);
    let mut fixed = nearest.filter(|_| is_chosen_by_name).unwrap_or_else(|| configured.clone());
    for fact in facts {
        fact.apply(&mut fixed);
    }
    if conflicts(&fixed) >= conflicts(configured) {
        return Proposal::Keep;
    }
    let fits =
        |dialect: &Dialect| *dialect == fixed || is_chosen_by_name && conflicts(dialect) == 0;
    if let Some((name, _)) = built_in().find(|(_, dialect)| fits(dialect)) {
        return Proposal::BuiltIn(name.to_owned());
    }
    let closest = built_in()
        .filter_map(|(name, _)| Some((name, fixed.difference(name)?)))
        .min_by_key(|(_, difference)| leaves(difference));
    match closest {
        Some((base, difference)) => Proposal::File(file(base, &difference)),
        None => Proposal::Keep,
    }
}

fn leaves(value: &Json) -> usize {
    match value {
        Json::Object(fields) => fields.values().map(leaves).sum(),
        _ => 1,
    }
}

fn file(base: &str, difference: &Json) -> String {
    let yaml = serde_saphyr::to_string(difference).unwrap_or_else(|_unsaid| difference.to_string());
    format!(
        "# Proposed by `usher target check`: what differs from the built-in dialect `{base}`.\n\
         # rfc7644.yaml shows and explains every key.\nbase: {base}\n{yaml}"
    )
}
