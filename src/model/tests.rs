use super::event::OrderKey;
use super::{Alias, AliasKind, AttributeName};
use jiff::Timestamp;
use std::collections::BTreeSet;

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
        tie: 0,
        id: String::new(),
    };
    let order = ["9", "10", "0099", "100", "a", "b"];
    assert!(order.windows(2).all(|pair| key(pair[0]) < key(pair[1])), "{order:?}");
    assert!(key("7") != key("007") && key("7").cmp(&key("007")).is_ne());
}
