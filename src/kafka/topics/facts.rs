//! What Kafka says of topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigSource, OwnedResourceSpecifier, ResourceSpecifier,
};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::KafkaError;

use super::Error;
use crate::config::kafka::KafkaSettings;
use crate::kafka::clients::{self, ANSWER_WITHIN, Reported};

/// A topic as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) partitions: i32,
    pub(super) settings: BTreeMap<String, String>,
    /// Nobody has said how it is to be: so Kafka makes topics that it makes by itself.
    pub(super) is_by_default: bool,
    /// Nothing was ever written to it.
    pub(super) is_empty: bool,
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
        let config = clients::client(kafka).map_err(Error::SetUp)?;
        let context = Reported::new(kafka, ());
        let admin = AdminClient::from_config_and_context(&config, context).map_err(Error::SetUp)?;
        clients::admit(admin.inner());
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
                let (settings, is_by_default) = self.settings(topic).await.map_err(failed)?;
                let is_empty = self.is_empty(topic, partitions).await.map_err(failed)?;
                let facts = Facts { partitions, settings, is_by_default, is_empty };
                found.insert(topic.clone(), facts);
            }
        }
        Ok(found)
    }

    /// The number of partitions of `topic`; `None` if it is not there.
    pub(super) async fn partitions(&self, topic: &str) -> Result<Option<i32>, KafkaError> {
        let admin = Arc::clone(&self.admin);
        let topic = topic.to_owned();
        // The question blocks its thread.
        tokio::task::spawn_blocking(move || clients::partition_count(admin.inner(), &topic))
            .await
            .map_err(|_crashed| KafkaError::Canceled)?
    }

    /// Whether every partition ends where it began. `false` if it cannot be seen.
    async fn is_empty(&self, topic: &str, partitions: i32) -> Result<bool, KafkaError> {
        let admin = Arc::clone(&self.admin);
        let topic = topic.to_owned();
        let is_empty = move |partition| {
            let end = admin.inner().fetch_watermarks(&topic, partition, ANSWER_WITHIN);
            end.is_ok_and(|(_, high)| high == 0)
        };
        tokio::task::spawn_blocking(move || (0..partitions).all(is_empty))
            .await
            .map_err(|_crashed| KafkaError::Canceled)
    }

    /// All that hold, and whether none of them was given to this topic.
    async fn settings(&self, topic: &str) -> Result<(BTreeMap<String, String>, bool), KafkaError> {
        let options = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
        let asked = [ResourceSpecifier::Topic(topic)];
        let described = self.admin.describe_configs(&asked, &options).await?;
        let mut settings = BTreeMap::new();
        let mut is_by_default = true;
        for resource in described {
            let resource = resource.map_err(KafkaError::AdminOp)?;
            if resource.specifier == OwnedResourceSpecifier::Topic(topic.to_owned()) {
                is_by_default &=
                    !resource.entries.iter().any(|it| it.source == ConfigSource::DynamicTopic);
                settings.extend(
                    resource
                        .entries
                        .into_iter()
                        .filter_map(|entry| Some((entry.name, entry.value?))),
                );
            }
        }
        Ok((settings, is_by_default))
    }
}
