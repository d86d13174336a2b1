//! Signed tokens in compact form (RFC 7515), and whether a key that comes in as a value has signed one.
//!
//! Nothing of a token decides how it is checked: the algorithms and the keys are those of whoever is
//! expected to have signed it. Keys that a token brings along or points to are not looked at. The
//! primitives are *ring*'s; what is read here is only how JSON Web Tokens wrap them.

mod algorithm;
mod keys;
#[cfg(test)]
pub(crate) mod tests;
mod token;

pub use algorithm::Algorithm;
pub use keys::{KeySet, KeysFlaw};
pub use token::{Flaw, Token};
