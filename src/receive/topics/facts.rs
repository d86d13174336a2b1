//! What Kafka says of topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::KafkaError;

use super::Error;
use crate::config::kafka::KafkaSettings;
use crate::receive::cluster::{self, ANSWER_WITHIN, Reported};

/// A topic as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) partitions: i32,
    pub(super) settings: BTreeMap<String, String>,
}

impl Facts {
    pub(super) fn max_message_bytes(&self) -> Option<usize> {
        self.settings.get("max.message.bytes")?.parse().ok()
    }

    pub(super) fn is_compacted(&self) -> bool {
        self.cleanup_policy().contains("compact")
    }

    pub(super) fn cleanup_policy(&self) -> &str {
        self.settings.get("cleanup.policy").map_or("", |policy| policy)
    }
}

/// A client that asks and makes.
pub(super) struct Cluster {
    admin: Arc<AdminClient<Reported>>,
    brokers: String,
}

impl Cluster {
    pub(super) fn connect(kafka: &KafkaSettings) -> Result<Self, Error> {
        let config = cluster::client(kafka).map_err(Error::SetUp)?;
        let context = Reported::new(kafka, ());
        let admin = AdminClient::from_config_and_context(&config, context).map_err(Error::SetUp)?;
        cluster::admit(admin.inner());
        Ok(Self { admin: Arc::new(admin), brokers: kafka.brokers.clone() })
    }

    pub(super) fn admin(&self) -> &AdminClient<Reported> {
        &self.admin
    }

    /// The facts of those of `topics` that are there.
    pub(super) async fn facts(&self, topics: &[String]) -> Result<BTreeMap<String, Facts>, Error> {
        let mut found = BTreeMap::new();
        for topic in topics {
            let failed =
                |cause| Error::Ask { brokers: self.brokers.clone(), topic: topic.clone(), cause };
            if let Some(partitions) = self.partitions(topic).await.map_err(failed)? {
                let settings = self.settings(topic).await.map_err(failed)?;
                let facts = Facts { partitions, settings };
                found.insert(topic.clone(), facts);
            }
        }
        Ok(found)
    }

    /// The number of partitions of `topic`; `None` if it is not there.
    async fn partitions(&self, topic: &str) -> Result<Option<i32>, KafkaError> {
        let admin = Arc::clone(&self.admin);
        let topic = topic.to_owned();
        // The question blocks its thread.
        tokio::task::spawn_blocking(move || cluster::partition_count(admin.inner(), &topic))
            .await
            .map_err(|_crashed| KafkaError::Canceled)?
    }

    async fn settings(&self, topic: &str) -> Result<BTreeMap<String, String>, KafkaError> {
        let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
        let asked = [ResourceSpecifier::Topic(topic)];
        let described = self.admin.describe_configs(&asked, &options).await?;
        let mut settings = BTreeMap::new();
        for resource in described {
            let resource = resource.map_err(KafkaError::AdminOp)?;
            if resource.specifier == OwnedResourceSpecifier::Topic(topic.to_owned()) {
                settings.extend(
                    resource
                        .entries
                        .into_iter()
                        .filter_map(|entry| Some((entry.name, entry.value?))),
                );
            }
        }
        Ok(settings)
    }
}
