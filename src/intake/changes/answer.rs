//! What a program is told of its request: the user as far as it was asked for, and what came of it.

use super::outcome::{Outcome, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A request that was taken in.
pub(super) struct Taken<'a> {
    /// Its id.
    pub(super) request: &'a str,
    /// Where it is followed.
    pub(super) follow: &'a str,
    /// What was sent, which is shown to whoever sent it; none where somebody only asks what came of it.
    pub(super) sent: Option<&'a Value>,
    /// The account that its address names.
    pub(super) account: Option<&'a str>,
    /// It asks for a new account.
    pub(super) creates: bool,
}

impl Taken<'_> {
    /// The answer; `None`: nothing is known yet, but that it is in Kafka.
    pub(super) fn answer(&self, outcome: Option<&Outcome>) -> Response {
        let state = outcome.map_or(State::Taken, Outcome::state);
        let status = self.status(state);
        let mut told = Map::new();
        if let Some(Value::Object(sent)) = self.sent {
            told.extend(sent.clone());
        }
        let account = outcome.and_then(Outcome::account).or(self.account);
        told.insert("id".to_owned(), json!(account));
        if status.is_client_error() {
            self.refuse(&mut told, status, state, outcome);
        }
        told.insert("usher".to_owned(), self.news(state, outcome));
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (status, json, format!("{}\n", Value::Object(told))).into_response();
        if let Ok(follow) = HeaderValue::from_str(self.follow) {
            response.headers_mut().insert(header::LOCATION, follow);
        }
        response
    }

    /// What waits for somebody, or is under way, is accepted; what nobody will do is refused.
    fn status(&self, state: State) -> StatusCode {
        // Whoever asks what came of it is answered, whatever that is.
        if self.sent.is_none() && self.account.is_none() && !self.creates {
            return StatusCode::OK;
        }
        match state {
            State::Applied | State::AlreadySo if self.creates => StatusCode::CREATED,
            State::Applied | State::AlreadySo => StatusCode::OK,
            State::Taken | State::Held | State::Waiting | State::Observed => StatusCode::ACCEPTED,
            State::Protected | State::Refused | State::Failed => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// As errors are told to programs.
    fn refuse(
        &self,
        told: &mut Map<String, Value>,
        status: StatusCode,
        state: State,
        outcome: Option<&Outcome>,
    ) {
        let why = outcome.and_then(Outcome::why);
        let text =
            why.map_or("another word counts more than this request", |why| why.text.as_str());
        told.clear();
        told.insert("statusCode".to_owned(), json!(status.as_u16()));
        told.insert("error".to_owned(), json!(status.canonical_reason().unwrap_or_default()));
        told.insert("message".to_owned(), json!(format!("{}: {text}", state.word())));
        told.insert("code".to_owned(), json!(why.map(|why| why.code.to_string())));
        told.insert("link".to_owned(), json!(why.map(|why| format!("/codes/{}", why.code))));
        told.insert("id".to_owned(), json!(self.account));
    }

    fn news(&self, state: State, outcome: Option<&Outcome>) -> Value {
        let why = outcome.and_then(Outcome::why);
        let why = why.map(|why| json!({ "code": why.code.to_string(), "message": why.text }));
        let holds: Vec<_> = outcome.into_iter().flat_map(Outcome::holds).collect();
        json!({
            "request": self.request,
            "state": state.word(),
            "follow": self.follow,
            "person": outcome.and_then(Outcome::person),
            "why": why,
            "held": holds,
        })
    }
}
