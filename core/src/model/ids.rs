//! Names and ids, one type each, so that two of them cannot be swapped.

use super::position::{EventPosition, Position};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}({:?})", stringify!($name), self.0)
            }
        }
    };
}

text_id!(
    /// One customer or company; owns its people, topics, targets and rules.
    TenantName
);
text_id!(
    /// One SCIM provider tenant as the configuration names it.
    TargetName
);
text_id!(
    /// An opaque person id. Made from tenant, source and id of the first event; says nothing itself.
    PersonId
);
text_id!(
    /// The id that a provider gave to a User or Group (RFC 7643 §3.1).
    ScimId
);
text_id!(
    /// A group's `displayName`, as rules write it.
    GroupName
);
text_id!(
    /// A rule's name; unique in a tenant.
    RuleName
);

impl PersonId {
    /// The id of somebody else whose first event has the same source and id; `position` is its place.
    #[must_use]
    pub fn of_another(&self, position: &EventPosition) -> Self {
        let EventPosition { record, index } = position;
        let Position { topic, generation, partition, offset } = record;
        let place = format!("{topic}/{generation}/{partition}/{offset}/{index}");
        Self::first_seen(&TenantName::new(self.as_str()), "", &place)
    }

    /// The id of the person whom the event (`source`, `event_id`) mentions first.
    pub fn first_seen(tenant: &TenantName, source: &str, event_id: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [tenant.as_str(), source, event_id] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let digest = format!("{:x}", digest.finalize());
        Self(format!("p-{}", digest.chars().take(24).collect::<String>()))
    }
}

/// A shard's number, `0..N`. Equals the partition of `usher.control` and `usher.people`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShardNumber(pub i32);

impl ShardNumber {
    /// The shard of a tenant among `shards`. Never change this: it decides where state lies.
    pub fn of(tenant: &TenantName, shards: i32) -> Self {
        let digest = Sha256::digest(tenant.as_str().as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let shard = number % u64::try_from(shards.max(1)).unwrap_or(1);
        Self(i32::try_from(shard).unwrap_or(0))
    }
}

impl fmt::Display for ShardNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
