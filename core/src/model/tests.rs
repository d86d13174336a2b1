use super::event::OrderKey;
use super::text::{clean, is_blank, trimmed};
use super::{Alias, AliasKind, AttributeName, By};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

#[test]
fn attribute_of_the_tenant_is_known_by_its_key_in_any_letters() {
    let band = AttributeName::parse("custom.costBand").unwrap();
    assert_eq!(band.custom_key(), Some("costBand"));
    let other = AttributeName::custom("COSTBAND").unwrap();
    assert_eq!(band, other);
    assert_eq!(BTreeSet::from([band.clone(), other]).len(), 1);
    assert_eq!(AttributeName::parse("title").unwrap().custom_key(), None);
    let written = serde_json::to_string(&band).unwrap();
    assert_eq!(written, r#""custom.costBand""#);
    assert_eq!(serde_json::from_str::<AttributeName>(&written).unwrap().as_str(), band.as_str());
}

#[test]
fn what_can_be_no_attribute_is_refused() {
    for text in ["custom.", "custom.1st", "custom.a b", "custom.a.b", "custom.ä", "custom", "Title"]
    {
        assert!(AttributeName::parse(text).is_err(), "{text}");
    }
    let refusal = AttributeName::parse("shoeSize").unwrap_err().to_string();
    assert!(
        refusal.contains("custom.<key>") && refusal.contains("enterprise.manager"),
        "{refusal}"
    );
}

#[test]
fn ids_of_employments_are_compared_as_names_are_and_written_as_they_were_sent() {
    let of = |id: &str| By::Employment(id.to_owned());
    let all = ["E-2", "e-2", " E-2", "E-2\u{200b}"].map(of);
    for one in &all {
        assert_eq!(*one, all[0]);
        assert!(one.cmp(&all[0]).is_eq());
    }
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 1);
    assert!(all[0].is_spelled_unlike(&all[1]) && !all[0].is_spelled_unlike(&of("E-2")));
    assert_ne!(of("E-2"), of("E-20"));
    assert_ne!(of("E-2"), By::Source("E-2".to_owned()));
    assert_ne!(By::Source("S".to_owned()), By::Source("s".to_owned()));
    assert_eq!(serde_json::to_string(&all[0]).unwrap(), r#"{"employment":"E-2"}"#);
}

#[test]
fn names_are_compared_without_case_and_in_one_form_of_unicode() {
    let name = |text| Alias::parse(AliasKind::UserName, text).unwrap();
    assert_eq!(name(" Kim.Lee@Example.com "), name("kim.lee@example.com"));
    assert_eq!(name("JOS\u{c9}"), name("jose\u{301}"), "composed and decomposed");
    assert_ne!(name("kim+admin@example.com"), name("kim@example.com"));
    assert_ne!(name("kim"), Alias::parse(AliasKind::Email, "kim").unwrap());
    assert_eq!(Alias::external("Entra", "4F0C"), Alias::external("entra", "4f0c"));
    assert_eq!(Alias::parse(AliasKind::UserName, " "), None);
    assert_eq!(Alias::external("entra", " "), None);
}

#[test]
fn sequences_that_are_numbers_are_ordered_as_numbers() {
    let key = |sequence: &str| OrderKey {
        sequence: Some(sequence.to_owned()),
        time: Timestamp::UNIX_EPOCH,
        came: 0,
        tie: 0,
        id: String::new(),
    };
    let order = ["9", "10", "0099", "100", "a", "b"];
    assert!(order.windows(2).all(|pair| key(pair[0]) < key(pair[1])), "{order:?}");
    assert!(key("7") != key("007") && key("7").cmp(&key("007")).is_ne());
}

#[test]
fn what_an_earlier_version_kept_of_an_instant_came_before_what_is_told_since() {
    let kept = r#"{"time":"2026-09-01T08:00:00Z","tie":2,"id":"z"}"#;
    let kept: OrderKey = serde_json::from_str(kept).unwrap();
    let told = OrderKey { came: 1, tie: 0, id: "a".to_owned(), ..kept.clone() };
    assert!(kept < told && kept.ties_with(&told));
}

#[test]
fn names_are_compared_without_what_nobody_sees() {
    let name = |text: &str| Alias::parse(AliasKind::UserName, text);
    let kim = name("kim lee");
    for text in [
        "kim lee\u{a0}",
        "\u{feff}kim lee",
        "kim\u{a0}lee",
        "kim\u{2009}\u{3000} lee",
        "k\u{200b}im l\u{200d}ee\u{2060}",
        "\u{202a}Kim Lee\u{202c}",
        "\u{ff2b}\u{ff29}\u{ff2d}\u{3000}\u{ff2c}\u{ff25}\u{ff25}",
        "kim\tlee\u{0}",
    ] {
        assert_eq!(name(text), kim, "{text:?}");
    }
    assert_ne!(name("kimlee"), kim);
    for nothing in ["", "\u{a0}", "\u{200b}\u{feff}", "\u{2800}", "\u{3164}", "\u{ad} \u{200e}"] {
        assert_eq!(name(nothing), None, "{nothing:?}");
        assert!(is_blank(nothing) && trimmed(nothing).is_empty() && clean(nothing).is_empty());
    }
    assert_eq!(Alias::external(" entra\u{a0}", "\u{200b}4F0C"), Alias::external("entra", "4f0c"));
}

/// As a state record of an earlier version holds it.
#[test]
fn kept_name_is_made_anew_as_it_is_compared_today() {
    let kept = |value: &str| {
        let kept = serde_json::json!({"kind": "user_name", "value": value});
        serde_json::from_value::<Alias>(kept).unwrap().made_anew()
    };
    assert_eq!(
        Some(kept("kim\u{200b}@example.com")),
        Alias::parse(AliasKind::UserName, "kim@example.com")
    );
    assert_eq!(Some(kept("kim@example.com")), Alias::parse(AliasKind::UserName, "kim@example.com"));
}

proptest! {
    #[test]
    fn name_made_anew_is_the_same_name(text in "\\PC{0,12}|[ a\u{a0}\u{200b}\u{feff}\u{ff21}\u{ffa0}\u{301}İΣ-]{0,12}") {
        if let Some(name) = Alias::parse(AliasKind::Email, &text) {
            prop_assert_eq!(&name.made_anew(), &name);
            prop_assert!(!is_blank(name.value()));
        }
        let cleaned = clean(&text).into_owned();
        prop_assert_eq!(clean(&cleaned).into_owned(), cleaned);
    }
}
