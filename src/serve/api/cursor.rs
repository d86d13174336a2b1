//! Cursors: where a page ends, sealed so that nobody reads a name in an address, or makes one up.

use super::page::{Place, Way};
use crate::serve::tokens;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a cursor is worth after that: nothing.
const LASTS: SignedDuration = SignedDuration::from_hours(1);

const NONCE: usize = 12;
const TAG: usize = 16;

/// From where on a list of the inventory goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) place: Place,
    pub(super) way: Way,
    /// The reading that the page before came from.
    pub(super) reading: u64,
}

/// Seals and opens them, by a key that only this process knows.
pub(crate) struct Seal([u8; 32]);

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    made: Timestamp,
    body: T,
}

impl Seal {
    pub(crate) fn new() -> Result<Self, tokens::Error> {
        Ok(Self(tokens::chance::<32>()?))
    }

    /// `what`: of which list, with which filter. The cursor is worth nothing for another.
    pub(super) fn close<T: Serialize>(
        &self,
        what: &str,
        body: &T,
        now: Timestamp,
    ) -> Option<String> {
        let nonce = tokens::chance::<NONCE>().ok()?;
        let plain = serde_json::to_vec(&Sealed { made: now, body }).ok()?;
        let mut tag = [0; TAG];
        let cipher = Cipher::aes_256_gcm();
        let hidden =
            encrypt_aead(cipher, &self.0, Some(&nonce), what.as_bytes(), &plain, &mut tag).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &tag[..], &hidden].concat()))
    }

    /// `None`: it is too old, or of another list or process.
    pub(super) fn open<T: DeserializeOwned>(
        &self,
        what: &str,
        text: &str,
        now: Timestamp,
    ) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE)?;
        let (tag, hidden) = rest.split_at_checked(TAG)?;
        let cipher = Cipher::aes_256_gcm();
        let plain =
            decrypt_aead(cipher, &self.0, Some(nonce), what.as_bytes(), hidden, tag).ok()?;
        let sealed: Sealed<T> = serde_json::from_slice(&plain).ok()?;
        (now.duration_since(sealed.made) <= LASTS).then_some(sealed.body)
    }
}

/// Without the key.
impl fmt::Debug for Seal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Seal")
    }
}
