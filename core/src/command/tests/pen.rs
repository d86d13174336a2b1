//! Signs as `ssh-keygen` and FIDO keys do, written again from their documents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256, Sha512};

/// Somebody's key. Its secret is one byte, so that runs repeat.
pub(crate) struct Pen {
    pair: Ed25519KeyPair,
    /// The flags that a FIDO key signs with; other keys have none.
    flags: Option<u8>,
}

pub(super) fn put(blob: &mut Vec<u8>, bytes: &[u8]) {
    blob.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    blob.extend(bytes);
}

/// What SSHSIG has a key sign.
pub(super) fn sshsig_data(namespace: &str, message: &[u8]) -> Vec<u8> {
    let mut data = b"SSHSIG".to_vec();
    for part in [namespace.as_bytes(), b"", b"sha512", &Sha512::digest(message)] {
        put(&mut data, part);
    }
    data
}

/// The same for a FIDO key whose counter stands at seven.
pub(super) fn fido_data(application: &str, flags: u8, data: &[u8]) -> Vec<u8> {
    let mut signed = Sha256::digest(application).to_vec();
    signed.push(flags);
    signed.extend(7_u32.to_be_bytes());
    signed.extend(Sha256::digest(data));
    signed
}

/// The blob around a key and its signature.
pub(super) fn sshsig_blob(key: &[u8], namespace: &str, inner: &[u8]) -> Vec<u8> {
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    for part in [key, namespace.as_bytes(), b"", b"sha512", inner] {
        put(&mut blob, part);
    }
    blob
}

impl Pen {
    pub(crate) fn new(secret: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[secret; 32]).unwrap();
        Self { pair, flags: None }
    }

    pub(super) fn fido(secret: u8, flags: u8) -> Self {
        Self { flags: Some(flags), ..Self::new(secret) }
    }

    fn kind(&self) -> &'static str {
        self.flags.map_or("ssh-ed25519", |_| "sk-ssh-ed25519@openssh.com")
    }

    pub(super) fn key(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        put(&mut blob, self.kind().as_bytes());
        put(&mut blob, self.pair.public_key().as_ref());
        if self.flags.is_some() {
            put(&mut blob, b"ssh:");
        }
        blob
    }

    /// As in a `.pub` file.
    pub(super) fn public(&self) -> String {
        format!("{} {}", self.kind(), STANDARD.encode(self.key()))
    }

    pub(super) fn blob(&self, namespace: &str, message: &[u8]) -> Vec<u8> {
        let data = sshsig_data(namespace, message);
        let mut inner = Vec::new();
        put(&mut inner, self.kind().as_bytes());
        if let Some(flags) = self.flags {
            put(&mut inner, self.pair.sign(&fido_data("ssh:", flags, &data)).as_ref());
            inner.push(flags);
            inner.extend(7_u32.to_be_bytes());
        } else {
            put(&mut inner, self.pair.sign(&data).as_ref());
        }
        sshsig_blob(&self.key(), namespace, &inner)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.blob("command@usher", message))
    }
}
