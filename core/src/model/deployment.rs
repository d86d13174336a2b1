//! Which deployment a state belongs to, and how many shards it was made with.

use super::ids::ShardNumber;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Stands in every shard's own record: where a tenant's state lies rests on the number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: String,
    pub shards: i32,
}

impl Deployment {
    /// A new one, by chance: no two have the same id, whatever their topics are called.
    pub fn drawn(chance: [u8; 16], shards: i32) -> Self {
        Self { id: format!("{:032x}", u128::from_be_bytes(chance)), shards }
    }

    /// The deployment whose state lies in `people_topic`, as long as none is written there: no two of one
    /// Kafka share a topic, but those of two may have one of the same name.
    pub fn of(people_topic: &str, shards: i32) -> Self {
        let digest = Sha256::digest(people_topic.as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = digest.into();
        Self { id: format!("{:08x}", u32::from_be_bytes([a, b, c, d])), shards }
    }

    /// Whether its id was drawn for it, and does not follow from the name of a topic.
    pub fn is_drawn(&self, people_topic: &str) -> bool {
        self.id != Self::of(people_topic, self.shards).id
    }

    /// Whether there is such a shard.
    pub fn has(&self, shard: ShardNumber) -> bool {
        (0..self.shards).contains(&shard.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Deployment, ShardNumber};

    #[test]
    fn a_partition_that_was_added_is_no_shard() {
        let deployment = Deployment::of("a.people", 4);
        assert!(deployment.has(ShardNumber(0)) && deployment.has(ShardNumber(3)));
        assert!(!deployment.has(ShardNumber(4)));
    }

    #[test]
    fn two_that_are_drawn_differ_whatever_their_topics_are_called() {
        let [one, two] = [[1; 16], [2; 16]].map(|chance| Deployment::drawn(chance, 4));
        assert_ne!(one.id, two.id);
        assert!(one.is_drawn("a.people") && !Deployment::of("a.people", 4).is_drawn("a.people"));
        assert_eq!(one.id.len(), 32);
    }

    #[test]
    fn two_deployments_on_one_kafka_have_different_ids() {
        assert_ne!(Deployment::of("a.people", 4).id, Deployment::of("b.people", 4).id);
        assert_eq!(Deployment::of("a.people", 4).id, Deployment::of("a.people", 6).id);
    }
}
