//! Public keys as SSH writes them (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, PROTOCOL.u2f).

use super::Flaw;
use super::wire::Wire;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key that signs commands. Equal keys have equal bytes, for there is one way to write each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey {
    blob: Vec<u8>,
    pub(super) material: Material,
}

/// What verifies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Material {
    Ed25519 {
        point: Vec<u8>,
    },
    P256 {
        point: Vec<u8>,
    },
    P384 {
        point: Vec<u8>,
    },
    Rsa {
        exponent: Vec<u8>,
        modulus: Vec<u8>,
    },
    /// A FIDO key; it signs for the application besides.
    SkEd25519 {
        point: Vec<u8>,
        application: Vec<u8>,
    },
    SkP256 {
        point: Vec<u8>,
        application: Vec<u8>,
    },
}

impl PublicKey {
    /// The key in `blob`, which is what base64 hides in a line of a `.pub` file.
    ///
    /// # Errors
    ///
    /// If it is of another kind, a certificate, too weak, or not written as its kind is.
    pub fn parse(blob: &[u8]) -> Result<Self, Flaw> {
        let mut wire = Wire::new(blob);
        let material = match wire.string()? {
            b"ssh-ed25519" => Material::Ed25519 { point: ed25519(&mut wire)? },
            b"ecdsa-sha2-nistp256" => Material::P256 { point: nist(&mut wire, b"nistp256", 32)? },
            b"ecdsa-sha2-nistp384" => Material::P384 { point: nist(&mut wire, b"nistp384", 48)? },
            b"ssh-rsa" => rsa(&mut wire)?,
            b"sk-ssh-ed25519@openssh.com" => Material::SkEd25519 {
                point: ed25519(&mut wire)?,
                application: wire.string()?.to_vec(),
            },
            b"sk-ecdsa-sha2-nistp256@openssh.com" => Material::SkP256 {
                point: nist(&mut wire, b"nistp256", 32)?,
                application: wire.string()?.to_vec(),
            },
            _ => return Err(Flaw::UnknownKeyKind),
        };
        wire.end()?;
        Ok(Self { blob: blob.to_vec(), material })
    }

    /// The word that stands before it in a `.pub` file.
    pub fn kind(&self) -> &'static str {
        match self.material {
            Material::Ed25519 { .. } => "ssh-ed25519",
            Material::P256 { .. } => "ecdsa-sha2-nistp256",
            Material::P384 { .. } => "ecdsa-sha2-nistp384",
            Material::Rsa { .. } => "ssh-rsa",
            Material::SkEd25519 { .. } => "sk-ssh-ed25519@openssh.com",
            Material::SkP256 { .. } => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// What `ssh-keygen -l` prints of it.
    pub fn fingerprint(&self) -> Fingerprint {
        let digest = Sha256::digest(&self.blob);
        Fingerprint(format!("SHA256:{}", STANDARD_NO_PAD.encode(digest)))
    }
}

/// A key's SHA-256, as OpenSSH prints it: `SHA256:` and base64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn ed25519(wire: &mut Wire<'_>) -> Result<Vec<u8>, Flaw> {
    let point = wire.string()?;
    if point.len() == 32 { Ok(point.to_vec()) } else { Err(Flaw::KeyMalformed) }
}

/// A point of `curve`, uncompressed (SEC 1 §2.3.3); each coordinate has `width` bytes.
fn nist(wire: &mut Wire<'_>, curve: &[u8], width: usize) -> Result<Vec<u8>, Flaw> {
    let named = wire.string()?;
    let point = wire.string()?;
    let is_whole = point.first() == Some(&4) && point.len() == 1 + 2 * width;
    if named == curve && is_whole { Ok(point.to_vec()) } else { Err(Flaw::KeyMalformed) }
}

fn rsa(wire: &mut Wire<'_>) -> Result<Material, Flaw> {
    let exponent = wire.positive()?.to_vec();
    let modulus = wire.positive()?.to_vec();
    let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = modulus.len() * 8 - unused;
    if !RSA_BITS.contains(&bits) {
        return Err(Flaw::RsaSize(bits));
    }
    Ok(Material::Rsa { exponent, modulus })
}
