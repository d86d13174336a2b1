//! One question to a transmitter and its answer (RFC 8936), bounded in bytes and time.

use crate::intake::bearer;
use crate::intake::flaw::SetFlaw;
use crate::model::code::Code;
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// More is not read of an answer; then fewer tokens are asked for.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// However long a transmitter asks to be left alone, it is asked again then.
const AGAIN_MOST: Duration = Duration::from_mins(5);

/// Why a transmitter brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not ask the transmitter")]
    Unreachable(#[source] reqwest::Error),
    #[error("the transmitter answered {status}")]
    Refused { status: u16, again: Option<Duration> },
    #[error("the transmitter's answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the transmitter's answer is none of RFC 8936: {0}")]
    Unfit(String),
    #[error(transparent)]
    Token(#[from] bearer::Error),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreachable(_) => Code::PollUnreachable,
            Self::Refused { .. } => Code::PollRefused,
            Self::TooLarge | Self::Unfit(_) => Code::PollUnfit,
            Self::Token(error) => error.code(),
        }
    }
}

/// What the transmitter has not been told yet: what Kafka has, and what is no token for us.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) taken: Vec<String>,
    pub(super) flaws: BTreeMap<String, SetFlaw>,
}

impl Owed {
    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.flaws.is_empty()
    }

    /// The question that tells it, and asks for `most` more.
    pub(super) fn question(&self, most: u32, returns_at_once: bool) -> Value {
        let flaws = self.flaws.iter().map(|(id, flaw)| {
            (id.clone(), json!({ "err": flaw.word(), "description": flaw.text() }))
        });
        let mut question = Map::new();
        question.insert("maxEvents".to_owned(), json!(most));
        question.insert("returnImmediately".to_owned(), json!(returns_at_once));
        if !self.taken.is_empty() {
            question.insert("ack".to_owned(), json!(self.taken));
        }
        if !self.flaws.is_empty() {
            question.insert("setErrs".to_owned(), Value::Object(flaws.collect()));
        }
        Value::Object(question)
    }
}

/// What a transmitter brings.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// By their `jti`, as they came.
    #[serde(default, deserialize_with = "each_once")]
    pub(super) sets: Vec<(String, String)>,
    #[serde(default, rename = "moreAvailable")]
    pub(super) has_more: bool,
}

/// Two tokens under one name: whichever is taken, the other one would be acknowledged with it.
fn each_once<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Sets;
    impl<'de> Visitor<'de> for Sets {
        type Value = Vec<(String, String)>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an object of tokens")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut sets, mut names) = (Vec::new(), BTreeSet::new());
            while let Some((name, token)) = map.next_entry::<String, String>()? {
                if !names.insert(name.clone()) {
                    return Err(A::Error::custom("a name stands twice in `sets`"));
                }
                sets.push((name, token));
            }
            Ok(sets)
        }
    }
    input.deserialize_map(Sets)
}

/// Sends a question, and reads what is answered.
pub(super) async fn ask(client: &Client, request: RequestBuilder) -> Result<Answer, Error> {
    let unreachable = |error: reqwest::Error| Error::Unreachable(error.without_url());
    let request = request.build().map_err(unreachable)?;
    let mut response = client.execute(request).await.map_err(unreachable)?;
    let status = response.status();
    if status != StatusCode::OK {
        let again = again(response.headers());
        return Err(Error::Refused { status: status.as_u16(), again });
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(unreachable)? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    // The text of the error names a place, and nothing of what stands there.
    serde_json::from_slice(&body)
        .map_err(|error| Error::Unfit(format!("line {}, column {}", error.line(), error.column())))
}

fn again(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    text.parse().ok().map(Duration::from_secs).map(|it| it.min(AGAIN_MOST))
}
