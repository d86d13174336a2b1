//! The signature proper: an algorithm, its bytes, and what a FIDO key adds.

use super::key::Material;
use super::wire::Wire;
use super::{Attended, Flaw, Hash, PublicKey};
use ring::error::Unspecified;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use sha2::{Digest, Sha256, Sha512};

/// Bits of the flags that a FIDO key signs (`WebAuthn` §6.1).
const TOUCHED: u8 = 0x01;
const VERIFIED: u8 = 0x04;

/// A signature without what SSHSIG puts around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    algorithm: Algorithm,
    /// As *ring* takes it.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Ed25519,
    P256,
    P384,
    Rsa(Hash),
    SkEd25519(Device),
    SkP256(Device),
}

/// What a FIDO key adds to what it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Device {
    flags: u8,
    counter: u32,
}

impl Inner {
    pub(super) fn parse(blob: &[u8]) -> Result<Self, Flaw> {
        let mut wire = Wire::new(blob);
        let name = wire.string()?;
        let bytes = wire.string()?;
        let (algorithm, bytes) = match name {
            b"ssh-ed25519" => (Algorithm::Ed25519, ed25519(bytes)?),
            b"ecdsa-sha2-nistp256" => (Algorithm::P256, pair(bytes, 32)?),
            b"ecdsa-sha2-nistp384" => (Algorithm::P384, pair(bytes, 48)?),
            b"rsa-sha2-256" => (Algorithm::Rsa(Hash::Sha256), bytes.to_vec()),
            b"rsa-sha2-512" => (Algorithm::Rsa(Hash::Sha512), bytes.to_vec()),
            b"sk-ssh-ed25519@openssh.com" => {
                (Algorithm::SkEd25519(Device::read(&mut wire)?), ed25519(bytes)?)
            }
            b"sk-ecdsa-sha2-nistp256@openssh.com" => {
                (Algorithm::SkP256(Device::read(&mut wire)?), pair(bytes, 32)?)
            }
            _ => return Err(Flaw::UnknownAlgorithm),
        };
        wire.end()?;
        Ok(Self { algorithm, bytes })
    }

    /// Whether `key` has signed `data`, and how it was asked.
    pub(super) fn verify(&self, key: &PublicKey, data: &[u8]) -> Result<Attended, Flaw> {
        let checked = match (self.algorithm, &key.material) {
            (Algorithm::Ed25519, Material::Ed25519 { point }) => self.check(&ED25519, point, data),
            (Algorithm::P256, Material::P256 { point }) => {
                self.check(&ECDSA_P256_SHA256_FIXED, point, data)
            }
            (Algorithm::P384, Material::P384 { point }) => {
                self.check(&ECDSA_P384_SHA384_FIXED, point, data)
            }
            (Algorithm::Rsa(hash), Material::Rsa { exponent, modulus }) => {
                let by = match hash {
                    Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                    Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(by, data, &self.bytes)
            }
            (Algorithm::SkEd25519(device), Material::SkEd25519 { point, application }) => {
                self.check(&ED25519, point, &device.signed(application, data))
            }
            (Algorithm::SkP256(device), Material::SkP256 { point, application }) => {
                self.check(&ECDSA_P256_SHA256_FIXED, point, &device.signed(application, data))
            }
            _ => return Err(Flaw::OtherAlgorithm),
        };
        checked.map_err(|Unspecified| Flaw::Wrong)?;
        Ok(self.algorithm.attended())
    }

    fn check(
        &self,
        by: &'static dyn VerificationAlgorithm,
        point: &[u8],
        data: &[u8],
    ) -> Result<(), Unspecified> {
        UnparsedPublicKey::new(by, point).verify(data, &self.bytes)
    }
}

impl Algorithm {
    fn attended(self) -> Attended {
        match self {
            Self::Ed25519 | Self::P256 | Self::P384 | Self::Rsa(_) => Attended::default(),
            Self::SkEd25519(Device { flags, .. }) | Self::SkP256(Device { flags, .. }) => {
                Attended { touched: flags & TOUCHED != 0, verified: flags & VERIFIED != 0 }
            }
        }
    }
}

impl Device {
    fn read(wire: &mut Wire<'_>) -> Result<Self, Flaw> {
        Ok(Self { flags: wire.byte()?, counter: wire.number()? })
    }

    /// What the key signs in place of `data` (PROTOCOL.u2f).
    fn signed(self, application: &[u8], data: &[u8]) -> Vec<u8> {
        let mut bytes = Sha256::digest(application).to_vec();
        bytes.push(self.flags);
        bytes.extend(self.counter.to_be_bytes());
        bytes.extend(Sha256::digest(data));
        bytes
    }
}

pub(super) fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    }
}

fn ed25519(bytes: &[u8]) -> Result<Vec<u8>, Flaw> {
    if bytes.len() == 64 { Ok(bytes.to_vec()) } else { Err(Flaw::SignatureMalformed) }
}

/// The two numbers of an ECDSA signature, each with `width` bytes (RFC 5656 §3.1.2).
fn pair(bytes: &[u8], width: usize) -> Result<Vec<u8>, Flaw> {
    let mut wire = Wire::new(bytes);
    let mut fixed = Vec::with_capacity(2 * width);
    for number in [wire.positive()?, wire.positive()?] {
        let missing = width.checked_sub(number.len()).ok_or(Flaw::SignatureMalformed)?;
        fixed.extend(std::iter::repeat_n(0, missing));
        fixed.extend(number);
    }
    wire.end()?;
    Ok(fixed)
}
