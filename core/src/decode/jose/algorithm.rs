//! The algorithms by which a token may be signed. Those with a shared secret, and none at all, are not
//! among them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One table: what each is called in a token and in the configuration.
macro_rules! algorithms {
    ($($name:ident $word:literal,)*) => {
        /// How a token is signed (RFC 7518 §3.1, RFC 8037).
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        pub enum Algorithm {
            $(#[doc = concat!("`", $word, "`")] #[serde(rename = $word)] $name,)*
        }

        impl Algorithm {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// `RS256`
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

algorithms! {
    Rs256 "RS256",
    Rs384 "RS384",
    Rs512 "RS512",
    Ps256 "PS256",
    Ps384 "PS384",
    Ps512 "PS512",
    Es256 "ES256",
    Es384 "ES384",
    EdDsa "EdDSA",
}

impl Algorithm {
    /// The algorithm that is called so; `None` for `none`, for shared secrets and for what is unknown.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.word() == word)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}
