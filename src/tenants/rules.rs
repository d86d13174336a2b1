//! The rules of a tenant, and whether they fit its targets.

use super::{Error, names, read};
use crate::config::{Loaded, Tenant};
use crate::engine::settings::TargetSettings;
use crate::model::account::AttributeName;
use crate::model::ids::TargetName;
use crate::rules::{RuleFile, RuleSet};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(super) fn load(loaded: &Loaded, tenant: &Tenant) -> Result<RuleSet, Error> {
    let by = format!("tenant `{}`", tenant.name);
    let files = tenant.rules.iter().map(|file| (file.as_path(), loaded.resolve(file)));
    compile(tenant, files, &by)
}

fn compile<'a>(
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
pub fn rules_of(loaded: &Loaded, tenant: &Tenant, files: &[PathBuf]) -> Result<RuleSet, Error> {
    let rules = if files.is_empty() {
        load(loaded, tenant)?
    } else {
        let files = files.iter().map(|file| (file.as_path(), file.clone()));
        compile(tenant, files, "the command line")?
    };
    check_targets(tenant, &rules)?;
    Ok(rules)
}

/// A rule for a target that is not there would never do anything, and nobody would notice.
pub fn unknown_targets(tenant: &Tenant, rules: &RuleSet) -> Vec<Error> {
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

pub(super) fn check_targets(tenant: &Tenant, rules: &RuleSet) -> Result<(), Error> {
    unknown_targets(tenant, rules).into_iter().next().map_or(Ok(()), Err)
}

/// The attributes of the provider's tenant that rules set at a target.
pub(super) fn custom_attributes(rules: &RuleSet, target: &TargetName) -> BTreeSet<AttributeName> {
    let here = |only: &Option<TargetName>| only.as_ref().is_none_or(|only| only == target);
    let named = rules.attributes().into_iter().filter(|(only, _)| here(only));
    named.map(|(_, name)| name).filter(|name| name.custom_key().is_some()).collect()
}

/// A key that the target can never take would fail every person who has a value for it.
pub(super) fn check_keys(rules: &RuleSet, target: &TargetSettings, by: &str) -> Result<(), Error> {
    let limits = target.custom_attributes;
    let Some(limit) = limits.and_then(|limits| limits.key_chars_max) else { return Ok(()) };
    let is_long =
        |name: &AttributeName| name.custom_key().is_some_and(|key| key.chars().count() > limit);
    match custom_attributes(rules, &target.name).into_iter().find(is_long) {
        Some(attribute) => Err(Error::LongKey { attribute, by: by.to_owned(), limit }),
        None => Ok(()),
    }
}
