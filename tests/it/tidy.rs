//! House rules that no lint knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may know whom. A room that is not listed here may not exist.
///
/// The wall: whatever decides (`engine` and all it knows) is pure, and whatever acts decides
/// nothing. `cli` wires, so it may know everybody.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("decode", &["model"]),
    ("rules", &["model"]),
    ("engine", &["model", "rules", "decode"]),
    ("scim", &["model", "clock"]),
    ("audit", &["model"]),
    ("receive", &["model", "config", "observe", "clock", "shutdown"]),
    ("commit", &["model", "config", "observe", "clock", "shutdown", "audit", "receive"]),
    (
        "worker",
        &[
            "model", "config", "observe", "clock", "shutdown", "audit", "receive", "commit",
            "decode", "engine", "scim",
        ],
    ),
    ("trial", &["model", "decode", "rules", "engine"]),
    ("simulation", &["model", "engine", "decode", "rules", "audit", "sandbox"]),
    ("sandbox", &["observe", "clock", "shutdown"]),
    ("demo", &["sandbox", "clock", "shutdown"]),
    ("config", &["model", "engine", "decode"]),
    ("observe", &["model", "engine", "config"]),
    ("clock", &[]),
    ("shutdown", &[]),
];

/// Rooms that decide, and words that have no place there.
const PURE: &[&str] = &["model", "decode", "rules", "engine", "audit", "trial"];
const IMPURE: &[&str] = &[
    "tokio",
    "rdkafka",
    "reqwest",
    "axum",
    "async fn",
    "async move",
    "SystemTime",
    "Timestamp::now",
    "std::fs",
    "std::env",
    "std::net",
    "std::thread",
];

/// Parts of rooms that are as pure as those that decide: the simulation rests on them.
const PURE_PARTS: &[&str] = &[
    "src/sandbox/chance",
    "src/sandbox/directory",
    "src/sandbox/faults",
    "src/sandbox/manners",
    "src/sandbox/provider",
];

/// Crates that only these rooms may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("rdkafka", &["receive", "commit", "worker", "sandbox"]),
    ("openssl", &["receive"]),
    ("reqwest", &["scim"]),
    ("backoff", &["engine"]),
];

/// A file longer than this holds more than one thing.
const LINES_MAX: usize = 450;

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

/// The first step below `src`: `src/engine/shard.rs` stands in `engine`.
fn room(path: &Path) -> String {
    let path = path.strip_prefix(root().join("src")).unwrap();
    let first = path.components().next().unwrap();
    let name = Path::new(first.as_os_str()).file_stem().unwrap();
    name.to_str().unwrap().to_owned()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
    })
}

/// The source of every room without its tests and comments.
fn rooms() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let mut rooms: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for path in files("src", &["rs"]) {
        let name = room(&path);
        if is_test(&path) || ["lib", "main"].contains(&name.as_str()) {
            continue;
        }
        let code = fs::read_to_string(&path).unwrap();
        let code = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        rooms.entry(name).or_default().push((path, code));
    }
    rooms
}

/// The rooms that a file names: `crate::model::…`, `use crate::{model, rules}`.
fn known(code: &str) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let paths = code.split("crate::").skip(1);
    let paths = paths.chain(code.split("usher::").skip(1).filter(|_| code.contains("use usher::")));
    for path in paths {
        let names = match path.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => path,
        };
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let several = path.starts_with('{');
        for name in names.split(',').take(if several { usize::MAX } else { 1 }) {
            let name: String = name.trim().chars().take_while(|c| is_name(*c)).collect();
            if root().join("src").join(&name).is_dir()
                || root().join("src").join(format!("{name}.rs")).is_file()
            {
                known.insert(name);
            }
        }
    }
    known.remove("");
    known
}

#[test]
fn rooms_know_only_whom_they_may() {
    let allowed: BTreeMap<_, _> = MAY_KNOW.iter().copied().collect();
    let mut strangers = Vec::new();
    for (name, files) in rooms() {
        if name == "cli" {
            continue;
        }
        let Some(allowed) = allowed.get(name.as_str()) else {
            strangers.push(format!("the room `{name}` is not in the table MAY_KNOW"));
            continue;
        };
        for (path, code) in files {
            for other in known(&code) {
                if other != name && !allowed.contains(&other.as_str()) {
                    strangers.push(format!("{} uses `{other}`", shown(&path)));
                }
            }
        }
    }
    assert!(strangers.is_empty(), "{}", strangers.join("\n"));
}

#[test]
fn what_decides_is_pure() {
    let mut found = Vec::new();
    for (name, files) in rooms() {
        for (path, code) in files {
            let is_part = PURE_PARTS.iter().any(|part| shown(&path).starts_with(part));
            if is_part || PURE.contains(&name.as_str()) {
                let words = IMPURE.iter().filter(|word| code.contains(**word));
                found.extend(words.map(|word| format!("{} says `{word}`", shown(&path))));
            }
            for (library, rooms) in RESERVED {
                let uses = code.contains(&format!("{library}::"));
                if uses && name != "cli" && !rooms.contains(&name.as_str()) {
                    found.push(format!("{} uses the crate `{library}`", shown(&path)));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_outgrows_its_reader() {
    let long: Vec<_> = files("src", &["rs"])
        .into_iter()
        .filter(|path| !is_test(path))
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
    for path in files("src", &["rs"]).into_iter().chain(files("tests", &["rs"])) {
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
    let silent: Vec<_> = files("src", &["rs"])
        .into_iter()
        .filter(|path| !is_test(path))
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|path| shown(&path))
        .collect();
    assert!(silent.is_empty(), "without a first line: {}", silent.join(", "));
}

/// What a page names in backticks and looks like a path of ours.
fn paths_named(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let spans = text.split('`').skip(1).step_by(2);
    let tops = ["src/", "tests/", "config/", "docs/", ".ci/", ".cargo/", "deploy/"];
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
    for name in rooms().into_keys() {
        assert!(map.contains(&format!("`{name}`")), "ARCHITECTURE.md lacks `{name}`");
    }
}

#[test]
fn rooms_are_found_however_they_are_named() {
    let found = |code: &str| known(code).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("use crate::engine::Shard;"), "engine");
    assert_eq!(found("use crate::{scim, model::ids};"), "model scim");
    assert_eq!(found("let shard = crate::engine::Shard::new();"), "engine");
    assert_eq!(found("use usher::rules;"), "rules");
    assert_eq!(found("use super::engine; crate::nowhere::x()"), "");
}

#[test]
fn the_readme_names_only_metrics_that_exist() {
    let list = fs::read_to_string(root().join("src/observe/metrics/mod.rs")).unwrap();
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
