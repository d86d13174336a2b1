//! librdkafka's mock cluster as a Kafka of this process; other processes can use its port, too.
//!
//! It proves nothing about delivery: transactions are taken and not isolated, nobody is fenced,
//! nothing is compacted, a partition keeps 5 MB, and all of it ends with the process.

mod door;
mod read;

use crate::shutdown::Shutdown;
use rdkafka::ClientContext;
use rdkafka::bindings;
use rdkafka::client::Client;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

pub use read::Record;

/// How long a group waits for more members before its first assignment. Brokers take 3 s, for
/// replicas that start together; here there is one.
const FIRST_JOIN_MS: i32 = 10;

/// How long one question or record may take.
const WITHIN: Duration = Duration::from_secs(10);

/// A topic to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    pub partitions: i32,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not start the embedded Kafka")]
    Start(#[source] KafkaError),
    #[error("could not start the embedded Kafka: it told no address")]
    NoAddress,
    #[error("could not make the topic `{topic}` in the embedded Kafka")]
    Topic {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error(
        "could not listen on {address} for Kafka; take another port, or 0 for any that is free"
    )]
    Listen {
        address: SocketAddr,
        #[source]
        cause: std::io::Error,
    },
    #[error("there is no topic `{topic}`; there are: {known}")]
    NoTopic { topic: String, known: String },
    #[error("could not write to `{topic}` of the embedded Kafka")]
    Write {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not read `{topic}` of the embedded Kafka")]
    Read {
        topic: String,
        #[source]
        cause: KafkaError,
    },
    #[error("could not start a thread that reads `{topic}`")]
    Thread {
        topic: String,
        #[source]
        cause: std::io::Error,
    },
}

/// The embedded Kafka; it ends when this is dropped.
pub struct Kafka {
    /// Owns the cluster.
    producer: FutureProducer,
    topics: Vec<Topic>,
    /// Where the cluster itself listens.
    broker: SocketAddr,
    /// Where clients are sent to.
    address: SocketAddr,
}

impl fmt::Debug for Kafka {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Kafka").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Kafka {
    /// Starts it with these topics. The cluster chooses its own port; `port`, unless 0, is a door
    /// to it.
    pub async fn start(topics: Vec<Topic>, port: u16, shutdown: &Shutdown) -> Result<Self, Error> {
        let producer: FutureProducer = ClientConfig::new()
            .set("test.mock.num.brokers", "1")
            .set("linger.ms", "0")
            .create()
            .map_err(Error::Start)?;
        let broker = make_topics(producer.client(), &topics)?;
        hasten_first_join(producer.client());
        let address = match port {
            0 => broker,
            port => door::open(port, broker, shutdown).await?,
        };
        Ok(Self { producer, topics, broker, address })
    }

    /// `host:port`, for clients.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// What a client of this Kafka should be set to. An empty fetch waits the full time here, and
    /// nothing wakes it.
    pub fn client_properties() -> [(&'static str, &'static str); 1] {
        [("fetch.wait.max.ms", "5")]
    }

    /// Writes one record.
    pub async fn publish(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: &[u8],
        media_type: Option<&str>,
    ) -> Result<(), Error> {
        let media_type = media_type.map(|media_type| ("content-type", media_type));
        self.publish_with(topic, key, value, media_type.as_slice()).await
    }

    /// Writes one record with these headers.
    pub async fn publish_with(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<(), Error> {
        self.check(topic)?;
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(*value) })
        });
        let record = FutureRecord::<[u8], [u8]> {
            topic,
            partition: None,
            payload: Some(value),
            key,
            timestamp: None,
            headers: Some(headers),
        };
        let failed = |cause| Error::Write { topic: topic.to_owned(), cause };
        self.producer.send(record, WITHIN).await.map_err(|(cause, _)| failed(cause))?;
        Ok(())
    }

    fn check(&self, topic: &str) -> Result<&Topic, Error> {
        self.topics.iter().find(|known| known.name == topic).ok_or_else(|| Error::NoTopic {
            topic: topic.to_owned(),
            known: self.topics.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Makes the topics, and tells where the cluster listens.
fn make_topics<C: ClientContext>(
    client: &Client<C>,
    topics: &[Topic],
) -> Result<SocketAddr, Error> {
    let none = || Error::Start(KafkaError::MockCluster(RDKafkaErrorCode::Fail));
    let cluster = client.mock_cluster().ok_or_else(none)?;
    for topic in topics {
        cluster
            .create_topic(&topic.name, topic.partitions, 1)
            .map_err(|cause| Error::Topic { topic: topic.name.clone(), cause })?;
    }
    cluster.bootstrap_servers().parse().map_err(|_not_an_address| Error::NoAddress)
}

#[expect(unsafe_code, reason = "librdkafka has a setting for it, and the crate does not show it")]
fn hasten_first_join<C: ClientContext>(client: &Client<C>) {
    // SAFETY: the pointer is the client's own and lives as long as the client, which is borrowed
    // here. The cluster belongs to the client, may be asked from any thread, and is null if there is
    // none. The second call takes the cluster's lock and sets a number.
    unsafe {
        let cluster = bindings::rd_kafka_handle_mock_cluster(client.native_ptr());
        if !cluster.is_null() {
            bindings::rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, FIRST_JOIN_MS);
        }
    }
}
