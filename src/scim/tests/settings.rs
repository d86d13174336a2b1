use super::provider::settings;
use crate::scim::{Dialect, Error, Provider, ProviderSettings, TokenSource};
use std::error::Error as _;

#[test]
fn built_in_dialect_states_every_default() {
    let text = include_str!("../../../config/dialects/rfc7644.yaml");
    assert_eq!(Dialect::builtin("rfc7644"), Some(Dialect::default()));
    assert_eq!(Dialect::parse("empty", "{}").unwrap(), Dialect::default());
    for key in [
        "auth:",
        "header:",
        "scheme:",
        "media:",
        "accept:",
        "content_type:",
        "lookup:",
        "filters:",
        "users:",
        "update:",
        "active:",
        "manager:",
        "paths:",
        "custom:",
        "schema:",
        "key_chars_max:",
        "value_chars_max:",
        "count_max:",
        "groups:",
        "search_query:",
        "members_query:",
        "members_path:",
        "members_per_call:",
        "remove_member:",
        "paging:",
        "page_size:",
        "pages_max:",
        "query:",
        "ignores_filters:",
        "search_by_post:",
        "no_match:",
        "status_202:",
        "wait_minutes_max:",
        "errors:",
    ] {
        assert!(text.contains(key), "{key} is not stated");
    }
}

#[test]
fn every_built_in_dialect_can_be_read() {
    for name in Dialect::builtin_names() {
        assert!(Dialect::builtin(name).is_some(), "{name}");
    }
    assert_eq!(Dialect::builtin("no-such-dialect"), None);
}

#[test]
fn wrong_dialects_are_refused_with_a_reason() {
    let refused = |text: &str| {
        let error = Dialect::parse("mine", text).unwrap_err();
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        format!("{error}: {cause}")
    };
    assert!(refused("groups: { remove_members: value-array }").contains("remove_members"));
    assert!(refused("groups: { remove_member: all }").contains("all"));
    assert!(refused("lookup: [shoeSize]").contains("shoeSize"));
    assert!(refused("lookup: []").contains("lookup"));
    assert!(refused("auth: { header: 'no header' }").contains("auth.header"));
    assert!(refused("paging: { page_size: 0 }").contains("page_size"));
    assert!(refused("users: { update: post }").contains("post"));
    assert!(refused("custom: { schema: tenant }").contains("urn:"));
    assert!(refused("errors: [{ status: 42, means: gone }]").contains("42"));
    assert!(refused("errors: [{ status: 400, means: fine }]").contains("fine"));
    assert!(refused("base: netscope").contains("netskope"));
    assert!(refused("base: netskope\ngroups: { remove_members: x }").contains("remove_members"));
}

#[test]
fn dialect_of_ones_own_stands_on_another() {
    let bearer = "base: netskope\nauth: { header: Authorization, scheme: Bearer }";
    let netskope = Dialect::builtin("netskope").unwrap();
    let mine = Dialect::parse("mine", bearer).unwrap();
    assert_eq!(mine.auth, Dialect::default().auth);
    assert_eq!(Dialect { auth: netskope.auth.clone(), ..mine }, netskope);
}

#[test]
fn token_only_travels_encrypted() {
    let refused = |url: &str| Provider::new(settings(url)).unwrap_err().to_string();
    for good in [
        "https://acme.goskope.com/api/v2/scim",
        "http://localhost:8081/v2",
        "http://127.0.0.2:8081/v2",
        "http://[::1]:8081/v2",
    ] {
        assert!(Provider::new(settings(good)).is_ok(), "{good}");
    }
    insta::assert_snapshot!(
        [
            refused("http://scim.example.com/v2"),
            refused("http://127.0.0.1.example.com/v2"),
            refused("http://10.0.0.1/v2"),
            refused("ftp://scim.example.com/v2"),
            refused("https://kim:pw@scim.example.com/v2"),
            refused("https://scim.example.com/v2#users"),
        ]
        .join("\n"),
        @r#"
        could not use target `prod`: its url must be https, or else its token and its people's data could be read on the way (plain http is for loopback hosts only)
        could not use target `prod`: its url must be https, or else its token and its people's data could be read on the way (plain http is for loopback hosts only)
        could not use target `prod`: its url must be https, or else its token and its people's data could be read on the way (plain http is for loopback hosts only)
        could not use target `prod`: its url must begin with https://
        could not use target `prod`: its url must not hold a user or password; use the token
        could not use target `prod`: its url must not have a fragment (`#…`)
        "#
    );
}

#[test]
fn token_shows_nowhere() {
    let provider = Provider::new(ProviderSettings {
        token: TokenSource::Value("s3cret".into()),
        ..settings("https://scim.example.com")
    });
    let shown = format!("{:?} {:?}", provider.unwrap(), settings("https://scim.example.com"));
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn insecure_url_is_its_own_error() {
    let error = Provider::new(settings("http://scim.example.com")).unwrap_err();
    assert!(matches!(error, Error::Insecure { .. }));
}
