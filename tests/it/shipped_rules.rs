//! The rule files that ship: each loads with the files that it says it needs, and all together.

use crate::support::replica::PROGRAM;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
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

/// What `usher rules` with these arguments says, at the top of the repository.
fn usher_rules(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("rules").args(arguments).output().unwrap()
}

fn assert_success(arguments: &[&str]) -> String {
    let output = usher_rules(arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}:\n{text}{why}");
    text
}

#[test]
fn every_branch_of_them_is_exercised_by_a_fixture_that_passes() {
    assert_success(&["test", "config/fixtures", "--min-coverage", "100"]);
    for rules in one_use_each().iter().chain(&all_in_one()) {
        let fixtures = directory().with_file_name("fixtures").join(rules.file_name().unwrap());
        assert!(fixtures.is_file(), "{} has no fixtures", rules.display());
    }
}

#[test]
fn none_of_them_deserves_a_warning() {
    for file in one_use_each().iter().chain(&all_in_one()) {
        let needed = with_needs(file);
        let needed: Vec<_> = needed.iter().map(|file| file.to_str().unwrap()).collect();
        assert_success(&[&["check", "--deny", "warnings"][..], &needed].concat());
    }
    assert_success(&["check", "--deny", "warnings", "--config", "config/full.yaml"]);
}

/// One file that cannot be used does not hide how the others went, and is told in JSON as well.
#[test]
fn rules_that_cannot_be_used_are_problems_of_the_fixtures_that_name_them() {
    let directory = std::env::temp_dir().join(format!("usher-problems-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, text: &str| fs::write(directory.join(name), text).unwrap();
    write("a.yaml", "fixtures: [{ name: f, then: { people: 0 } }]\nrules: [nowhere.yaml]\n");
    write("b.yaml", "rules: [rules/broken.yaml]\nfixtures: [{ name: f, then: { people: 0 } }]\n");
    write("c.yaml", "rules: [rules/broken.yaml]\nfixtures: [{ name: f, then: { people: 0 } }]\n");
    write("d.yaml", "rules: [rules/fine.yaml]\nfixtures: [{ name: f, then: { people: 0 } }]\n");
    fs::create_dir_all(directory.join("rules")).unwrap();
    write("rules/broken.yaml", "rules:\n  - { name: r, on: [worker.left], withdraw: c }\n");
    write("rules/fine.yaml", "profile: { on: [worker.hired], attributes: {} }\n");
    let files: Vec<_> =
        ["a", "b", "c", "d"].map(|it| directory.join(it).with_extension("yaml")).into();
    let mut arguments = vec!["test", "--json"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let output = usher_rules(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["passed"], 1, "{told:#}");
    let problems = told["problems"].as_array().unwrap();
    let ends: Vec<_> = problems
        .iter()
        .map(|it| (it["file"].as_str().unwrap().rsplit('/').next().unwrap(), &it["line"]))
        .collect();
    assert_eq!(ends, [("a.yaml", &2.into()), ("broken.yaml", &2.into())], "{told:#}");
    assert!(problems[1]["text"].as_str().unwrap().starts_with("error[rules.unknown_type]: "));
}

/// `want: { target: … }` without a group was passed over.
#[test]
fn a_target_that_the_tenant_does_not_have_is_a_finding_with_its_line() {
    let directory = std::env::temp_dir().join(format!("usher-target-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let rules = "rules:\n  - name: r\n    on: [worker.leave.started]\n    assert: { claim: c, precedence: \
                 leave, for: 1d, want: { target: oktaa, active: false } }\n";
    fs::write(directory.join("rules.yaml"), rules).unwrap();
    let minimal = fs::read_to_string(directory_of_config().join("minimal.yaml")).unwrap();
    let config = directory.join("usher.yaml");
    fs::write(&config, minimal.replace("rules/starter.yaml", "rules.yaml")).unwrap();
    let output = usher_rules(&["check", "--json", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let first = &told["findings"][0];
    assert_eq!((&first["code"], &first["line"]), (&"rules.unknown_target".into(), &2.into()));
}

fn directory_of_config() -> PathBuf {
    directory().parent().unwrap().to_owned()
}

/// Everything that makes a pipeline stop.
#[test]
fn mistakes_end_with_a_code_that_is_not_zero() {
    let directory = std::env::temp_dir().join(format!("usher-rules-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, text: &str| {
        let file = directory.join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let cuts = "rules: [{ name: r, on: [worker.updated], assert: { claim: c, precedence: leaver, want: \
                { active: false } } }]";
    let rules = write("rules.yaml", cuts);
    let broken = write("broken.yaml", "rules: [{ name: r, on: [worker.fired], withdraw: c }]");
    let fixtures = write(
        "fixtures.yaml",
        "rules: [rules.yaml]\npeople: [kim]\nfixtures: [{ name: f, when: [{ event: { type: \
         worker.hired, worker: kim }, then: { decision: asserted } }] }]",
    );
    let ends = |arguments: &[&str], code: i32, told: &str| {
        let output = usher_rules(arguments);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
    };
    ends(&["check", &rules], 0, "warning[lint.unguarded_cut]");
    ends(&["check", &rules, "--deny", "warnings"], 1, "error[rules.unfit]");
    ends(&["check", &broken], 1, "error[rules.unknown_type]");
    ends(&["check", &broken, "--json"], 1, "\"code\": \"rules.unknown_type\"");
    ends(&["check", "nowhere.yaml"], 2, "error[rules.file_unreadable]");
    ends(&["check"], 2, "Usage");
    ends(&["check", "--config", "config/full.yaml", "--tenant", "x"], 2, "error[tenant.not_there]");
    ends(&["test", &fixtures], 1, "expected: asserted");
    ends(&["test", &fixtures, "--rules", &broken], 1, "rules.unknown_type");
    ends(&["test", "config/fixtures/leave.yaml", "--min-coverage", "100"], 0, "100 %");
    let uncovered = fs::read_to_string(&fixtures).unwrap().replace("asserted", "skipped");
    let uncovered = write("uncovered.yaml", &uncovered);
    ends(&["test", &uncovered], 0, "never exercised");
    ends(&["test", &uncovered, "--min-coverage", "50"], 1, "error[fixtures.coverage]");
    ends(&["test", &uncovered, "--json"], 0, "\"percent\": 0");
    let without = write("without.yaml", "fixtures: [{ name: f, then: { people: 0 } }]");
    ends(&["test", &without], 2, "error[fixtures.no_rules]");
    let empty = directory.join("empty");
    fs::create_dir_all(&empty).unwrap();
    ends(&["test", empty.to_str().unwrap()], 2, "error[fixtures.none]");
}
