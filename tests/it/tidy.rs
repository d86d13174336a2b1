//! House rules that no lint knows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use usher::model::code::Code;

/// The sources of the three crates: what decides, what tries, what does.
const SOURCES: [&str; 3] = ["core/src", "lab/src", "src"];

/// Crates that decide, or try; a program of theirs may do what it likes.
const PURE: [&str; 2] = ["core", "lab"];

/// What the standard library offers to everybody. All else that could reach the world is a dependency,
/// and the manifests have none; clocks and the environment are `.clippy.toml`'s.
const IMPURE: [&str; 5] = ["async ", "std::fs", "std::net", "std::process", "std::thread"];

/// A file longer than this holds more than one thing.
const LINES_MAX: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `directory` with one of the extensions.
fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(directory)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
            if path.is_dir() {
                open.push(path);
            } else if extensions.contains(&extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
    })
}

/// All files of the three crates, with their tests.
fn all() -> impl Iterator<Item = PathBuf> {
    SOURCES.iter().chain(&["tests", "benches"]).flat_map(|directory| files(directory, &["rs"]))
}

/// All files of the three crates that are no tests.
fn sources() -> impl Iterator<Item = PathBuf> {
    SOURCES.iter().flat_map(|directory| files(directory, &["rs"])).filter(|path| !is_test(path))
}

#[test]
fn what_decides_reaches_nothing() {
    let mut found = Vec::new();
    for path in PURE.iter().flat_map(|name| files(&format!("{name}/src"), &["rs"])) {
        if is_test(&path) || path.parent().is_some_and(|it| it.ends_with("bin")) {
            continue;
        }
        let code = fs::read_to_string(&path).unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: Vec<_> = code.collect();
        let words = IMPURE.iter().filter(|word| code.iter().any(|line| line.contains(**word)));
        found.extend(words.map(|word| format!("{} says `{word}`", shown(&path))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_outgrows_its_reader() {
    let long: Vec<_> = all()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > LINES_MAX).then(|| format!("{} has {lines} lines", shown(&path)))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let words = ["todo!", "unimplemented!", "TODO", "FIXME", "XXX"].map(str::to_owned);
    let words = words.into_iter().chain([["#[", "allow("].concat(), ["#![", "allow("].concat()]);
    let words: Vec<_> = words.collect();
    let own = Path::new(file!()).file_name();
    let mut found = Vec::new();
    for path in all() {
        if path.file_name() == own {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let here = words.iter().filter(|word| text.contains(word.as_str()));
        found.extend(here.map(|word| format!("{} says {word}", shown(&path))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<_> = sources()
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|path| shown(&path))
        .collect();
    assert!(silent.is_empty(), "without a first line: {}", silent.join(", "));
}

/// The list stays true: no code is a text anywhere else, and none is there that nobody says.
#[test]
fn codes_are_said_by_their_names() {
    let list = Path::new("core/src/model/code");
    let others = sources().filter(|path| !path.starts_with(root().join(list)));
    let (mut said, mut as_text) = (BTreeSet::new(), Vec::new());
    for path in others {
        let text = fs::read_to_string(&path).unwrap();
        let is_code = |literal: &&str| literal.contains('.') && Code::parse(literal).is_some();
        as_text
            .extend(text.split('"').filter(is_code).map(|it| format!("{it} in {}", shown(&path))));
        let names = text.split("Code::").skip(1);
        said.extend(
            names
                .filter_map(|it| it.split(|it: char| !it.is_alphanumeric()).next())
                .map(str::to_owned),
        );
    }
    assert!(as_text.is_empty(), "given as text: {}", as_text.join(", "));
    let silent: Vec<_> =
        Code::ALL.iter().filter(|code| !said.contains(&format!("{code:?}"))).collect();
    assert!(silent.is_empty(), "nobody says {silent:?}; take them and their pages away");
}

/// What a page names in backticks and looks like a path of ours.
fn paths_named(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let spans = text.split('`').skip(1).step_by(2);
    let tops =
        ["src/", "core/", "lab/", "tests/", "config/", "docs/", ".ci/", ".cargo/", "deploy/"];
    spans
        .filter(|span| tops.iter().any(|top| span.starts_with(top)))
        .filter(|span| !span.contains(['*', ' ', '<', '…']))
        .map(|span| span.split("::").next().unwrap_or(span).to_owned())
        .collect()
}

#[test]
fn pages_name_only_files_that_exist() {
    for page in ["ARCHITECTURE.md", "README.md"] {
        let named = paths_named(page);
        assert!(!named.is_empty(), "{page} names no file of ours; is the test still right?");
        let missing: Vec<_> =
            named.into_iter().filter(|path| !root().join(path).exists()).collect();
        assert!(missing.is_empty(), "{page} names {}", missing.join(", "));
    }
}

#[test]
fn the_map_shows_every_room() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for path in SOURCES {
        let rooms = fs::read_dir(root().join(path)).unwrap().map(|it| it.unwrap().path());
        for room in rooms.filter(|it| it.is_dir() && !it.ends_with("bin")) {
            let name = room.file_name().unwrap().display();
            assert!(map.contains(&format!("`{name}`")), "ARCHITECTURE.md lacks `{name}`");
        }
    }
}

#[test]
fn the_readme_names_only_metrics_that_exist() {
    let list = files("src/observe/metrics", &["rs"]).into_iter().filter(|path| !is_test(path));
    let list: String = list.map(|path| fs::read_to_string(path).unwrap()).collect();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let named: BTreeSet<_> = readme
        .split('`')
        .filter_map(|span| span.split('{').next()?.strip_prefix("usher_"))
        .filter(|name| !name.contains(['.', ' ', '-']))
        .collect();
    assert!(named.len() > 5, "is the test still right?");
    for name in named {
        // Units and `_total` are added when it is rendered.
        let bare = name.trim_end_matches("_total").trim_end_matches("_seconds");
        assert!(list.contains(&format!("\"{bare}\"")), "no metric is called usher_{name}");
    }
}
