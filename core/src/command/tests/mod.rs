//! Commands read and judged. `vectors` holds what stock `ssh-keygen` made, and how.

mod judge;
mod pen;
mod signers;
mod sshsig;
mod instruction;
