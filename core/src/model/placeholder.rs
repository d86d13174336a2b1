//! What people and systems write into a field for a name where there is none.
//!
//! Whoever takes such a word for a name makes one person of all who have it.

use super::AliasKind;

/// Words for "none", as they are without dots, slashes, dashes and blanks between their letters.
const WORDS: &[&str] = &[
    "blank",
    "dummy",
    "empty",
    "keine",
    "keineangabe",
    "missing",
    "nan",
    "nil",
    "nobody",
    "noid",
    "noname",
    "none",
    "nonumber",
    "notapplicable",
    "notassigned",
    "notavailable",
    "notset",
    "nouser",
    "null",
    "placeholder",
    "tba",
    "tbc",
    "tbd",
    "tobedefined",
    "tobedetermined",
    "unassigned",
    "unbekannt",
    "undefined",
    "unknown",
    "unknownuser",
    "unset",
];

/// What such words are in numbers, and could be somebody's initials in a name.
const SHORT_WORDS: &[&str] = &["ka", "na", "no", "nv"];

/// Initials with signs between them, which nobody's name is; signs around them do not count.
const ABBREVIATIONS: &[&str] = &["k.a", "k/a", "n/a", "n.a", "n\\a", "n/v", "n.v"];

/// Before the `@` of addresses that are nobody's; `na` or `tbd` there may be initials.
const BOXES: &[&str] = &[
    "donotreply",
    "noemail",
    "nomail",
    "none",
    "noreply",
    "notavailable",
    "null",
    "undefined",
    "unknown",
];

/// As many nines are how a form is got past, and nobody's number.
const NINES_LEAST: usize = 5;

/// Whoever writes more means something.
const BYTES_MAX: usize = 64;

/// Whether `value`, in its canonical form, stands for no name of that kind.
pub(super) fn is_one(kind: AliasKind, value: &str) -> bool {
    if value.len() > BYTES_MAX {
        return false;
    }
    match kind {
        AliasKind::EmployeeNumber | AliasKind::WorkerId => is_no_number(value),
        AliasKind::External => value.split_once(':').is_some_and(|(_, id)| is_no_number(id)),
        AliasKind::UserName | AliasKind::Email => match value.split_once('@') {
            Some((name, host)) => is_no_box(name) || is_nothing(host),
            None => is_no_name(value),
        },
    }
}

fn is_no_number(value: &str) -> bool {
    is_no_name(value) || SHORT_WORDS.contains(&letters(value).as_str())
}

fn is_no_name(value: &str) -> bool {
    let letters = letters(value);
    let repeats = |sign: char, least: usize| {
        letters.len() >= least && letters.chars().all(|letter| letter == sign)
    };
    is_nothing(value)
        || is_abbreviation(value)
        || WORDS.contains(&letters.as_str())
        || repeats('0', 1)
        || repeats('9', NINES_LEAST)
        || repeats('x', 2)
}

fn is_no_box(name: &str) -> bool {
    is_nothing(name) || is_abbreviation(name) || BOXES.contains(&letters(name).as_str())
}

fn is_abbreviation(value: &str) -> bool {
    ABBREVIATIONS.contains(&value.trim_matches(|sign: char| !sign.is_alphanumeric()))
}

/// `-`, `?`, `...`: signs without a letter or digit.
fn is_nothing(value: &str) -> bool {
    !value.chars().any(char::is_alphanumeric)
}

/// `value` without what is neither letter nor digit: `n.a.` is `na`, `00-00` is `0000`.
fn letters(value: &str) -> String {
    value.chars().filter(|sign| sign.is_alphanumeric()).collect()
}
