//! Public keys as issuers publish them: a JSON Web Key Set (RFC 7517).

use super::algorithm::Algorithm;
use crate::decode::json::parse as parse_json;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// An issuer with more keys than this is not one.
const KEYS_MAX: usize = 100;

/// Shorter ones can be broken, longer ones keep the shard busy.
const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// Members that only private keys and shared secrets have.
const SECRET: [&str; 2] = ["d", "k"];

/// The keys of one issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// `kid`
    id: Option<String>,
    /// The only algorithm that it is for, if it says one.
    only: Option<Algorithm>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256 { point: Vec<u8> },
    P384 { point: Vec<u8> },
    Ed25519 { point: Vec<u8> },
}

/// Why a set of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysFlaw {
    #[error("it is no JSON, or has a member twice")]
    NotJson,
    #[error("it is no JSON Web Key Set: there is no list `keys`")]
    NoList,
    #[error("it has more than {KEYS_MAX} keys")]
    TooMany,
    #[error(
        "it holds a private key or a shared secret; take that out of circulation, and give the public keys alone"
    )]
    Secret,
    #[error(
        "none of its keys can verify a signature: RSA of 2048 to 8192 bits, P-256, P-384 and Ed25519 can"
    )]
    NoneUsable,
}

impl KeySet {
    /// The keys that can verify something; the others of the set, such as those to encrypt with, are
    /// passed over.
    pub fn parse(text: &[u8]) -> Result<Self, KeysFlaw> {
        let json = parse_json(text, "keys").map_err(|_why| KeysFlaw::NotJson)?;
        if !json.doubled.is_empty() {
            return Err(KeysFlaw::NotJson);
        }
        let Some(Value::Array(listed)) = json.value.get("keys") else {
            return Err(KeysFlaw::NoList);
        };
        if listed.len() > KEYS_MAX {
            return Err(KeysFlaw::TooMany);
        }
        let objects = || listed.iter().filter_map(Value::as_object);
        if objects().any(|key| SECRET.iter().any(|member| key.contains_key(*member))) {
            return Err(KeysFlaw::Secret);
        }
        let keys: Vec<Key> = objects().filter_map(Key::read).collect();
        if keys.is_empty() { Err(KeysFlaw::NoneUsable) } else { Ok(Self { keys }) }
    }

    /// These keys and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        let are_new: Vec<Key> =
            others.keys.into_iter().filter(|key| !self.keys.contains(key)).collect();
        self.keys.extend(are_new);
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Those by which a token with this `kid` may be signed. One that names no key means the only key
    /// of its algorithm.
    fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> Vec<&Key> {
        let fitting = self.keys.iter().filter(|key| key.serves(algorithm));
        match id {
            Some(id) => fitting.filter(|key| key.id.as_deref() == Some(id)).collect(),
            None => {
                Some(fitting.collect::<Vec<_>>()).filter(|it| it.len() == 1).unwrap_or_default()
            }
        }
    }

    /// Whether there is a key for such a token.
    pub(super) fn knows(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        !self.candidates(id, algorithm).is_empty()
    }

    /// Whether one of them has signed `message`.
    pub(super) fn proves(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.candidates(id, algorithm).iter().any(|it| it.proves(algorithm, message, signature))
    }
}

impl Key {
    fn read(members: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|it| it != "sig") {
            return None;
        }
        if let Some(Value::Array(deeds)) = members.get("key_ops")
            && !deeds.iter().any(|it| it == "verify")
        {
            return None;
        }
        let only = match text("alg") {
            Some(word) => Some(Algorithm::parse(word)?),
            None => None,
        };
        let bytes = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let point = |width: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            let is_whole = x.len() == width && y.len() == width;
            is_whole.then(|| [&[4], &x[..], &y[..]].concat())
        };
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => rsa(bytes("n")?, bytes("e")?)?,
            ("EC", Some("P-256")) => Material::P256 { point: point(32)? },
            ("EC", Some("P-384")) => Material::P384 { point: point(48)? },
            ("OKP", Some("Ed25519")) => {
                Material::Ed25519 { point: bytes("x").filter(|it| it.len() == 32)? }
            }
            _ => return None,
        };
        Some(Self { id: text("kid").map(str::to_owned), only, material })
    }

    fn serves(&self, algorithm: Algorithm) -> bool {
        self.only.is_none_or(|only| only == algorithm) && self.verifier(algorithm).is_some()
    }

    /// How the key verifies; `None`: not by that algorithm.
    fn verifier(&self, algorithm: Algorithm) -> Option<Verifier<'_>> {
        let point = |with: &'static dyn VerificationAlgorithm, point| Verifier::Point(with, point);
        Some(match (&self.material, algorithm) {
            (Material::Rsa { modulus, exponent }, _) => {
                let with = match algorithm {
                    Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
                    Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
                    Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
                };
                Verifier::Rsa(with, RsaPublicKeyComponents { n: modulus, e: exponent })
            }
            (Material::P256 { point: at }, Algorithm::Es256) => point(&ECDSA_P256_SHA256_FIXED, at),
            (Material::P384 { point: at }, Algorithm::Es384) => point(&ECDSA_P384_SHA384_FIXED, at),
            (Material::Ed25519 { point: at }, Algorithm::EdDsa) => point(&ED25519, at),
            (Material::P256 { .. } | Material::P384 { .. } | Material::Ed25519 { .. }, _) => {
                return None;
            }
        })
    }

    fn proves(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifier(algorithm).is_some_and(|it| it.verify(message, signature))
    }
}

/// How one key verifies.
enum Verifier<'a> {
    Rsa(&'static ring::signature::RsaParameters, RsaPublicKeyComponents<&'a Vec<u8>>),
    Point(&'static dyn VerificationAlgorithm, &'a Vec<u8>),
}

impl Verifier<'_> {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(with, key) => key.verify(with, message, signature).is_ok(),
            Self::Point(with, point) => {
                UnparsedPublicKey::new(*with, point).verify(message, signature).is_ok()
            }
        }
    }
}

fn rsa(modulus: Vec<u8>, exponent: Vec<u8>) -> Option<Material> {
    let modulus: Vec<u8> = modulus.into_iter().skip_while(|byte| *byte == 0).collect();
    let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = modulus.len() * 8 - unused;
    RSA_BITS.contains(&bits).then_some(Material::Rsa { modulus, exponent })
}
