//! Signatures of `ssh-keygen -Y sign` (OpenSSH's PROTOCOL.sshsig), verified over exact bytes.
//!
//! Strict where the format leaves room: one version, no reserved field, nothing after the end. The
//! primitives are *ring*'s; what is read here is only how SSH wraps them.

mod flaw;
mod key;
mod verify;
mod wire;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wire::Wire;

pub use flaw::Flaw;
pub use key::{Fingerprint, PublicKey};

/// What all signatures of commands are made for, and nothing else is.
pub const NAMESPACE: &str = "command@usher";

/// A signature as text. That of the longest RSA key has about 3,000 bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;

const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;

const ARMOR_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const ARMOR_END: &str = "-----END SSH SIGNATURE-----";

/// A signature that was read and not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    key: PublicKey,
    namespace: Vec<u8>,
    hash: Hash,
    inner: verify::Inner,
}

/// What a FIDO key says of how it was asked; other keys say nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attended {
    /// Somebody touched it.
    pub touched: bool,
    /// It knew by a PIN or a finger who that was.
    pub verified: bool,
}

/// What the message is digested by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn parse(name: &[u8]) -> Result<Self, Flaw> {
        match name {
            b"sha256" => Ok(Self::Sha256),
            b"sha512" => Ok(Self::Sha512),
            _ => Err(Flaw::UnknownHash),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

impl Signature {
    /// The signature in `text`: its base64, with the lines that `ssh-keygen` puts around it or without.
    ///
    /// # Errors
    ///
    /// If it is none, or one that usher does not take, whatever was signed.
    pub fn parse(text: &[u8]) -> Result<Self, Flaw> {
        let blob = unwrap(text)?;
        let mut wire = Wire::new(&blob);
        if wire.take(MAGIC.len()) != Ok(MAGIC) {
            return Err(Flaw::NotSshsig);
        }
        let version = wire.number()?;
        if version != VERSION {
            return Err(Flaw::Version(version));
        }
        let key = PublicKey::parse(wire.string()?)?;
        let namespace = wire.string()?.to_vec();
        if namespace.is_empty() {
            return Err(Flaw::NoNamespace);
        }
        // OpenSSH leaves this field out of what is signed, so anybody could have filled it.
        if !wire.string()?.is_empty() {
            return Err(Flaw::Reserved);
        }
        let hash = Hash::parse(wire.string()?)?;
        let inner = verify::Inner::parse(wire.string()?)?;
        wire.end()?;
        Ok(Self { key, namespace, hash, inner })
    }

    /// Whose signature it says it is.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether its key has signed `message` for commands.
    ///
    /// # Errors
    ///
    /// If it was made for another namespace, or is not that of these bytes.
    pub fn verify(&self, message: &[u8]) -> Result<Attended, Flaw> {
        if self.namespace != NAMESPACE.as_bytes() {
            return Err(Flaw::OtherNamespace);
        }
        self.inner.verify(&self.key, &signed(&self.namespace, self.hash, message))
    }
}

/// What the key signs: never the message itself, so that no signature of another protocol fits.
fn signed(namespace: &[u8], hash: Hash, message: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    wire::put(&mut bytes, namespace);
    wire::put(&mut bytes, b"");
    wire::put(&mut bytes, hash.name().as_bytes());
    wire::put(&mut bytes, &verify::digest(hash, message));
    bytes
}

/// The blob in base64, which may have line breaks.
fn unwrap(text: &[u8]) -> Result<Vec<u8>, Flaw> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Flaw::TooLong);
    }
    let text = std::str::from_utf8(text).map_err(|_not_even_text| Flaw::NotBase64)?.trim_ascii();
    let inside = match text.strip_prefix(ARMOR_BEGIN) {
        Some(rest) => rest.strip_suffix(ARMOR_END).ok_or(Flaw::CutShort)?,
        None => text,
    };
    let plain: String = inside.split_ascii_whitespace().collect();
    STANDARD.decode(plain).map_err(|_its_place_helps_nobody| Flaw::NotBase64)
}
