//! Lists as people really have them, and as they break.

mod broken;
mod guards;
mod measure;
mod presets;
mod values;

use super::*;
use jiff::Timestamp;
use std::fmt::Write as _;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    instant("2026-10-01T06:00:00Z")
}

/// Nothing is expected but a row.
fn lenient() -> Guard {
    let expect = Expect { rows_least: Some(1), ..Expect::default() };
    Guard { modified_at: Some(now()), ..Guard::new(now(), expect) }
}

fn form(preset: Preset) -> Form {
    Form { file: "people.csv".into(), preset, ..Form::default() }
}

fn plain(text: &str) -> Result<Roster, Refused> {
    read(text.as_bytes(), &form(Preset::Plain), &lenient(), None)
}

fn refusal(read: Result<Roster, Refused>) -> String {
    let refused = read.unwrap_err();
    format!("{} {refused}", refused.code())
}

fn only(roster: &Roster) -> Listed {
    let people: Vec<_> = roster.people().collect();
    assert_eq!(people.len(), 1);
    people[0]
}

/// A list of so many, a department for each ten.
fn company(people: impl Iterator<Item = usize>) -> String {
    let mut text = "Employee ID,Email,Department\n".to_owned();
    for number in people {
        let department = number / 10;
        writeln!(text, "{number:05},p{number}@example.com,D{department}").unwrap();
    }
    text
}
