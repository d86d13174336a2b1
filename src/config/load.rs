//! Reads the configuration and refuses what cannot be meant.

use super::environment::{self, Environment};
use super::origins::{Origin, Origins, field};
use super::tenants::mappings;
use super::{KafkaSettings, Settings, check, show};
use crate::model::code::Code;
use config::{Config, ConfigError, File, FileFormat};
use std::fmt;
use std::path::{Path, PathBuf};

/// A configuration that holds together, and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub settings: Settings,
    /// Where the configuration file lies; other files are named relative to it.
    directory: PathBuf,
    origins: Origins,
}

impl Loaded {
    /// A file that the configuration names.
    pub fn resolve(&self, file: &Path) -> PathBuf {
        self.directory.join(file)
    }

    /// The section `kafka`, with its files where they lie.
    pub fn kafka(&self) -> KafkaSettings {
        let kafka = &self.settings.kafka;
        let security = kafka.security.resolved(|file| self.resolve(file));
        KafkaSettings { security, ..kafka.clone() }
    }

    /// The effective configuration as YAML, redacted, each value with where it came from.
    pub fn show(&self) -> String {
        show::render(&self.settings, &self.origins)
    }
}

/// A configuration that cannot be used. Trying again helps only after it was mended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read the configuration file {}", file.display())]
    Read {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not use the configuration in {}:{}", file.display(), Lines(problems))]
    Refused {
        file: PathBuf,
        /// Each begins with the key and ends with the cure.
        problems: Vec<String>,
    },
}

impl Error {
    /// Stable and machine-readable; each has a page in `docs/errors`.
    pub fn code(&self) -> Code {
        match self {
            Self::Read { .. } => Code::ConfigUnreadable,
            Self::Refused { .. } => Code::ConfigRefused,
        }
    }
}

struct Lines<'a>(&'a [String]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(out, "\n  {line}"))
    }
}

/// Loads `file` and then the environment of this process.
pub fn load(file: &Path) -> Result<Loaded, Error> {
    load_with(file, environment::variables())
}

/// Loads `file` and then `variables`.
pub fn load_with(
    file: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, Error> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| Error::Read { file: file.to_owned(), source })?;
    parse(file, &text, variables)
}

/// Takes `text` for the contents of `file`.
pub(super) fn parse(
    file: &Path,
    text: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, Error> {
    let refused = |problems| Error::Refused { file: file.to_owned(), problems };
    let merged = Config::builder()
        .add_source(File::from_str(text, FileFormat::Yaml))
        .add_source(Environment::new(variables))
        .build()
        .map_err(|error| refused(vec![error.to_string()]))?
        .cache;
    let origins = Origins::of(&merged);
    let mut settings: Settings =
        merged.try_deserialize().map_err(|error| refused(vec![explain(&error, &origins)]))?;
    let directory = file.parent().map(Path::to_owned).unwrap_or_default();
    let mut problems = check::problems(&settings, &origins);
    problems.extend(mappings::read(&mut settings.tenants, &directory));
    if !problems.is_empty() {
        return Err(refused(problems));
    }
    Ok(Loaded { settings, directory, origins })
}

/// Puts the key first, and last the variable that is to blame, if one is.
fn explain(error: &ConfigError, origins: &Origins) -> String {
    let (key, message) = match error {
        ConfigError::At { error, key, .. } => (key.clone(), error.to_string()),
        ConfigError::NotFound(key) => (Some(key.clone()), "is missing; it has no default".into()),
        ConfigError::Type { unexpected, expected, key, .. } => {
            (key.clone(), format!("is a {unexpected}, not {expected}"))
        }
        other => (None, other.to_string()),
    };
    let key = key.unwrap_or_default().replace(']', "].");
    let key = key.replace("].[", "][").replace("..", ".");
    let key = key.trim_end_matches('.');
    let variable = match blamed(&message, key, origins) {
        Origin::Variable(name) => format!(" (from {name})"),
        Origin::Default | Origin::File => String::new(),
    };
    let separator = if key.is_empty() { "" } else { ": " };
    format!("{key}{separator}{message}{variable}")
}

/// Who wrote the value at `key`, or the field of it that nobody knows.
fn blamed<'a>(message: &str, key: &str, origins: &'a Origins) -> Origin<'a> {
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    match unknown {
        Some(name) => origins.find(&field(key, name)),
        None => origins.find(key),
    }
}
