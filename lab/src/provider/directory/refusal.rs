//! Why a request changes nothing.

/// The text names attributes and ids, for the person at the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Resource {0} not found")]
    NotThere(String),
    #[error("{0} is already in use")]
    Taken(&'static str),
    #[error("The path {0} yields nothing to work on")]
    NoTarget(String),
    #[error("The path {0} is not supported")]
    Path(String),
    #[error("{0}")]
    Value(String),
    #[error("{0} cannot be changed")]
    ReadOnly(String),
    #[error("The filter {0} is not understood")]
    Filter(String),
    #[error("{0} is not known, so it cannot be a member")]
    UnknownMember(String),
    #[error("The request body is not understood: {0}")]
    Syntax(&'static str),
    #[error("The resource is not of that version any more")]
    Version,
    /// In the provider's own words.
    #[error("{text}")]
    Told { status: u16, scim_type: Option<&'static str>, text: &'static str },
}

impl Refusal {
    /// RFC 7644 §3.12.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotThere(_) => 404,
            Self::Taken(_) => 409,
            Self::Version => 412,
            Self::Told { status, .. } => *status,
            Self::NoTarget(_)
            | Self::Path(_)
            | Self::Value(_)
            | Self::ReadOnly(_)
            | Self::Filter(_)
            | Self::UnknownMember(_)
            | Self::Syntax(_) => 400,
        }
    }

    /// The detail keyword of the RFC, where it has one.
    pub fn scim_type(&self) -> Option<&'static str> {
        match self {
            Self::NotThere(_) | Self::Version => None,
            Self::Told { scim_type, .. } => *scim_type,
            Self::Taken(_) => Some("uniqueness"),
            Self::NoTarget(_) => Some("noTarget"),
            Self::Path(_) => Some("invalidPath"),
            Self::Value(_) | Self::UnknownMember(_) => Some("invalidValue"),
            Self::ReadOnly(_) => Some("mutability"),
            Self::Filter(_) => Some("invalidFilter"),
            Self::Syntax(_) => Some("invalidSyntax"),
        }
    }
}
