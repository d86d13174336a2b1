//! Rule files and fixtures on disk, and the rules of a tenant as configured.

use super::Error;
use crate::cli;
use crate::config::{self, Tenant};
use crate::model::ids::GroupName;
use crate::observe;
use crate::rules::{Place, RuleFile};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The rules that a command is about, and what is known of where they will work.
pub(super) struct Source {
    /// What they are called where there are several: the tenant.
    pub(super) tenant: Option<Tenant>,
    pub(super) files: Vec<RuleFile>,
}

impl Source {
    /// Joining one of these takes access at some target of the tenant.
    pub(super) fn restricting_groups(&self) -> Option<BTreeSet<GroupName>> {
        let targets = self.tenant.as_ref()?.targets.iter();
        Some(targets.flat_map(|target| target.restricting_groups.iter().cloned()).collect())
    }
}

pub(super) fn read(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|source| Error::Unread { file: file.to_owned(), source })
}

/// What an error says besides its place, which whoever tells of it puts before it.
pub(super) fn text(error: &dyn std::error::Error, place: &Place) -> String {
    let text = observe::chain(error);
    text.strip_prefix(&format!("{place}: ")).unwrap_or(&text).to_owned()
}

/// Reads rule files, each called as the command line calls it.
pub(super) fn read_rules(files: &[PathBuf]) -> Result<Vec<RuleFile>, Error> {
    let read = |file: &PathBuf| {
        let file = tidy(file);
        Ok(RuleFile { text: read(&file)?, name: file.display().to_string() })
    };
    files.iter().map(read).collect()
}

/// The rules of each tenant of a configuration, or of the one that is named.
pub(super) fn configured(config: &Path, only: Option<&str>) -> Result<Vec<Source>, cli::Error> {
    let loaded = config::load(config)?;
    let tenants = &loaded.settings.tenants;
    let mut sources = Vec::new();
    for tenant in tenants.iter().filter(|tenant| only.is_none_or(|only| tenant.name == only)) {
        let files: Vec<PathBuf> = tenant.rules.iter().map(|file| loaded.resolve(file)).collect();
        sources.push(Source { tenant: Some(tenant.clone()), files: read_rules(&files)? });
    }
    match only {
        Some(only) if sources.is_empty() => Err(Error::NoSuchTenant {
            name: only.to_owned(),
            known: tenants.iter().map(|tenant| tenant.name.clone()).collect(),
        }
        .into()),
        _ => Ok(sources),
    }
}

/// The YAML files that are named, and those below the directories that are.
pub(super) fn below(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let unread = |source| Error::Unread { file: directory.to_owned(), source };
    let entries = fs::read_dir(directory).map_err(unread)?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(unread)?.path());
    }
    paths.sort();
    for path in paths {
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        if path.is_dir() {
            walk(&path, found)?;
        } else if is_yaml {
            found.push(path);
        }
    }
    Ok(())
}

/// `config/fixtures/../rules/a.yaml` is `config/rules/a.yaml` to its reader.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir
                if matches!(tidied.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidied.pop();
            }
            Component::CurDir => {}
            part => tidied.push(part),
        }
    }
    tidied
}
