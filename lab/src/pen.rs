//! Keys of operators, made from a seed, and signatures as `ssh-keygen -Y sign` makes them.
//!
//! Nothing here is secret: the keys are the same in every run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256, Sha512};

const KIND: &str = "ssh-ed25519";
/// What commands are signed for.
pub const NAMESPACE: &str = "command@usher";

/// Somebody's name and key.
#[derive(Debug)]
pub struct Pen {
    pub name: String,
    pair: Ed25519KeyPair,
}

impl Pen {
    /// The key that somebody has with that seed; `None` if no key can be made of it.
    pub fn new(name: String, seed: u64) -> Option<Self> {
        let secret = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(&name).finalize();
        let pair = Ed25519KeyPair::from_seed_unchecked(&secret).ok()?;
        Some(Self { name, pair })
    }

    /// The line of a file of signers.
    pub fn line(&self) -> String {
        format!("{} namespaces=\"{NAMESPACE}\" {KIND} {}\n", self.name, STANDARD.encode(self.key()))
    }

    /// A signature over `message`, in one line.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> String {
        let mut data = b"SSHSIG".to_vec();
        for part in [namespace.as_bytes(), b"", b"sha512", &Sha512::digest(message)] {
            put(&mut data, part);
        }
        let mut inner = Vec::new();
        put(&mut inner, KIND.as_bytes());
        put(&mut inner, self.pair.sign(&data).as_ref());
        let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
        for part in [self.key().as_slice(), namespace.as_bytes(), b"", b"sha512", &inner] {
            put(&mut blob, part);
        }
        STANDARD.encode(blob)
    }

    fn key(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        put(&mut blob, KIND.as_bytes());
        put(&mut blob, self.pair.public_key().as_ref());
        blob
    }
}

/// As SSH writes bytes of any length.
fn put(blob: &mut Vec<u8>, bytes: &[u8]) {
    blob.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    blob.extend(bytes);
}
