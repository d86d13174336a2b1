//! What can be wrong with a signature or a public key.

/// Why a signature does not count. Nothing of what was signed is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("the signature is longer than {} bytes", super::TEXT_BYTES_MAX)]
    TooLong,
    #[error("the signature is not base64")]
    NotBase64,
    #[error("the signature is none of `ssh-keygen -Y sign`: it does not begin with SSHSIG")]
    NotSshsig,
    #[error("the signature has version {0} of SSHSIG, and usher knows version 1")]
    Version(u32),
    #[error("the signature or its key ends before it is complete")]
    CutShort,
    #[error("something follows the signature or its key")]
    TrailingBytes,
    #[error(
        "a number in the signature or its key is zero, negative, or written with more bytes than it needs"
    )]
    NumberMalformed,
    #[error("the signature has no namespace")]
    NoNamespace,
    #[error("the signature was made for another namespace")]
    OtherNamespace,
    #[error("the signature uses a field that SSHSIG reserves for later versions")]
    Reserved,
    #[error("the signature uses a hash that is neither sha256 nor sha512")]
    UnknownHash,
    #[error(
        "the key is of a kind that usher does not take; take ssh-ed25519, ssh-rsa, \
         ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, or a FIDO key (sk-ssh-ed25519@openssh.com, \
         sk-ecdsa-sha2-nistp256@openssh.com), and no certificate"
    )]
    UnknownKeyKind,
    #[error("the signature is of an algorithm that usher does not take")]
    UnknownAlgorithm,
    #[error("the signature is of an algorithm that its key does not have")]
    OtherAlgorithm,
    #[error("the key is not what keys of its kind are")]
    KeyMalformed,
    #[error("the RSA key has {0} bits; take one of 2048 to 8192")]
    RsaSize(usize),
    #[error("the signature has not the length that its algorithm gives it")]
    SignatureMalformed,
    #[error("the signature is not that of these bytes by this key")]
    Wrong,
}
