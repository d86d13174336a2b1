use super::*;
use std::collections::BTreeSet;
use std::fs;

/// `TopicsUnfit` of `topics.unfit`.
fn name_of(text: &str) -> String {
    let capital =
        |word: &str| word.chars().take(1).flat_map(char::to_uppercase).collect::<String>();
    text.split(['.', '_']).map(|word| capital(word) + word.get(1..).unwrap_or_default()).collect()
}

/// `topics.unfit`, `tombstone`
fn has_the_form(text: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    let is_word = |word: &str| !word.is_empty() && word.chars().all(is_letter);
    text.split('.').count() <= 2 && text.split('.').all(is_word)
}

#[test]
fn codes_are_named_as_they_are_written_and_stand_in_order() {
    for code in Code::ALL {
        assert!(has_the_form(code.as_str()), "{code}");
        assert_eq!(format!("{code:?}"), name_of(code.as_str()));
        assert_eq!(Code::parse(code.as_str()), Some(*code));
    }
    assert!(Code::ALL.is_sorted_by(|one, next| one.as_str() < next.as_str()));
}

#[test]
fn every_page_has_a_code() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors");
    let names = fs::read_dir(pages).unwrap().map(|page| page.unwrap().file_name());
    let pages: BTreeSet<_> = names.map(|name| name.into_string().unwrap()).collect();
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    let without_code: Vec<_> = pages.difference(&codes).collect();
    assert!(without_code.is_empty(), "core/src/model/code lacks {without_code:?}");
}

#[test]
fn pages_are_short_and_tell_cause_cure_and_looks() {
    for code in Code::ALL {
        let page = code.page();
        assert!(page.starts_with(&format!("# `{code}`\n\n")), "{code}");
        for part in ["**Likely cause.**", "**What to do.**", "**It looks like this.**"] {
            assert!(page.contains(part), "{code} lacks {part}");
        }
        let shown = [format!("{code}]"), format!(", {code}"), format!("\"{code}\"")];
        let shows_it = shown.iter().any(|shown| page.contains(shown));
        assert!(shows_it, "{code}: the example shows another code");
        let lines = page.lines().count();
        assert!((10..=25).contains(&lines), "{code} has {lines} lines");
    }
}

#[test]
fn what_another_version_has_written_is_kept_and_decides_nothing() {
    let of_ours: WrittenCode = serde_json::from_str(r#""time.overtaken""#).unwrap();
    assert_eq!(of_ours, Code::TimeOvertaken);
    assert_eq!(of_ours, WrittenCode::from(Code::TimeOvertaken));
    for text in ["time.overtaken.twice", "TimeOvertaken", "Time.Overtaken", "", "ü\n\""] {
        let written = serde_json::to_string(text).unwrap();
        let code: WrittenCode = serde_json::from_str(&written).unwrap();
        assert_eq!((code.known(), code.as_str()), (None, text));
        assert!(Code::ALL.iter().all(|known| code != *known), "{text}");
        assert_eq!(serde_json::to_string(&code).unwrap(), written);
    }
}

#[test]
fn written_codes_stand_in_the_order_of_their_texts() {
    let texts = ["batch.empty", "batch.full", "batch.too_long", "zeal"];
    let codes: BTreeSet<_> = texts.iter().rev().map(|text| WrittenCode::read(text)).collect();
    assert!(codes.iter().map(WrittenCode::as_str).eq(texts));
}
