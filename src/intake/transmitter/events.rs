//! The events that a transmitter is asked for.

use serde_json::{Value, json};

/// What usher can act on, and so asks for.
const EVENTS: [&str; 13] = [
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
    "https://schemas.openid.net/secevent/caep/event-type/credential-change",
    "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change",
    "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change",
    "https://schemas.openid.net/secevent/caep/event-type/risk-level-change",
    "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required",
    "https://schemas.openid.net/secevent/risc/event-type/account-purged",
    "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
    "https://schemas.openid.net/secevent/risc/event-type/account-enabled",
    "https://schemas.openid.net/secevent/risc/event-type/identifier-changed",
    "https://schemas.openid.net/secevent/risc/event-type/identifier-recycled",
    "https://schemas.openid.net/secevent/risc/event-type/credential-compromise",
    "https://schemas.okta.com/secevent/okta/event-type/user-risk-change",
];

/// Those that are named, or all.
pub(super) fn requested(events: &[String]) -> Value {
    if events.is_empty() { json!(EVENTS) } else { json!(events) }
}
