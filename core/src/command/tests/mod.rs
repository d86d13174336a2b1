//! Commands read and judged. `vectors` holds what stock `ssh-keygen` made, and how.

mod court;
mod judge;
mod pen;
mod rights;
mod signers;
mod sshsig;
mod instruction;
