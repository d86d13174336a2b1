//! What a stream says, and the configuration does not expect: its tokens would be refused or parked.

use super::end::End;
use crate::config::Settings;
use serde_json::Value;
use url::Url;

/// What is doubted of the answer and of where the keys are; each ends with the cure.
pub(super) fn of(
    answer: &Value,
    end: &End,
    (jwks, settings): (Option<&Url>, &Settings),
) -> Vec<String> {
    let streams = match answer {
        Value::Array(streams) => streams.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut doubts: Vec<String> = streams.iter().flat_map(|it| of_stream(it, end)).collect();
    doubts.extend(jwks.and_then(|jwks| of_keys(jwks, end, settings)));
    doubts
}

fn of_stream(stream: &Value, end: &End) -> Vec<String> {
    let mut doubts = Vec::new();
    let audience = texts(stream.get("aud"));
    if !audience.is_empty() && !audience.iter().any(|it| end.audience.contains(it)) {
        doubts.push(format!(
            "its tokens are for {}, which `audience` does not have; write it there and at the source's \
             transmitter",
            audience.join(", ")
        ));
    }
    let issuer = stream.get("iss").and_then(Value::as_str);
    if let Some(issuer) = issuer.filter(|it| *it != end.issuer) {
        doubts.push(format!(
            "its tokens are of `{issuer}`, and `issuer` is `{}`; write it to the letter",
            end.issuer
        ));
    }
    let told = stream.pointer("/delivery/endpoint_url").and_then(Value::as_str);
    if let (Some(told), Some(configured)) = (told, &end.endpoint)
        && Url::parse(told).ok().as_ref() != Some(configured)
    {
        doubts.push(format!("it is polled at {told}; write that as the poll's `endpoint`"));
    }
    if stream.get("events_delivered").is_some_and(|it| texts(Some(it)).is_empty()) {
        doubts.push(
            "it delivers none of the events that were asked for; name some that it has by --event"
                .to_owned(),
        );
    }
    doubts
}

fn of_keys(jwks: &Url, end: &End, settings: &Settings) -> Option<String> {
    let sources = settings.tenants.iter().flat_map(|tenant| &tenant.sources);
    let transmitters = sources.filter(|it| it.topic == end.topic).flat_map(|it| &it.transmitters);
    let mut of_issuer = transmitters.filter(|it| it.issuer == end.issuer).peekable();
    if of_issuer.peek().is_none() {
        return Some(format!(
            "no source of `{}` has `{}` among its `transmitters`, so its tokens would be parked; name it \
             there, with `jwks: {jwks}`",
            end.topic, end.issuer
        ));
    }
    let is_known = of_issuer.all(|it| it.jwks_file.is_some() || it.jwks.as_ref() == Some(jwks));
    (!is_known).then(|| {
        format!(
            "its keys are at {jwks}, and the source's transmitter names another `jwks`; write that"
        )
    })
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{End, of_stream};
    use serde_json::json;

    #[test]
    fn what_the_configuration_does_not_expect_is_told_with_its_cure() {
        let end = End::example();
        for fine in [
            json!(null),
            json!({ "aud": ["x", "usher"], "iss": "https://idp.example.com" }),
            json!({ "delivery": { "endpoint_url": "https://idp.example.com/poll" } }),
        ] {
            assert_eq!(of_stream(&fine, &end), Vec::<String>::new(), "{fine}");
        }
        for (other, told) in [
            (json!({ "aud": "x" }), "its tokens are for x"),
            (json!({ "iss": "https://idp.example.com/" }), "write it to the letter"),
            (json!({ "delivery": { "endpoint_url": "https://a.b/c" } }), "polled at https://a.b/c"),
            (json!({ "events_delivered": [] }), "none of the events"),
        ] {
            let doubts = of_stream(&other, &end);
            assert!(doubts.len() == 1 && doubts[0].contains(told), "{other}: {doubts:?}");
        }
    }
}
