//! Commands read and judged. `vectors` holds what stock `ssh-keygen` made, and how.

pub(crate) mod court;
mod judge;
pub(crate) mod pen;
mod rights;
mod schema;
mod signers;
mod sshsig;
mod instruction;
