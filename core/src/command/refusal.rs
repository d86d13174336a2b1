//! Why a command is not obeyed: one reason for each, with its code.

use super::instruction::{CommandKind, InstructionFlaw};
use super::sshsig::{Fingerprint, Flaw, NAMESPACE};
use crate::model::code::Code;
use crate::model::decision::Why;
use crate::model::ids::ShardNumber;
use jiff::Timestamp;

/// The one reason. Keys are told by their fingerprints, people not at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it has no signature; sign its bytes with `ssh-keygen -Y sign -n {NAMESPACE}`")]
    Unsigned,
    #[error("it has more signatures than eight; send it with those that it needs")]
    TooManySignatures,
    #[error("{0}; sign its bytes with `ssh-keygen -Y sign -n {NAMESPACE}`")]
    Signature(#[from] Flaw),
    #[error("the key {0} stands in no file of signers; nobody knows whose it is")]
    KeyUnknown(Fingerprint),
    #[error(
        "the key {0} is not for commands: its line in the file of signers lacks \
         namespaces=\"{NAMESPACE}\""
    )]
    KeyNotForCommands(Fingerprint),
    #[error("the key {0} signs from {1} on; sign with another, or later")]
    KeyNotYetValid(Fingerprint, Timestamp),
    #[error("the key {0} signed until {1}; sign with another")]
    KeyExpired(Fingerprint, Timestamp),
    #[error("one person or one key has signed it twice; each signature needs another person")]
    SignedTwice,
    #[error("the command cannot be read: {0}")]
    Instruction(#[from] InstructionFlaw),
    #[error("nobody of the name in `operator` stands in a file of signers")]
    OperatorUnknown,
    #[error("its `operator` is none of those who signed it; whoever says it signs it")]
    SpeaksForAnother,
    #[error("it is for another deployment")]
    OtherDeployment,
    #[error("its tenant belongs to another partition of the control topic than {}", .0.0)]
    OtherPartition(ShardNumber),
    #[error("no tenant has its name")]
    TenantUnknown,
    #[error("it was issued at {0}, which is still to come; set the clock right where it is signed")]
    NotYetIssued(Timestamp),
    #[error(
        "between `issued_at` and `expires_at` are more than 24 hours; sign it when it is needed"
    )]
    LivesTooLong,
    #[error("it expired at {0}; sign it anew if it is still wanted")]
    Expired(Timestamp),
    #[error("a command of its `id` was decided already; a new one needs a new id")]
    Used,
    #[error("this version of usher does not serve `{0}`; nothing was done")]
    NotServed(CommandKind),
    #[error("whoever has the key {0} may not say `{1}`; a group that may is needed")]
    RightMissing(Fingerprint, CommandKind),
    #[error("whoever has the key {0} may not say `{1}` for this tenant")]
    TenantNotAllowed(Fingerprint, CommandKind),
    #[error(
        "the file of signers cannot be read now; until then its last good state serves `pause` alone, \
         not `{0}`"
    )]
    SignersStale(CommandKind),
    #[error("the group of the key {0} signs by touch; sign with a FIDO key, and touch it")]
    TouchMissing(Fingerprint),
}

impl Refusal {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Unsigned => Code::CommandUnsigned,
            Self::TooManySignatures => Code::CommandSignatureMalformed,
            Self::Signature(flaw) => match flaw {
                Flaw::NoNamespace | Flaw::OtherNamespace => Code::CommandOtherNamespace,
                Flaw::Wrong => Code::CommandSignatureWrong,
                _ => Code::CommandSignatureMalformed,
            },
            Self::KeyUnknown(_) => Code::CommandKeyUnknown,
            Self::KeyNotForCommands(_) => Code::CommandKeyNotForCommands,
            Self::KeyNotYetValid(..) => Code::CommandKeyNotYetValid,
            Self::KeyExpired(..) => Code::CommandKeyExpired,
            Self::SignedTwice => Code::CommandSignedTwice,
            Self::Instruction(flaw) => match flaw {
                InstructionFlaw::UnknownCommand | InstructionFlaw::Version(_) => {
                    Code::CommandUnknown
                }
                InstructionFlaw::UnknownMember(_) => Code::CommandUnknownMember,
                _ => Code::CommandMalformed,
            },
            Self::OperatorUnknown => Code::CommandOperatorUnknown,
            Self::SpeaksForAnother => Code::CommandSpeaksForAnother,
            Self::OtherDeployment => Code::CommandOtherDeployment,
            Self::OtherPartition(_) => Code::CommandOtherPartition,
            Self::TenantUnknown => Code::CommandTenantUnknown,
            Self::NotYetIssued(_) => Code::CommandNotYetIssued,
            Self::LivesTooLong => Code::CommandLivesTooLong,
            Self::Expired(_) => Code::CommandExpired,
            Self::Used => Code::CommandUsed,
            Self::NotServed(_) => Code::CommandNotServed,
            Self::RightMissing(..) => Code::CommandRightMissing,
            Self::TenantNotAllowed(..) => Code::CommandTenantNotAllowed,
            Self::SignersStale(_) => Code::CommandSignersUnreadable,
            Self::TouchMissing(_) => Code::CommandTouchMissing,
        }
    }

    /// The reason as the audit tells it.
    pub fn why(&self) -> Why {
        Why::new(self.code(), None, self.to_string())
    }
}
