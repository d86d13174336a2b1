//! Who may say what: groups of operators, as configured.

use super::instruction::{CommandKind, Instruction};
use super::signers::{AllowedSigners, Principal};
use super::sshsig::{Fingerprint, PublicKey};
use crate::model::ids::TenantName;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One group: its people are those of one file, and may all say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// As the configuration calls it; unique there.
    pub name: String,
    pub signers: Signers,
    pub may: BTreeSet<CommandKind>,
    pub tenants: Tenants,
    pub touch: Touch,
}

/// What is known of a group's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signers {
    /// It was read when it was last looked at.
    Fresh(AllowedSigners),
    /// It cannot be read now. Whoever signed before may still stop everything, and no more: somebody
    /// may have been taken out of it.
    LastGood(AllowedSigners),
    /// It was never read.
    Unread,
}

impl Signers {
    /// What is known after the file was looked at again.
    #[must_use]
    pub fn after<E>(self, read: Result<AllowedSigners, E>) -> Self {
        match (read, self) {
            (Ok(file), _) => Self::Fresh(file),
            (Err(_), Self::Fresh(file) | Self::LastGood(file)) => Self::LastGood(file),
            (Err(_), Self::Unread) => Self::Unread,
        }
    }

    pub(super) fn file(&self) -> Option<&AllowedSigners> {
        match self {
            Self::Fresh(file) | Self::LastGood(file) => Some(file),
            Self::Unread => None,
        }
    }

    fn serves(&self, kind: CommandKind) -> bool {
        match self {
            Self::Fresh(_) => true,
            Self::LastGood(_) => kind == CommandKind::Pause,
            Self::Unread => false,
        }
    }
}

/// The tenants for which a group may speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenants {
    All,
    Only(BTreeSet<TenantName>),
}

impl Tenants {
    /// Whether `tenant` is one of them; none is all of them.
    fn include(&self, tenant: Option<&TenantName>) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => tenant.is_some_and(|tenant| names.contains(tenant)),
        }
    }
}

/// Whether somebody must have touched the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    /// Only a FIDO key that was touched signs.
    Required,
    #[default]
    Optional,
}

/// What a group does not let somebody say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Obstacle {
    Right,
    Tenant,
    Stale,
    Touch,
}

impl Group {
    /// Whether its people may say that, with a key that was touched or not; if not, what comes first.
    pub(super) fn permits(&self, instruction: &Instruction, touched: bool) -> Result<(), Obstacle> {
        let kind = instruction.command.kind();
        if !self.may.contains(&kind) {
            Err(Obstacle::Right)
        } else if !self.tenants.include(instruction.tenant.as_ref()) {
            Err(Obstacle::Tenant)
        } else if !self.signers.serves(kind) {
            Err(Obstacle::Stale)
        } else if self.touch == Touch::Required && !touched {
            Err(Obstacle::Touch)
        } else {
            Ok(())
        }
    }
}

/// All groups. A key is the same person's in each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operators(Vec<Group>);

/// Two files give one key to different people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key {key} has one name in the file of `{first}` and another in that of `{second}`; a person \
     has one name, or would count as two"
)]
pub struct TwoNames {
    key: Fingerprint,
    first: String,
    second: String,
}

impl Operators {
    /// # Errors
    ///
    /// If two files give one key to different people.
    pub fn new(groups: Vec<Group>) -> Result<Self, TwoNames> {
        let mut owners: BTreeMap<&PublicKey, (&Principal, &str)> = BTreeMap::new();
        for group in &groups {
            for (key, principal) in group.signers.file().iter().flat_map(|file| file.keys()) {
                let (owner, first) = *owners.entry(key).or_insert((principal, &group.name));
                if owner != principal {
                    return Err(TwoNames {
                        key: key.fingerprint(),
                        first: first.to_owned(),
                        second: group.name.clone(),
                    });
                }
            }
        }
        Ok(Self(groups))
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.0.iter()
    }

    /// Whether somebody of that name stands in any file.
    pub(super) fn know(&self, principal: &Principal) -> bool {
        let mut files = self.0.iter().filter_map(|group| group.signers.file());
        files.any(|file| file.names(principal))
    }

    /// Who may say that for `tenant` when their file can be read, each by name.
    pub fn who_may(&self, kind: CommandKind, tenant: &TenantName) -> BTreeSet<&Principal> {
        let groups = self.0.iter().filter(|group| group.may.contains(&kind));
        let groups = groups.filter(|group| group.tenants.include(Some(tenant)));
        let files = groups.filter_map(|group| group.signers.file());
        files.flat_map(AllowedSigners::keys).map(|(_, principal)| principal).collect()
    }

    /// Whether an operator could still sign with the key of that fingerprint at `now`: an approval that
    /// waits for a second one is nothing any more when the first one's key is taken away.
    pub fn vouch_for(&self, operator: &str, fingerprint: &str, now: Timestamp) -> bool {
        let mut files = self.0.iter().filter_map(|group| match &group.signers {
            Signers::Fresh(file) => Some(file),
            Signers::LastGood(_) | Signers::Unread => None,
        });
        files.any(|file| file.vouches_for(operator, fingerprint, now))
    }
}
