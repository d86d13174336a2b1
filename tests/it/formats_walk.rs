//! The walk in `docs/formats.md`, taken as somebody would who has nothing but that page.

use crate::support::replica::PROGRAM;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md")).unwrap()
}

/// The blocks of the page that begin with ```` ```language ````.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// A folder with the page's export and its description.
fn desk(name: &str) -> PathBuf {
    let desk = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&desk).unwrap();
    let page = page();
    fs::write(desk.join("export.json"), blocks(&page, "json")[0]).unwrap();
    let is_description = |block: &&str| block.starts_with("# hr.yaml");
    let description = blocks(&page, "yaml").into_iter().find(is_description).unwrap();
    fs::write(desk.join("hr.yaml"), description).unwrap();
    desk
}

/// How it ended, and all that it said.
fn run(desk: &Path, command: &str) -> (bool, String) {
    let arguments = command.strip_prefix("usher ").unwrap().split(' ');
    let output = Command::new(PROGRAM).args(arguments).current_dir(desk).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn an_export_of_ones_own_is_mapped_as_the_page_says() {
    let desk = desk("formats-walk");
    let page = page();
    let commands: Vec<&str> = blocks(&page, "sh").into_iter().flat_map(str::lines).collect();
    let [suggest, decode] = commands.as_slice() else { panic!("{commands:?}") };

    let (is_done, said) = run(&desk, suggest);
    assert!(is_done, "{said}");
    for line in ["records: /people", "worker.employee_id: \"/Staff ID\"", "[Sabbatical]"] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let (is_done, said) = run(&desk, decode);
    assert!(is_done, "{said}");
    for line in [
        "1. worker.hired",
        "2. worker.terminated",
        "3. worker.leave.started",
        "2026-10-31T23:00:00Z",
        "  /exportedAt",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[test]
fn slips_on_the_way_are_told_with_their_place_and_their_cure() {
    let desk = desk("formats-slips");
    let description = fs::read_to_string(desk.join("hr.yaml")).unwrap();
    let slip = description.replace("worker.employee_id", "worker.employe_id");
    fs::write(desk.join("slip.yaml"), slip).unwrap();
    let decode = "usher decode export.json --format mapped";
    for (command, told) in [
        (format!("{decode} --mapping slip.yaml"), "is `worker.employee_id` meant?"),
        (format!("{decode} --mapping nowhere.yaml"), "error[decode.failed]"),
        (decode.to_owned(), "workday, successfactors"),
        ("usher decode export.json --format netskope".to_owned(), "value.not_of_format"),
        ("usher decode export.json --format mappd".to_owned(), "unknown variant `mappd`"),
        ("usher mapped suggest hr.yaml".to_owned(), "error[decode.failed]"),
    ] {
        let (is_done, said) = run(&desk, &command);
        assert!(!is_done && said.contains(told), "{command}: {said}");
    }
    // Without a zone nobody knows when a day begins.
    let (is_done, said) = run(&desk, &format!("{decode} --mapping hr.yaml"));
    assert!(is_done && said.contains("parked, effective_at.no_zone"), "{said}");
}

#[test]
fn the_configuration_reads_the_description_and_refuses_what_cannot_be_meant() {
    let desk = desk("formats-config");
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.yaml");
    let minimal = fs::read_to_string(minimal).unwrap();
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules/starter.yaml");
    let with = |source: &str| {
        let text = minimal.replace("format: cloudevents", source);
        let text = text.replace("rules/starter.yaml", starter.to_str().unwrap());
        assert!(text.contains(source), "{text}");
        let file = desk.join("usher.yaml");
        fs::write(&file, text).unwrap();
        usher::config::load_with(&file, []).map_err(|error| error.to_string())
    };
    let loaded = with("format: mapped, mapping: hr.yaml").unwrap();
    let mapping = loaded.settings.tenants[0].sources[0].mapping.clone().unwrap();
    assert!(mapping.get().is_some(), "the file was read");
    with("format: mapped, mapping: bamboohr").unwrap();
    for (source, told) in [
        ("format: mapped", "is missing, and `format: mapped` needs it"),
        ("format: mapped, mapping: nowhere.yaml", "could not read `nowhere.yaml`"),
        ("format: netskope, mapping: bamboohr", "counts for `format: mapped` alone"),
    ] {
        let error = with(source).unwrap_err();
        assert!(error.contains("sources[0].mapping") && error.contains(told), "{source}: {error}");
    }
}
