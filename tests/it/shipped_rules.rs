//! The rule files that ship: each loads with the files that it says it needs, and all together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use usher::rules::{RuleFile, RuleSet};

/// All of the others in one; not to be combined with them.
const ALL_IN_ONE: &str = "starter.yaml";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules")
}

/// The files that are for one use each.
pub(crate) fn one_use_each() -> Vec<PathBuf> {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|file| !file.ends_with(ALL_IN_ONE)).collect();
    files.sort();
    files
}

/// The file that holds them all.
pub(crate) fn all_in_one() -> Vec<PathBuf> {
    vec![directory().join(ALL_IN_ONE)]
}

fn load(files: impl IntoIterator<Item = PathBuf>) -> Result<RuleSet, String> {
    let read = |path: PathBuf| RuleFile {
        name: path.display().to_string(),
        text: fs::read_to_string(&path).unwrap(),
    };
    let files: Vec<_> = files.into_iter().map(read).collect();
    RuleSet::load(&files).map_err(|error| error.to_string())
}

/// What its comment `# Needs: …` names, and what that needs.
fn with_needs(file: &Path) -> BTreeSet<PathBuf> {
    let text = fs::read_to_string(file).unwrap();
    let named = text.lines().find_map(|line| line.strip_prefix("# Needs: ")).unwrap_or_default();
    let named = named.split(", ").filter(|name| !name.is_empty());
    let mut files: BTreeSet<_> =
        named.flat_map(|name| with_needs(&directory().join(name))).collect();
    files.insert(file.to_owned());
    files
}

#[test]
fn each_file_loads_with_those_it_needs() {
    for file in one_use_each().iter().chain(&all_in_one()) {
        load(with_needs(file)).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    }
}

#[test]
fn combination_of_all_loads_and_names_the_groups_of_the_start() {
    let combined = load(one_use_each()).unwrap();
    let start = load(all_in_one()).unwrap();
    assert_eq!(combined.groups(), start.groups());
    assert_eq!(combined.targets(), BTreeSet::new(), "they are meant for every target");
}

#[test]
fn each_file_says_in_its_first_line_what_it_is_for() {
    for file in one_use_each().iter().chain(&all_in_one()) {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.starts_with("# ") && text.contains(": "), "{}", file.display());
    }
}

#[test]
fn full_sample_lists_every_one_of_them() {
    let sample = directory().with_file_name("full.yaml");
    let loaded = usher::config::load_with(&sample, []).unwrap();
    let named = loaded.settings.tenants[0].rules.iter().map(|file| loaded.resolve(file));
    let named: BTreeSet<_> = named.collect();
    assert_eq!(named, one_use_each().into_iter().collect());
}
