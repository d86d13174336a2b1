//! The scenarios that are played on a real Kafka, on paper: under the rules that each names, and under
//! the files that are for one use each.

use crate::rules::{RuleFile, RuleSet};
use crate::story::{Place, Suite};
use crate::trial::{Coverage, Others, Report, play};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|file| file.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    files
}

fn load(files: impl IntoIterator<Item = PathBuf>) -> Arc<RuleSet> {
    let read = |file: PathBuf| RuleFile {
        name: file.display().to_string(),
        text: fs::read_to_string(file).unwrap(),
    };
    let files: Vec<_> = files.into_iter().map(read).collect();
    Arc::new(RuleSet::load(&files).unwrap())
}

/// Plays those of a folder that can be played on paper, and says how many these were.
fn played(folder: &str) -> usize {
    let one_use_each = files("config/rules").into_iter().filter(|it| !it.ends_with("starter.yaml"));
    let combined = load(one_use_each);
    let mut report = Report::default();
    let mut count = 0;
    for file in files(folder) {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let suite = Suite::parse(&name, &fs::read_to_string(&file).unwrap()).unwrap();
        if !suite.misplaced(Place::Paper).is_empty() {
            continue;
        }
        count += 1;
        let own = load(suite.rules.iter().map(|rules| file.parent().unwrap().join(rules)));
        for rules in [&own, &combined] {
            report.add_problems(suite.check(&[rules]));
            let verdicts = play(&suite, &Others::new(), &mut Coverage::of(rules)).unwrap();
            report.add_verdicts(&suite.file, verdicts);
        }
    }
    assert_eq!(report.failures(), 0, "{}", report.text());
    count
}

#[test]
fn scenarios_of_good_servers_all_play_on_paper() {
    assert_eq!(played("tests/scenarios"), files("tests/scenarios").len());
}

/// The others speak of HTTP, or of how SCIM is spoken.
#[test]
fn scenarios_of_what_is_done_by_hand_play_on_paper() {
    assert_eq!(played("tests/scenarios/manners"), 9);
}
