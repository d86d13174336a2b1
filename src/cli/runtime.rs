//! What commands run on that wait for something: an asynchronous runtime, and a signal that ends it.

use super::failure::{FAILED, Failure};
use crate::model::code::Code;
use crate::shutdown::Shutdown;
use std::io;
use tokio::runtime::Runtime;

/// The system does not give what such a command needs.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("could not start the asynchronous runtime")]
    Runtime(#[source] io::Error),
    #[error("could not listen for SIGTERM")]
    Signals(#[source] io::Error),
}

impl Failure for Error {
    fn code(&self) -> Code {
        match self {
            Self::Runtime(_) => Code::InternalRuntime,
            Self::Signals(_) => Code::InternalSignals,
        }
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

pub(super) fn runtime() -> Result<Runtime, Error> {
    Runtime::new().map_err(Error::Runtime)
}

/// A shutdown that begins when the process is told to end. Called on a runtime.
pub(super) fn until_a_signal() -> Result<Shutdown, Error> {
    let shutdown = Shutdown::new();
    shutdown.on_signals().map_err(Error::Signals)?;
    Ok(shutdown)
}
