//! Who goes by a name: a hash join over canonical names.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

/// Within which names are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    EmployeeNumber,
    WorkerId,
    /// User names and addresses: many providers use one as the other.
    Name,
    /// Ids of other systems, each with its system before it.
    External,
}

/// A text as 64 bits. Two texts may share them, so whoever finds something by it looks again.
pub(crate) fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn digest_in(space: Space, canonical: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u8(space as u8);
    hasher.write(canonical.as_bytes());
    hasher.finish()
}

/// Takes a digest for what it is.
#[derive(Clone, Copy, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}

/// By the digest of a name, whoever may go by it.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    first: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    /// Who, and the next of the same digest; numbers are from 1.
    links: Vec<(u32, u32)>,
}

impl Keys {
    /// `owner` goes by `canonical`; an empty name is none.
    pub(crate) fn add(&mut self, space: Space, canonical: &str, owner: u32) {
        let Ok(number) = u32::try_from(self.links.len() + 1) else { return };
        if canonical.is_empty() {
            return;
        }
        let before = self.first.insert(digest_in(space, canonical), number);
        self.links.push((owner, before.unwrap_or_default()));
    }

    /// Everybody who may go by it, the last one first; whether they do is asked of `is_theirs`.
    pub(crate) fn owners<'a>(
        &'a self,
        space: Space,
        canonical: &str,
        is_theirs: impl Fn(u32) -> bool + 'a,
    ) -> impl Iterator<Item = u32> + 'a {
        let asked = if canonical.is_empty() { None } else { Some(digest_in(space, canonical)) };
        let mut at = asked.and_then(|asked| self.first.get(&asked)).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let index = at.checked_sub(1)? as usize;
            let (owner, next) = self.links.get(index).copied()?;
            at = next;
            Some(owner)
        })
        .filter(move |owner| is_theirs(*owner))
    }
}
