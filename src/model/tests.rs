use super::AttributeName;
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
