//! Every code of an error has a page, and every page a code.

use crate::support::replica::PROGRAM;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a code stands behind: a reason of the audit, the method that names an error's code, a field
/// of a log line.
const MARKS: &[&str] = &["Why::new(", "refuse(", "fn code(&self)", "let code =", "code ="];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "simulation" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs"
        {
            found.push(path);
        }
    }
}

/// Whether a literal has the form of a code: `topics.unfit`, `tombstone`.
fn is_code(text: &str) -> bool {
    let is_letter =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let word = |word: &str| !word.is_empty() && word.chars().all(is_letter);
    text.split('.').count() <= 2 && text.split('.').all(word)
}

/// The first literal after each `Why::new(` and its like; after `fn code`, all of its body.
fn codes_in(code: &str, found: &mut BTreeSet<String>) {
    for mark in MARKS {
        for rest in code.split(mark).skip(1) {
            if *mark == "fn code(&self)" {
                let body = rest.split("\n    }\n").next().unwrap();
                found.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
            } else if let Some(literal) = rest.trim_start().strip_prefix('"') {
                found.insert(literal.split('"').next().unwrap().to_owned());
            }
        }
    }
}

fn codes() -> BTreeSet<String> {
    let mut files = Vec::new();
    for directory in ["core/src", "lab/src", "src"] {
        sources(&root().join(directory), &mut files);
    }
    let mut found = BTreeSet::new();
    for file in files {
        codes_in(&fs::read_to_string(file).unwrap(), &mut found);
    }
    // Other functions are called `refuse`, too.
    found.retain(|code| is_code(code));
    found
}

fn pages() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("docs/errors")).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| name(entry.unwrap()).trim_end_matches(".md").to_owned()).collect()
}

fn explain(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).arg("errors").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn codes_and_pages_are_the_same() {
    let (codes, pages) = (codes(), pages());
    assert!(codes.len() > 100, "is the test still right? {codes:?}");
    let without_page: Vec<_> = codes.difference(&pages).collect();
    assert!(without_page.is_empty(), "write docs/errors/<code>.md for: {without_page:?}");
    let without_code: Vec<_> = pages.difference(&codes).collect();
    assert!(without_code.is_empty(), "pages for codes that do not exist: {without_code:?}");
}

#[test]
fn the_program_has_every_page_with_it() {
    let overview = explain(&[]);
    let listed: BTreeSet<_> =
        overview.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    assert_eq!(listed, pages(), "src/cli/errors.rs lists the pages");
    assert!(explain(&["topics.unfit"]).starts_with("# `topics.unfit`\n"));
    let unknown = Command::new(PROGRAM).args(["errors", "topics.unfti"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("topics.unfit"));
}

#[test]
fn pages_are_short_and_tell_cause_cure_and_looks() {
    for code in pages() {
        let page = fs::read_to_string(root().join(format!("docs/errors/{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# `{code}`\n\n")), "{code}");
        for part in ["**Likely cause.**", "**What to do.**", "**It looks like this.**"] {
            assert!(page.contains(part), "{code} lacks {part}");
        }
        assert!(
            page.contains(&format!("{code}]"))
                || page.contains(&format!(", {code}"))
                || page.contains(&format!("\"{code}\"")),
            "{code}: the example shows another code"
        );
        assert!(
            (10..=25).contains(&page.lines().count()),
            "{code} has {} lines",
            page.lines().count()
        );
    }
}
