//! What clients complain of, in words that name the place and the cure.
//!
//! Every client of a process says the same every second while it lasts, so one of them is heard.

use crate::model::code::Code;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::certificate;
use crate::config::security::{Mechanism, SecuritySettings};

/// How often the same is said again.
const REPEAT_EVERY: Duration = Duration::from_secs(10);

/// What librdkafka's lines about failed connections are marked by.
pub(super) const FAILED: &str = "FAIL";

/// A line of librdkafka. Its errors are our warnings: it copes, and we act on what calls return.
pub(super) fn report(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        // What failed is said as an error, too, and in better words.
        _ if facility == FAILED || is_idle_talk(message) => {
            tracing::debug!(target: "usher::kafka", facility, "the Kafka client says: {message}");
        }
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error
        | RDKafkaLogLevel::Warning => {
            tracing::warn!(target: "usher::kafka", facility, "the Kafka client says: {message}");
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::debug!(target: "usher::kafka", facility, "the Kafka client says: {message}");
        }
    }
}

/// While it looks for a group's coordinator, the client gives up a connection that was being made and
/// calls that an error of SASL. Nothing was refused, and the next connection is made at once.
pub(super) fn is_idle_talk(line: &str) -> bool {
    ["GroupCoordinator", "SASL", "failed: Local: Broker transport failure"]
        .iter()
        .all(|part| line.contains(part))
}

/// Whether the connection ended, or no answer came, while SASL was being agreed on. The client calls
/// that an error of authentication although nobody refused anything.
fn ended_during_sasl(reason: &str) -> bool {
    let ended = ["failed: Local: Broker transport failure", "failed: Local: Timed out"];
    reason.contains("SASL") && ended.iter().any(|words| reason.contains(words))
}

/// An error of a client as a whole, such as a broker that cannot be reached.
pub(super) fn report_error(security: &SecuritySettings, error: &KafkaError, reason: &str) {
    if let KafkaError::Global(RDKafkaErrorCode::PartitionEOF) = error {
        // Asked for by those who read to an end.
        return;
    }
    if is_idle_talk(reason) {
        tracing::debug!(target: "usher::kafka", error = %error, "the Kafka client says: {reason}");
        return;
    }
    if let Some(refusal) = Refusal::of(error, reason) {
        if is_time_to_say(Said::Refused(refusal.code())) {
            let security = security.clone();
            let reason = reason.to_owned();
            // To look at a certificate takes a connection, for which no client can wait.
            let explain = move || {
                let text = refusal.explain(&security);
                let code = refusal.code().as_str();
                tracing::error!(target: "usher::kafka", code, reason, "{text}; it is tried again");
            };
            drop(std::thread::Builder::new().name("refusal".to_owned()).spawn(explain));
        }
        return;
    }
    match error {
        KafkaError::Global(
            RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure,
        ) if !is_time_to_say(Said::Away) => {
            tracing::debug!(target: "usher::kafka", error = %error, "Kafka is away: {reason}");
        }
        KafkaError::Global(RDKafkaErrorCode::Authentication)
            if !is_time_to_say(Said::NotAuthenticated) =>
        {
            tracing::debug!(target: "usher::kafka", error = %error, "Kafka is away: {reason}");
        }
        _ => {
            tracing::warn!(
                target: "usher::kafka",
                error = %error,
                "the Kafka client has trouble: {reason}"
            );
        }
    }
}

/// Why usher and Kafka do not come together although they can reach each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The certificate of the broker was not accepted.
    BrokerNotTrusted { broker: String },
    /// The broker did not accept usher's certificate, or wants one.
    CertificateRefused { broker: String },
    /// The listener of the broker does not speak TLS.
    NotTls { broker: String },
    /// The listener of the broker expects TLS.
    WantsTls { broker: String },
    /// TLS failed for another reason.
    Tls { broker: String, reason: String },
    /// The broker did not accept who usher says it is.
    NotAuthenticated { broker: String },
    /// There is no token that could be shown.
    NoToken { reason: String },
}

impl Refusal {
    /// `None`: it is no refusal.
    pub(super) fn of(error: &KafkaError, reason: &str) -> Option<Self> {
        let code = error.rdkafka_error_code()?;
        let broker = broker_of(reason);
        let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
        let refusal = match code {
            RDKafkaErrorCode::Authentication if ended_during_sasl(reason) => return None,
            RDKafkaErrorCode::Authentication
                if says(&["OAUTHBEARER token", "no token available"]) =>
            {
                Self::NoToken { reason: reason.to_owned() }
            }
            RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed => {
                Self::NotAuthenticated { broker }
            }
            RDKafkaErrorCode::SSL if says(&["certificate verify failed"]) => {
                Self::BrokerNotTrusted { broker }
            }
            _ if says(&["alert certificate", "alert bad certificate", "alert unknown ca"]) => {
                Self::CertificateRefused { broker }
            }
            _ if says(&["alert handshake failure", "client SSL authentication might be"]) => {
                Self::CertificateRefused { broker }
            }
            _ if says(&[
                "wrong version number",
                "connecting to a PLAINTEXT broker",
                "packet length",
            ]) =>
            {
                Self::NotTls { broker }
            }
            // It is told by the first answer, which does not come.
            _ if says(&["closed by peer"]) && says(&["in state APIVERSION_QUERY"]) => {
                Self::WantsTls { broker }
            }
            RDKafkaErrorCode::SSL => Self::Tls { broker, reason: reason.to_owned() },
            _ => return None,
        };
        Some(refusal)
    }

    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::BrokerNotTrusted { .. } => Code::KafkaBrokerNotTrusted,
            Self::CertificateRefused { .. } => Code::KafkaCertificateRefused,
            Self::NotTls { .. } => Code::KafkaNotTls,
            Self::WantsTls { .. } => Code::KafkaWantsTls,
            Self::Tls { .. } => Code::KafkaTls,
            Self::NotAuthenticated { .. } => Code::KafkaNotAuthenticated,
            Self::NoToken { .. } => Code::KafkaNoToken,
        }
    }

    /// What is wrong, where, and the cure. May look at the broker's certificate, which takes time.
    pub(super) fn explain(&self, security: &SecuritySettings) -> String {
        match self {
            Self::BrokerNotTrusted { broker } => certificate::explain(broker, security),
            Self::CertificateRefused { broker } => match &security.certificate_file {
                Some(file) => format!(
                    "Kafka at {broker} refuses usher's own certificate in {} \
                     (`kafka.security.certificate_file`): is it of an authority that Kafka \
                     trusts, and still valid?",
                    file.display()
                ),
                None => format!(
                    "Kafka at {broker} wants a certificate of usher's own; name it in \
                     `kafka.security.certificate_file` and its key in `kafka.security.key_file`"
                ),
            },
            Self::NotTls { broker } => format!(
                "Kafka at {broker} does not speak TLS; `kafka.security.protocol` says `{}`: \
                 change that, or name the port of a TLS listener in `kafka.brokers`",
                security.protocol
            ),
            Self::WantsTls { broker } => format!(
                "Kafka at {broker} ends the connection at once, as a TLS listener does when it \
                 is not spoken to in TLS; `kafka.security.protocol` says `{}`: is it `tls` or \
                 `sasl_tls`?",
                security.protocol
            ),
            Self::Tls { broker, reason } => {
                format!("could not agree with Kafka at {broker} on TLS: {reason}")
            }
            Self::NotAuthenticated { broker } => not_authenticated(broker, security),
            Self::NoToken { reason } => {
                format!("usher has no token to show to Kafka: {reason}")
            }
        }
    }
}

fn not_authenticated(broker: &str, security: &SecuritySettings) -> String {
    let sasl = &security.sasl;
    let mechanism =
        sasl.mechanism.map_or("its SASL mechanism".to_owned(), |mechanism| mechanism.to_string());
    if sasl.mechanism == Some(Mechanism::OauthBearer) {
        let file = sasl.token_file.as_deref().map(|file| file.display().to_string());
        return format!(
            "Kafka at {broker} refuses the token in {} (`kafka.security.sasl.token_file`): are its \
             issuer, audience and end what Kafka wants, and does this listener take OAUTHBEARER?",
            file.unwrap_or_default()
        );
    }
    let username = sasl.username.as_deref().unwrap_or("");
    let secret = match &sasl.password_file {
        Some(file) => {
            format!("the password in {} (`kafka.security.sasl.password_file`)", file.display())
        }
        None => "the password in USHER__KAFKA__SECURITY__SASL__PASSWORD".to_owned(),
    };
    format!(
        "Kafka at {broker} refuses the user `{username}` (`kafka.security.sasl.username`) with \
         {secret}: is the password right, and does Kafka know this user for {mechanism}?"
    )
}

/// `ssl://kafka:9093/bootstrap: SSL handshake failed` → `kafka:9093`; `?` if none is named.
fn broker_of(reason: &str) -> String {
    // Lines of the log name the thread first.
    let rest = reason.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: "));
    let rest = rest.map_or(reason, |(_, rest)| rest);
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let broker = rest.split_once('/').map(|(broker, _)| broker);
    broker.filter(|broker| !broker.contains(' ')).unwrap_or("?").to_owned()
}

/// What is not said again for a while.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Away,
    NotAuthenticated,
    Refused(Code),
}

/// Whether nobody of this process said the like lately; if so, somebody does now.
fn is_time_to_say(what: Said) -> bool {
    static SAID: Mutex<BTreeMap<Said, Instant>> = Mutex::new(BTreeMap::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let is_time = said.get(&what).is_none_or(|at| at.elapsed() > REPEAT_EVERY);
    if is_time {
        said.insert(what, Instant::now());
    }
    is_time
}
