//! Why a command did not do what it was told: what the program says of it, and how it ends.

use crate::engine::Unreadable;
use crate::kafka::topics;
use crate::model::code::Code;
use crate::observe::{logging, traces};
use crate::{commit, config, demo, operators, tenants, worker};
use std::error::Error;
use std::io;

/// The exit code of what was tried and did not work.
pub(super) const FAILED: u8 = 1;

/// The exit code of a command line or configuration that must be changed.
pub(super) const USAGE: u8 = 2;

/// An error that may end the program. Each command has its own where no room has one.
pub trait Failure: Error + Send + Sync + 'static {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    fn code(&self) -> Code;

    /// `USAGE` or `FAILED`, or what scripts that send commands must tell apart.
    fn exit_code(&self) -> u8;
}

impl<E: Failure> From<E> for Box<dyn Failure> {
    fn from(error: E) -> Self {
        Box::new(error)
    }
}

/// Whoever reads what a command prints does not take it.
#[derive(Debug, thiserror::Error)]
#[error("could not write to standard output")]
struct Output(#[source] io::Error);

impl Failure for Output {
    fn code(&self) -> Code {
        Code::InternalOutput
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

/// A bare error comes of printing; commands that read or write files have errors of their own for it.
impl From<io::Error> for Box<dyn Failure> {
    fn from(error: io::Error) -> Self {
        Box::new(Output(error))
    }
}

impl Failure for Unreadable {
    fn code(&self) -> Code {
        Code::ShardUnreadable
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

impl Failure for traces::Error {
    fn code(&self) -> Code {
        Code::TelemetryExporter
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

/// Errors of rooms, which know their codes.
macro_rules! failures {
    ($($error:ty => $exit_code:ident,)*) => {
        $(impl Failure for $error {
            fn code(&self) -> Code {
                <$error>::code(self)
            }

            fn exit_code(&self) -> u8 {
                $exit_code
            }
        })*
    };
}

failures! {
    config::Error => USAGE,
    operators::Error => USAGE,
    tenants::Error => USAGE,
    topics::Error => FAILED,
    commit::Error => FAILED,
    worker::Error => FAILED,
    demo::Error => FAILED,
    logging::Error => FAILED,
}
