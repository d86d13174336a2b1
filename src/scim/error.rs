//! What keeps a target from being used at all. Failed calls are no errors but outcomes.

use crate::model::code::Code;

/// A target or dialect that cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "could not use target `{target}`: its url must be https, or else its token and its people's data \
         could be read on the way (plain http is for loopback hosts only)"
    )]
    Insecure { target: String },
    #[error("could not use target `{target}`: its url {what}")]
    Url { target: String, what: &'static str },
    #[error("could not prepare HTTP for target `{target}`")]
    Client {
        target: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("could not use target `{target}`: its `ca_file` {what}")]
    CaFile { target: String, what: String },
    #[error("could not read dialect `{dialect}`")]
    DialectUnreadable {
        dialect: String,
        #[source]
        source: Box<serde_saphyr::Error>,
    },
    #[error("could not use dialect `{dialect}`: {what}")]
    DialectWrong { dialect: String, what: String },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Insecure { .. } => Code::TargetInsecure,
            Self::Url { .. } => Code::TargetUrl,
            Self::Client { .. } => Code::TargetHttpClient,
            Self::CaFile { .. } => Code::TargetCaFile,
            Self::DialectUnreadable { .. } => Code::DialectUnreadable,
            Self::DialectWrong { .. } => Code::DialectRefused,
        }
    }
}
