//! `docs/proven.md` names tests and fixtures that are there.

use std::fs;
use std::path::Path;

#[test]
fn whatever_is_said_to_be_tried_is_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/proven.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains(". "));
    let mut count = 0;
    for row in rows {
        count += 1;
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nothing is named: {row}");
        for name in named {
            let (file, test) = name.split_once("::").map_or((name, None), |(f, t)| (f, Some(t)));
            let text = fs::read_to_string(root.join(file));
            let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
            if let Some(test) = test {
                let is_there = text.contains(&format!("fn {test}("));
                assert!(is_there, "{file} has no test `{test}`");
            } else {
                let is_fixture = Path::new(file).extension().is_some_and(|it| it == "yaml");
                assert!(is_fixture, "{file}: name the test");
            }
        }
    }
    // Of the hazards 20 and 23 to 36 one, the size of a million people, is measured and has none.
    assert_eq!(count, 14 + 25, "every hazard and complaint has its row");
}
