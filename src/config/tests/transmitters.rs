//! Whose tokens count must be said in full.

use super::{changed, load};

fn refusal(source: &str) -> String {
    let text = changed("format: cloudevents, types: ['worker.*']", source);
    load(&text, &[]).expect_err("should be refused").to_string()
}

#[test]
fn what_would_count_for_nothing_or_for_too_much_is_refused() {
    let with = |transmitter: &str| {
        format!(
            "format: set, types: ['risk.*'], transmitters: [{{ issuer: 'https://i', {transmitter} }}]"
        )
    };
    for (source, key) in [
        ("format: set, types: ['risk.*']".to_owned(), "transmitters: is empty"),
        (
            with("audience: [us], jwks: 'https://i/keys'").replace("set", "cloudevents"),
            "transmitters: belong to",
        ),
        (with("jwks: 'https://i/keys'"), "transmitters[0].audience: is empty"),
        (with("audience: [us]"), "transmitters[0].jwks: is missing"),
        (with("audience: [us], jwks: 'http://i/keys'"), "transmitters[0].jwks: is plain http"),
        (
            with("audience: [us], jwks: 'https://u:p@i/keys'"),
            "transmitters[0].jwks: holds a user name",
        ),
        (with("audience: [us], jwks: 'https://i/keys', algorithms: []"), "algorithms: is empty"),
        (
            with("audience: [us], jwks: 'https://i/keys', algorithms: [HS256]"),
            "unknown variant `HS256`",
        ),
        (
            with("audience: [us], jwks: 'https://i/keys', algorithms: [none]"),
            "unknown variant `none`",
        ),
        (with("trust: decoded, jwks: 'https://i/keys'"), "transmitters[0].trust: says"),
        (with("audience: [us], jwks: 'https://i/keys', max_age: '24'"), "is not a length of time"),
        (
            with("audience: [us], jwks: 'https://i/keys' }, { issuer: 'https://i', trust: decoded"),
            "transmitters[1].issuer: stands there twice",
        ),
    ] {
        let refusal = refusal(&source);
        assert!(refusal.contains(key), "{source}: {refusal}");
    }
}

#[test]
fn keys_may_be_published_or_pinned_or_need_not_be() {
    for transmitter in [
        "audience: [us], jwks: 'https://i/keys'",
        "audience: [us], jwks: 'http://127.0.0.1:8080/keys'",
        "audience: [us], jwks_file: keys.json, algorithms: [EdDSA, PS256]",
        "trust: decoded",
    ] {
        let source = format!(
            "format: set, types: ['risk.*'], transmitters: [{{ issuer: 'https://i', {transmitter} }}]"
        );
        load(&changed("format: cloudevents, types: ['worker.*']", &source), &[]).unwrap();
    }
}
