//! The first contact with Kafka: whether it answers, and if not, why.
//!
//! Each try is a new client, so that a password or certificate that was mended is taken.

use crate::model::code::Code;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::context::{Reported, Role, admit};
use super::credentials;
use super::trouble::{FAILED, Refusal};
use crate::config::kafka::KafkaSettings;
use crate::observe;

/// How long one try lasts.
const WITHIN: Duration = Duration::from_secs(10);

/// How long other brokers may take to accept what one of them refused.
const OTHERS_WITHIN: Duration = Duration::from_secs(2);

/// How long between two tries.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not set up a client for Kafka; check the section `kafka`")]
    SetUp(#[source] KafkaError),
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    /// Kafka answers, but they do not come together.
    #[error("{explained}")]
    Refused {
        code: Code,
        explained: String,
        /// In librdkafka's words.
        #[source]
        cause: KafkaError,
    },
    #[error(
        "Kafka at `{brokers}` does not answer; is it running, and is it the address that \
         `kafka.brokers` should name?{}",
        last_words(last.as_deref())
    )]
    Silent {
        brokers: String,
        /// What the client last complained of, in librdkafka's words.
        last: Option<String>,
    },
    #[error("could not wait for Kafka: the waiting thread has crashed")]
    Crashed,
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::SetUp(_) => Code::KafkaClient,
            Self::Credentials(error) => error.code(),
            Self::Refused { code, .. } => *code,
            Self::Silent { .. } => Code::KafkaSilent,
            Self::Crashed => Code::InternalCrashed,
        }
    }
}

fn last_words(last: Option<&str>) -> String {
    last.map_or(String::new(), |last| format!(" The last try: {last}"))
}

/// What was heard last.
#[derive(Default)]
struct Listening {
    refused: Mutex<Option<(Refusal, KafkaError)>>,
    last: Mutex<Option<String>>,
}

impl Role for Listening {
    // Some ends of a connection are no errors to librdkafka.
    fn overhears(&self, facility: &str, line: &str) -> bool {
        if facility != FAILED {
            return false;
        }
        let error = KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure);
        if let Some(refusal) = Refusal::of(&error, line) {
            lock(&self.refused).get_or_insert((refusal, error));
        }
        *lock(&self.last) = Some(line.to_owned());
        true
    }

    fn deals_with(&self, error: &KafkaError, reason: &str) -> bool {
        if let Some(refusal) = Refusal::of(error, reason) {
            *lock(&self.refused) = Some((refusal, error.clone()));
        }
        // That all brokers are down says less than why the last one is.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *lock(&self.last) = Some(reason.to_owned());
        }
        // Every error is answered for below, once.
        true
    }
}

fn lock<T>(heard: &Mutex<T>) -> MutexGuard<'_, T> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ConsumerContext for Reported<Listening> {}

/// Waits until Kafka answers, however long that takes, and says every now and then why it does not.
pub async fn wait_for(kafka: &KafkaSettings) {
    while let Err(error) = reach(kafka).await {
        let seconds = PAUSE.as_secs();
        tracing::error!(
            code = error.code().as_str(),
            error = observe::chain(&error),
            "usher cannot work with Kafka: {error}; it is tried again every {seconds} s"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks Kafka for a sign of life, once.
pub async fn reach(kafka: &KafkaSettings) -> Result<(), Error> {
    let kafka = kafka.clone();
    tokio::task::spawn_blocking(move || ask(&kafka)).await.map_err(|_crashed| Error::Crashed)?
}

fn ask(kafka: &KafkaSettings) -> Result<(), Error> {
    credentials::check(&kafka.security)?;
    let config = super::client(kafka).map_err(Error::SetUp)?;
    let context = Reported::new(kafka, Listening::default());
    let client = BaseConsumer::from_config_and_context(&config, context).map_err(Error::SetUp)?;
    admit(client.client());
    let heard = &client.context().role;
    let mut deadline = Instant::now() + WITHIN;
    let mut is_refused = false;
    while Instant::now() < deadline {
        // Serves callbacks; nothing is read.
        drop(client.poll(Duration::from_millis(50)));
        let topic = Some(kafka.topics.control.as_str());
        if client.fetch_metadata(topic, Duration::from_millis(200)).is_ok() {
            return Ok(());
        }
        if !is_refused && lock(&heard.refused).is_some() {
            is_refused = true;
            deadline = deadline.min(Instant::now() + OTHERS_WITHIN);
        }
    }
    let refused = lock(&heard.refused).take();
    Err(match refused {
        Some((refusal, cause)) => {
            let explained = refusal.explain(&kafka.security);
            Error::Refused { code: refusal.code(), explained, cause }
        }
        None => Error::Silent { brokers: kafka.brokers.clone(), last: lock(&heard.last).take() },
    })
}
