//! One question to the management API and its answer, bounded in bytes.

use super::Error;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// The answer as JSON; `null` if it has no body.
pub(super) async fn ask(
    http: &Client,
    doing: &'static str,
    (method, url): (Method, &Url),
    (token, body): (Option<&SecretString>, Option<&Value>),
) -> Result<Value, Error> {
    let failed =
        |source: reqwest::Error| Error::Unreachable { doing, source: source.without_url() };
    let mut request = http.request(method, url.clone());
    if let Some(token) = token {
        let header = HeaderValue::from_str(token.expose_secret());
        let mut header = header.map_err(|_unfit| {
            Error::Unfit("the token or its scheme cannot stand in a header".to_owned())
        })?;
        header.set_sensitive(true);
        request = request.header(AUTHORIZATION, header);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let mut answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if text.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Error::Unfit("the transmitter's answer is larger than 256 KiB".to_owned()));
        }
        text.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        return Err(Error::Refused { doing, status: status.as_u16(), said: said(&text) });
    }
    if status == StatusCode::NO_CONTENT || text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&text)
        .map_err(|_no_json| Error::Unfit(format!("the transmitter's answer is no JSON ({doing})")))
}

/// What a refusal says of itself.
fn said(text: &[u8]) -> String {
    let line = shown(text);
    if line.is_empty() { "it does not say why".to_owned() } else { line }
}

/// One line, and nothing that a terminal would act on.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().filter(|sign| !sign.is_control()).take(200).collect()
}

/// An answer may repeat by what it is going to push.
pub(super) fn without_secret(mut answer: Value) -> Value {
    let streams = match &mut answer {
        Value::Array(streams) => streams.iter_mut().collect(),
        one => vec![one],
    };
    for stream in streams {
        if let Some(secret) = stream.pointer_mut("/delivery/authorization_header") {
            *secret = json!("[redacted]");
        }
    }
    answer
}
