//! What all Kafka clients have in common while they live: where their complaints go, and their tokens.

use std::error::Error;
use std::sync::Arc;
use std::{ffi, ptr};

use rdkafka::ClientContext;
use rdkafka::bindings::rd_kafka_oauthbearer_set_token;
use rdkafka::client::{Client, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;

use super::credentials;
use super::trouble::{report, report_error};
use crate::config::kafka::KafkaSettings;
use crate::config::security::SecuritySettings;

/// What tells one kind of client from another.
pub trait Role: Send + Sync + 'static {
    fn note(&self, _statistics: &Statistics) {}

    /// A line of the client's log. `true`: it is dealt with, and not reported.
    fn overhears(&self, _facility: &str, _line: &str) -> bool {
        false
    }

    /// An error of the client as a whole. `true`: it is dealt with, and not reported.
    fn deals_with(&self, _error: &KafkaError, _reason: &str) -> bool {
        false
    }
}

/// No role of its own: a client that asks.
impl Role for () {}

/// A client that is given the name of a group and joins none: that it may not see the group is nothing to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Apart;

impl Role for Apart {
    fn deals_with(&self, error: &KafkaError, _reason: &str) -> bool {
        error.rdkafka_error_code() == Some(RDKafkaErrorCode::GroupAuthorizationFailed)
    }
}

/// The context of every client; `role` is what this one is for.
#[derive(Debug, Default)]
pub struct Reported<R = ()> {
    pub role: R,
    security: Arc<SecuritySettings>,
}

impl<R: Role> Reported<R> {
    pub fn new(kafka: &KafkaSettings, role: R) -> Self {
        Self { role, security: Arc::new(kafka.security.clone()) }
    }
}

impl<R: Role> ClientContext for Reported<R> {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if !self.role.overhears(facility, message) {
            report(level, facility, message);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if !self.role.deals_with(&error, reason) {
            report_error(&self.security, &error, reason);
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.role.note(&statistics);
    }

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        // What is returned here comes back to `error`; the next try is in ten seconds.
        Ok(credentials::token(&self.security)?)
    }
}

impl ConsumerContext for Reported {}
impl ConsumerContext for Reported<Apart> {}

/// Gives a client its first token at once, for what is asked of it before it is ever polled, and
/// for an admin client, which is never polled. Does nothing where no tokens are used.
pub fn admit<R: Role>(client: &Client<Reported<R>>) {
    let security = &client.context().security;
    if !credentials::uses_tokens(security) {
        return;
    }
    let outcome = credentials::token(security)
        .map_err(|error| crate::observe::chain(&error))
        .and_then(|token| set_token(client, &token));
    if let Err(reason) = outcome {
        let error = KafkaError::Global(RDKafkaErrorCode::Authentication);
        report_error(security, &error, &reason);
    }
}

#[expect(unsafe_code, reason = "the wrapper sets tokens only in answer to an event that it polls")]
fn set_token<R: Role>(client: &Client<Reported<R>>, token: &OAuthToken) -> Result<(), String> {
    let text = |text: &str| ffi::CString::new(text).map_err(|error| error.to_string());
    let value = text(&token.token)?;
    let principal = text(&token.principal_name)?;
    let mut reason = [0; 512];
    // SAFETY: the client lives as long as its borrow; all pointers are to live memory, the length
    // is that of the buffer, and librdkafka copies what it keeps and ends the reason with a zero.
    unsafe {
        rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            value.as_ptr(),
            token.lifetime_ms,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            reason.as_mut_ptr(),
            reason.len(),
        );
        let reason = ffi::CStr::from_ptr(reason.as_ptr()).to_string_lossy();
        if reason.is_empty() { Ok(()) } else { Err(reason.into_owned()) }
    }
}
