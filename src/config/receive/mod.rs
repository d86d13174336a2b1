//! Where `usher receive` listens, and what may come in by which door.

pub(super) mod check;
pub mod clients;
pub mod grant;
pub mod poll;
pub mod signature;
#[cfg(test)]
mod tests;

use super::http::address;
use super::{duration, strict};
use crate::model::event_kind::EventKind;
use crate::model::schema::EventType;
use clients::Client;
use jiff::SignedDuration;
use poll::Poll;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use signature::SignatureSettings;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use url::Url;

/// The section `receive`, of `usher receive` alone.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiveSettings {
    /// For those who send. TLS is ended by what stands before it.
    #[serde(deserialize_with = "address")]
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Where senders find the doors; `null`: at `listen`.
    pub public_url: Option<Url>,
    /// The largest body that is taken, in bytes.
    pub body_bytes_max: NonZeroUsize,
    /// Requests that are read or wait for Kafka at once; the next one is told to come again.
    pub requests_at_once: NonZeroUsize,
    /// How long a sender has for a body, and Kafka for its record; then the sender is told to come again.
    #[serde(with = "duration")]
    #[schemars(with = "duration::Text")]
    pub within: SignedDuration,
    /// Who may send what, by which path, to which topic.
    #[serde(deserialize_with = "strict::each")]
    pub doors: Vec<Door>,
    /// From where security event tokens are fetched (RFC 8936), and to which topic they go.
    #[serde(deserialize_with = "strict::each")]
    pub polls: Vec<Poll>,
    /// Where `usher serve` answers what programs read; `null`: reads are not passed on. Plain http only on
    /// loopback.
    pub reads_at: Option<Url>,
    /// Who may ask for changes through the API, and for which.
    #[serde(deserialize_with = "strict::each")]
    pub clients: Vec<Client>,
}

/// One path at which somebody may send.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Where it is: `/hr`; small letters, digits, `-` and `/`.
    pub path: String,
    /// Where its records go: a topic of its own, which a tenant's `sources` name.
    pub topic: String,
    /// How a sender shows who they are.
    #[serde(deserialize_with = "strict::deserialize")]
    pub proof: Proof,
    /// What a body is.
    #[serde(deserialize_with = "strict::deserialize")]
    pub takes: Takes,
    /// The `source` that events have, or get; `null`: as an event says it.
    #[serde(default)]
    pub source: Option<String>,
    /// JSON pointers to what names the person, the first that is there: the key of the record.
    #[serde(default)]
    pub key: Vec<String>,
    /// Requests a second, on average over ten seconds; more are told to come again.
    #[serde(default = "default_per_second")]
    pub per_second: NonZeroU32,
}

/// How a sender shows who they are.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// By a token, `Authorization: Bearer …`.
    Bearer(BearerSettings),
    /// By a signature with a secret that both know.
    Signature(SignatureSettings),
    /// By a token, and by the security event token: what it says of itself, and its signature.
    Set(SetSettings),
}

/// Who sends security event tokens (RFC 8935), and for whom.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// Names and digests of the tokens that transmitters send as `Authorization`; as for `bearer`.
    pub tokens_file: PathBuf,
    /// What every token says in `iss`, to the letter.
    pub issuer: String,
    /// What tokens say in `aud`, one of these.
    pub audience: Vec<String>,
}

/// Tokens of senders.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BearerSettings {
    /// Names and digests, as `usher receive token NAME` prints them; read again when it changes.
    pub tokens_file: PathBuf,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// A `CloudEvent`: in headers and body, as one JSON object, or several as a list.
    Cloudevents,
    /// JSON of somebody else's form; it is passed on to the byte.
    Json,
    /// One security event token, `application/secevent+jwt`, with `proof: set`.
    Set,
    /// The `data` of an event of this type; the door makes the event of it.
    Data(DoorType),
}

/// A type of event, by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorType(pub EventKind);

impl Serialize for DoorType {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.0.word())
    }
}

impl<'de> Deserialize<'de> for DoorType {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let word = String::deserialize(input)?;
        EventKind::parse(&word).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`data: {word}` is no event type; write one of: {}",
                EventKind::list()
            ))
        })
    }
}

impl schemars::JsonSchema for DoorType {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DoorType".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<EventType>()
    }
}

impl Default for ReceiveSettings {
    fn default() -> Self {
        const BODY: NonZeroUsize = NonZeroUsize::new(512 * 1024).expect("it is not zero");
        const REQUESTS: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9481)),
            public_url: None,
            body_bytes_max: BODY,
            requests_at_once: REQUESTS,
            within: SignedDuration::from_secs(5),
            doors: Vec::new(),
            polls: Vec::new(),
            reads_at: None,
            clients: Vec::new(),
        }
    }
}

fn default_per_second() -> NonZeroU32 {
    const FIFTY: NonZeroU32 = NonZeroU32::new(50).expect("50 is not zero");
    FIFTY
}
