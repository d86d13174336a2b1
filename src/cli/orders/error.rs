//! Why a command was not sent, or what became of it that scripts must know.

use super::super::failure::{FAILED, Failure};
use crate::command::instruction::{CommandKind, InstructionFlaw};
use crate::model::code::Code;
use crate::view::held::NoSuchRow;
use rdkafka::error::KafkaError;
use std::io;
use std::path::PathBuf;

/// The command was refused.
const REFUSED: u8 = 2;
/// It was right, and nothing came of it.
const NOTHING: u8 = 3;
/// Another operator must say yes, too.
const WAITS: u8 = 4;
/// Nobody has decided on it in time.
const UNDECIDED: u8 = 5;

#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("{0}")]
    Incomplete(String),
    #[error(transparent)]
    NoSuchRow(#[from] NoSuchRow),
    #[error("nothing that is held fits; `usher held` shows what there is")]
    NoRows,
    #[error("nothing was sent, for there is nothing to undo")]
    NothingToUndo,
    #[error("nothing is parked that fits and was not replayed; `usher parked` shows what there is")]
    NothingParked,
    #[error("nothing is parked under `{0}`; `usher parked` lists what is")]
    NotParked(String),
    #[error("nothing was sent: nothing would come of it\n{0}")]
    NothingToReplay(String),
    #[error("{0}")]
    NotMended(String),
    #[error(
        "nothing was sent: there is no terminal to ask at; look what would be done, then add --yes"
    )]
    NobodyToAsk,
    #[error("nothing was sent: you did not say yes")]
    Declined,
    #[error("could not use the file {}", file.display())]
    File {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the file {} holds no command", file.display())]
    NoCommand {
        file: PathBuf,
        #[source]
        source: InstructionFlaw,
    },
    #[error(
        "the file holds `{found}`; send it by `usher {found} --send`, if that is what you want"
    )]
    OtherCommand { found: CommandKind },
    #[error(
        "could not run ssh-keygen, which signs; install OpenSSH, or sign elsewhere with --print"
    )]
    NoSigner(#[source] io::Error),
    #[error("ssh-keygen did not sign with {}; what it said stands above", key.display())]
    NotSigned { key: PathBuf },
    #[error(
        "could not give the command to Kafka; look with `usher held` whether it came, then try again"
    )]
    NotSent(#[source] KafkaError),
    #[error(
        "nothing was sent: `{topic}` takes no record of {bytes} bytes; raise its `max.message.bytes` to \
         {needed} (kafka-configs.sh --alter --entity-type topics), or have the source send the event again"
    )]
    TooLarge { topic: String, bytes: usize, needed: usize },
    #[error("it was refused: {0}")]
    Refused(String),
    #[error("it is right, and nothing came of it; each row says why")]
    Nothing,
    #[error("it waits for another operator, who says the same")]
    Waits,
    #[error(
        "nobody decided on it within {seconds} s; it is in the topic and may still be obeyed until it \
         expires: look whether usher runs, then read the audit"
    )]
    Undecided { seconds: u64 },
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Incomplete(_) => Code::OrderIncomplete,
            Self::NoSuchRow(_)
            | Self::NoRows
            | Self::NothingToUndo
            | Self::NothingParked
            | Self::NotParked(_) => Code::OrderNoRows,
            Self::NothingToReplay(_) | Self::NotMended(_) => Code::OrderNotMended,
            Self::NobodyToAsk | Self::Declined => Code::OrderUnconfirmed,
            Self::File { .. } | Self::NoCommand { .. } | Self::OtherCommand { .. } => {
                Code::OrderFile
            }
            Self::NoSigner(_) | Self::NotSigned { .. } => Code::OrderUnsigned,
            Self::NotSent(_) | Self::TooLarge { .. } => Code::OrderUnsent,
            Self::Refused(_) => Code::OrderRefused,
            Self::Nothing => Code::OrderNothing,
            Self::Waits => Code::OrderWaits,
            Self::Undecided { .. } => Code::OrderUndecided,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Incomplete(_)
            | Self::NoSuchRow(_)
            | Self::NoRows
            | Self::NothingToUndo
            | Self::NothingParked
            | Self::NotParked(_)
            | Self::NothingToReplay(_)
            | Self::NotMended(_)
            | Self::NobodyToAsk
            | Self::Declined
            | Self::File { .. }
            | Self::NoCommand { .. }
            | Self::OtherCommand { .. }
            | Self::NoSigner(_)
            | Self::NotSigned { .. }
            | Self::NotSent(_)
            | Self::TooLarge { .. } => FAILED,
            Self::Refused(_) => REFUSED,
            Self::Nothing => NOTHING,
            Self::Waits => WAITS,
            Self::Undecided { .. } => UNDECIDED,
        }
    }
}
