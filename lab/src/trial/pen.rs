//! An operator's key on the stage: it signs as `ssh-keygen -Y sign -n command@usher` does.
//!
//! Nothing here is secret: the keys are the same in every run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha512};

const NAMESPACE: &[u8] = b"command@usher";
const KIND: &[u8] = b"ssh-ed25519";
const HASH: &[u8] = b"sha512";

/// Somebody's key.
pub(super) struct Pen(Ed25519KeyPair);

impl Pen {
    /// The key of that number.
    pub(super) fn new(number: u8) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(&[number; 32]).ok().map(Self)
    }

    fn key(&self) -> Vec<u8> {
        joined(&[KIND, self.0.public_key().as_ref()])
    }

    /// A line of `allowed_signers`.
    pub(super) fn line(&self, name: &str) -> String {
        let key = STANDARD.encode(self.key());
        format!("{name} namespaces=\"command@usher\" ssh-ed25519 {key}\n")
    }

    /// The signature over these bytes, as the header of a record has it.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        let digest = Sha512::digest(message);
        let mut data = b"SSHSIG".to_vec();
        data.extend(joined(&[NAMESPACE, b"", HASH, &digest]));
        let signature = joined(&[KIND, self.0.sign(&data).as_ref()]);
        let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
        blob.extend(joined(&[&self.key(), NAMESPACE, b"", HASH, &signature]));
        STANDARD.encode(blob)
    }
}

/// Parts as SSH writes them, each with its length before it.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        all.extend(*part);
    }
    all
}
