//! The walk in `docs/rules.md`, taken as somebody would who has nothing but that page.

use crate::support::replica::PROGRAM;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes the page's files to `desk`.
pub(crate) fn write_files(desk: &Path) {
    for file in blocks(&page(), "yaml") {
        let name = file.lines().next().unwrap().strip_prefix("# ").unwrap();
        fs::write(desk.join(name), file).unwrap();
    }
}

/// The page's commands that ask Kafka, each as its arguments without `--config`.
pub(crate) fn questions_to_kafka() -> Vec<Vec<String>> {
    let page = page();
    let commands = page.lines().filter_map(|line| line.strip_prefix("usher "));
    let commands = commands.filter_map(|command| command.strip_suffix(" --config usher.yaml"));
    commands.map(|command| command.split(' ').map(str::to_owned).collect()).collect()
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).unwrap()
}

/// The blocks of the page that begin with ```` ```language ````.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn what_the_page_says_can_be_written_checked_and_tested_as_it_stands() {
    let page = page();
    let desk = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rules-walk");
    fs::create_dir_all(&desk).unwrap();

    let files = blocks(&page, "yaml");
    write_files(&desk);
    let commands: Vec<&str> = blocks(&page, "sh").into_iter().flat_map(str::lines).collect();
    assert_eq!((files.len(), commands.len()), (2, 2), "the page has its files and its commands");
    for command in commands {
        let arguments = command.strip_prefix("usher ").unwrap().split(' ');
        let output = Command::new(PROGRAM).args(arguments).current_dir(&desk).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{said}{why}");
    }
}

#[test]
fn a_slip_on_the_way_is_told_with_its_place_and_its_cure() {
    let rules =
        blocks(&page(), "yaml")[0].replace("last_day_of_work at 18:00", "last_day at 18:00");
    let desk = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rules-slip");
    fs::create_dir_all(&desk).unwrap();
    fs::write(desk.join("slip.yaml"), rules).unwrap();
    let mut check = Command::new(PROGRAM);
    let output = check.args(["rules", "check", "slip.yaml"]).current_dir(&desk).output().unwrap();
    assert!(!output.status.success());
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains("slip.yaml") && said.contains("`last_day at 18:00` is no instant"),
        "{said}"
    );
}
