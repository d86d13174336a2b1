//! Waits until a verification event has come where it can be seen: in the topic of the door or poll.

use super::Error;
use crate::config::kafka::KafkaSettings;
use crate::decode::jose::Token;
use crate::kafka::look::{self, From, Look, Until};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long is waited before the next look.
const PAUSE: Duration = Duration::from_millis(300);

const ADVICE: &str = "make it as docs/receive.md says";

/// A topic, from some place on.
pub(super) struct Topic {
    look: Look,
    name: String,
    /// By partition, where the next look begins.
    from: Vec<i64>,
}

impl Topic {
    /// Nothing that is there now is looked at.
    pub(super) fn at_its_end(kafka: &KafkaSettings, name: &str) -> Result<Self, look::Error> {
        let look = Look::open(kafka)?;
        let partitions = 0..look.partitions(name, ADVICE)?;
        let ends = partitions.map(|it| Ok(look.span(name, it, From::Earliest, Until::Now)?.end));
        let from = ends.collect::<Result<_, look::Error>>()?;
        Ok(Self { look, name: name.to_owned(), from })
    }

    /// Waits for a token with this `state`.
    pub(super) fn await_state(
        &mut self,
        state: &str,
        (within, told): (Duration, &str),
    ) -> Result<(), Error> {
        let began = Instant::now();
        loop {
            if self.has(state)? {
                return Ok(());
            }
            if began.elapsed() >= within {
                let (topic, within) = (self.name.clone(), told.to_owned());
                return Err(Error::Silent { topic, within });
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    fn has(&mut self, state: &str) -> Result<bool, Error> {
        let mut spans = Vec::new();
        for (partition, from) in (0_i32..).zip(&mut self.from) {
            let mut span = self.look.span(&self.name, partition, From::Earliest, Until::Now)?;
            span.start = (*from).clamp(span.low, span.end);
            *from = span.end;
            spans.push(span);
        }
        let mut is_there = false;
        self.look.read::<Error>(&spans, |record| {
            let text = record.value.as_deref().and_then(|it| std::str::from_utf8(it).ok());
            is_there |= text.is_some_and(|text| says(text, state));
            Ok(())
        })?;
        Ok(is_there)
    }
}

/// Whether it is a verification event that repeats the state. Nobody else knows the state; the door and the
/// worker look at the signature.
fn says(token: &str, state: &str) -> bool {
    let Ok(token) = Token::read(token) else { return false };
    let claims: Value = serde_json::from_slice(token.unproved_claims()).unwrap_or_default();
    let events = claims.get("events").and_then(Value::as_object);
    let mut said = events.into_iter().flatten().map(|(_, event)| event.get("state"));
    said.any(|it| it.and_then(Value::as_str) == Some(state))
}

#[cfg(test)]
mod tests {
    use super::says;
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
    use serde_json::json;

    #[test]
    fn only_an_event_that_repeats_the_state_is_the_one_that_was_asked_for() {
        let token = |claims: serde_json::Value| {
            let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
            format!("{}.{}.AAAA", encode(r#"{"alg":"RS256"}"#), encode(&claims.to_string()))
        };
        assert!(says(&token(json!({ "events": { "urn:v": { "state": "abc" } } })), "abc"));
        for other in [
            json!({ "events": { "urn:v": { "state": "abd" } } }),
            json!({ "events": { "urn:v": {} } }),
            json!({ "state": "abc" }),
            json!([]),
        ] {
            assert!(!says(&token(other.clone()), "abc"), "{other}");
        }
        assert!(!says("abc", "abc"));
    }
}
