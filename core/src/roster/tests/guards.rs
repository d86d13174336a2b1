//! Whether a list may be believed.

use super::*;

fn hours(many: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_hours(many)
}

fn manifest(text: &str) -> Manifest {
    Manifest {
        rows: text.lines().count() as u64 - 1,
        sha256: format!("{:x}", Sha256::digest(text.as_bytes())),
        generated_at: now() - hours(1),
        complete: true,
        source: Some("hr".to_owned()),
    }
}

fn with(manifest: Manifest) -> Guard {
    Guard {
        manifest: Some(manifest),
        source: Some("hr".to_owned()),
        ..Guard::new(now(), Expect::default())
    }
}

fn taken(text: &str, guard: &Guard, before: Option<&Census>) -> Result<Roster, Refused> {
    read(text.as_bytes(), &form(Preset::Plain), guard, before)
}

#[test]
fn a_manifest_is_taken_at_its_word() {
    let text = company(0..100);
    let right = manifest(&text);
    let roster = taken(&text, &with(right.clone()), None).unwrap();
    assert_eq!(roster.census().stamp.generated_at, Some(now() - hours(1)));
    assert_eq!((roster.census().rows, roster.census().current), (100, 100));
    assert_eq!(roster.census().departments["D3"], 10);
    assert_eq!(roster.census().domains["example.com"], 100);
    for (wrong, expected) in [
        (
            Manifest { rows: 101, ..right.clone() },
            "roster.manifest people.csv: it has 100 rows, and the manifest says 101",
        ),
        (
            Manifest { sha256: "0".repeat(64), ..right.clone() },
            "roster.manifest people.csv: its SHA-256 is not",
        ),
        (
            Manifest { complete: false, ..right.clone() },
            "roster.manifest people.csv: the manifest does not say `\"complete\": true`",
        ),
        (
            Manifest { source: None, ..right.clone() },
            "roster.manifest people.csv: the manifest is of another source than `hr`",
        ),
        (
            Manifest { generated_at: now() - hours(40), ..right.clone() },
            "roster.stale people.csv: it was made at 2026-09-29T14:00:00Z, more than 36 hours ago",
        ),
        (
            Manifest { generated_at: now() + hours(2), ..right },
            "roster.stale people.csv: it says that it was made at 2026-10-01T08:00:00Z, which is yet to come",
        ),
    ] {
        let found = refusal(taken(&text, &with(wrong), None));
        assert!(found.starts_with(expected), "{found}");
    }
    let read =
        Manifest::parse(br#"{"rows": 1, "sha256": "x", "generated_at": "2026-10-01T00:00:00Z"}"#);
    assert!(!read.unwrap().complete);
    assert!(Manifest::parse(b"{\"rows\": 1, \"row\": 2}").is_err());
}

#[test]
fn without_manifest_and_expectations_nothing_is_taken() {
    let text = company(0..100);
    let guard = Guard { modified_at: Some(now()), ..Guard::new(now(), Expect::default()) };
    assert!(
        refusal(taken(&text, &guard, None))
            .starts_with("roster.manifest people.csv: nothing says how many")
    );
    let guard = Guard { requires_manifest: true, ..lenient() };
    assert!(
        refusal(taken(&text, &guard, None))
            .starts_with("roster.manifest people.csv: its manifest is not there")
    );
    let guard = Guard { modified_at: None, ..lenient() };
    assert!(
        refusal(taken(&text, &guard, None))
            .starts_with("roster.stale people.csv: nothing says when")
    );
    let expect = Expect { rows_least: Some(101), ..Expect::default() };
    let guard = Guard { expect, ..lenient() };
    assert!(
        refusal(taken(&text, &guard, None))
            .starts_with("roster.empty people.csv: it has 100 rows, and at least 101")
    );
}

#[test]
fn a_shrunken_list_is_refused_until_somebody_has_looked() {
    let before = taken(&company(0..100), &lenient(), None).unwrap();
    let before = Some(before.census());
    assert!(taken(&company(0..95), &lenient(), before).is_ok());
    let halved = company(0..50);
    let found = taken(&halved, &lenient(), before).unwrap_err();
    let sha256 = format!("{:x}", Sha256::digest(halved.as_bytes()));
    assert_eq!(
        found.why,
        Why::Shrunk { rows: 50, before: 100, percent: 5, sha256: sha256.clone() }
    );
    let guard = Guard { accepted: Some(sha256), ..lenient() };
    assert!(taken(&halved, &guard, before).is_ok());
    // It stands for that file alone.
    assert!(taken(&company(0..49), &guard, before).is_err());
}

#[test]
fn a_department_that_is_gone_is_noticed_in_a_large_company() {
    let before = taken(&company(0..1000), &lenient(), None).unwrap();
    let without = company((0..1000).filter(|number| number / 10 != 7));
    let found = taken(&without, &lenient(), Some(before.census())).unwrap_err();
    assert!(matches!(
        found.why,
        Why::DepartmentsShrunk { departments: 1, lost: 10, before: 10, .. }
    ));
    let few = company((0..1000).filter(|number| !(70..75).contains(number)));
    assert!(taken(&few, &lenient(), Some(before.census())).is_ok());
}

#[test]
fn people_who_all_left_at_once_are_a_shrunken_list() {
    let active = "Employee ID,Status\n".to_owned() + "7,Active\n8,Active\n9,Active\n";
    let before = taken(&active, &lenient(), None).unwrap();
    let ended = active.replace("Active", "Terminated");
    let found = taken(&ended, &lenient(), Some(before.census())).unwrap_err();
    assert!(matches!(found.why, Why::Shrunk { rows: 0, before: 3, .. }), "{found}");
}

#[test]
fn eaten_zeros_are_noticed() {
    let before = taken(&company(0..100), &lenient(), None).unwrap();
    let eaten = company(0..100).replace("\n0", "\n").replace("\n0", "\n").replace("\n0", "\n");
    let eaten = eaten.replace("\n0", "\n");
    let found = refusal(taken(&eaten, &lenient(), Some(before.census())));
    assert!(
        found.starts_with("roster.number people.csv: of 100 numbers that began with a zero"),
        "{found}"
    );
    let form = Form { number_digits: Some(5), ..form(Preset::Plain) };
    let found = refusal(read(eaten.as_bytes(), &form, &lenient(), None));
    assert!(
        found.starts_with("roster.number people.csv:2, `employee_number`: a number with 1 digits"),
        "{found}"
    );
}

#[test]
fn an_older_list_is_no_newer_one() {
    let at = |ago| Guard { modified_at: Some(now() - hours(ago)), ..lenient() };
    let before = taken(&company(0..100), &at(1), None).unwrap();
    let found = refusal(taken(&company(0..100), &at(2), Some(before.census())));
    assert!(
        found.starts_with("roster.stale people.csv: it was made at 2026-10-01T04:00:00Z, before"),
        "{found}"
    );
    assert!(taken(&company(0..100), &at(1), Some(before.census())).is_ok());
}
