//! Logs: one line an event on standard error, readable alone, ids as fields.
//!
//! Names, e-mail addresses, tokens and bodies are never logged. A failure is logged once, where it
//! is handled; `error` means that a person must look, `warn` that usher coped.

mod afresh;
#[cfg(test)]
mod tests;

use super::traces::Traces;
use crate::config::LogSettings;
use crate::config::log::LogFormat;
use crate::model::code::Code;
use afresh::Afresh;
use std::fs::File;
use std::io::IsTerminal;
use std::sync::Arc;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the log level `{level}`; write `info`, or `info,usher::scim=debug`")]
    Level {
        level: String,
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    #[error("could not start logging: this process logs already")]
    Started(#[source] tracing_subscriber::util::TryInitError),
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Level { .. } | Self::Started(_) => Code::LogStart,
        }
    }
}

/// From here on, everything in this process logs as `settings` say, and traces to `traces`.
pub fn start(settings: &LogSettings, traces: Option<&Traces>) -> Result<(), Error> {
    let lines = lines(settings, std::io::stderr, std::io::stderr().is_terminal())?;
    // Made for the bare registry, so it must be the first layer.
    Registry::default()
        .with(traces.map(Traces::layer))
        .with(lines)
        .try_init()
        .map_err(Error::Started)
}

/// From here on, everything in this process logs to `file`, where something else has the terminal.
pub fn start_in(settings: &LogSettings, file: File) -> Result<(), Error> {
    let lines = lines(settings, Arc::new(file), false)?;
    Registry::default().with(lines).try_init().map_err(Error::Started)
}

/// What the TLS library says of a certificate is told as an outcome, with the target and the cure.
const SILENT: &str = "rustls_platform_verifier=off";

/// The layer that writes log lines to `writer`; text may be coloured.
fn lines<S, W>(
    settings: &LogSettings,
    writer: W,
    is_colourful: bool,
) -> Result<Box<dyn Layer<S> + Send + Sync>, Error>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = |source| Error::Level { level: settings.level.clone(), source };
    let _own = EnvFilter::builder().parse(&settings.level).map_err(level)?;
    // What is said of it in the settings comes later, and counts.
    let filter =
        EnvFilter::builder().parse(format!("{SILENT},{}", settings.level)).map_err(level)?;
    let filter = Afresh(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    Ok(match settings.format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_filter(filter)
            .boxed(),
        LogFormat::Text => lines.with_ansi(is_colourful).with_filter(filter).boxed(),
    })
}
