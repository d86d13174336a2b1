//! What operators say in the control topic, and whether they may: read and judged, not yet obeyed.
//!
//! Bytes and their signatures go in with what is known of operators, the deployment and the time; an
//! `Admitted` command comes out, or the one reason why not. Nothing that was signed is believed before
//! its signature is. There is no clock and no chance here, and no input makes it panic.

mod judge;
mod operators;
mod refusal;
pub mod signers;
pub mod sshsig;
pub mod instruction;

pub use judge::{Admitted, Circumstances, SIGNATURE_HEADER, Signed, Signer, judge};
pub use operators::{Group, Operators, Signers, Tenants, Touch, TwoNames};
pub use refusal::Refusal;

#[cfg(test)]
pub(crate) mod tests;
