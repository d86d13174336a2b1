//! The environment as a source of the configuration.
//!
//! `USHER__KAFKA__BROKERS` is `kafka.brokers`; a number is a place in a list:
//! `USHER__TENANTS__0__TARGETS__0__TOKEN`. Below `KAFKA__PROPERTIES` one underscore stands for a
//! dot, because librdkafka's names have dots and variables cannot:
//! `USHER__KAFKA__PROPERTIES__SASL_PASSWORD` is `sasl.password`.

use super::origins;
use config::{ConfigError, Map, Source, Value, ValueKind};
use std::collections::BTreeMap;
use std::fmt;

const PREFIX: &str = "USHER__";
const PROPERTIES: &str = "KAFKA__PROPERTIES__";

/// Lists in the configuration are short; a larger number is a mistake, not a wish.
const INDEX_MAX: usize = 999;

/// usher's variables: name without prefix, value.
#[derive(Clone, Default)]
pub(super) struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Those of `variables` that begin with the prefix.
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |(name, value): (String, String)| {
            let name = name.strip_prefix(PREFIX)?.to_owned();
            Some((name, value))
        };
        Self { variables: variables.into_iter().filter_map(ours).collect() }
    }
}

/// The variables of this process; names and values that are no UTF-8 cannot be ours.
pub(super) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Names only: values may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Source for Environment {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let mut collected = Map::new();
        let mut properties = Map::new();
        for (name, value) in &self.variables {
            let origin = format!("{PREFIX}{name}");
            let value = Value::new(Some(&origin), ValueKind::String(value.clone()));
            if let Some(property) = name.strip_prefix(PROPERTIES) {
                properties.insert(property.to_lowercase().replace('_', "."), value);
            } else {
                collected.insert(path(name, &origin)?, value);
            }
        }
        if !properties.is_empty() {
            let table = Value::new(None, ValueKind::Table(properties));
            collected.insert("kafka.properties".to_owned(), table);
        }
        Ok(collected)
    }
}

/// `TENANTS__0__NAME` → `tenants[0].name`
fn path(name: &str, origin: &str) -> Result<String, ConfigError> {
    let mut path = String::new();
    for segment in name.split("__") {
        if let Ok(index) = segment.parse::<usize>() {
            if index > INDEX_MAX {
                let message = format!("{origin}: a list has at most {INDEX_MAX} places");
                return Err(ConfigError::Message(message));
            }
            path = origins::element(&path, index);
        } else {
            path = origins::field(&path, &segment.to_lowercase());
        }
    }
    Ok(path)
}

/// The host name, which names this replica unless `kafka.instance_id` does.
pub fn host_name() -> String {
    let variable = std::env::var_os("HOSTNAME").and_then(|name| name.into_string().ok());
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    variable
        .or_else(kernel)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "usher".to_owned())
}

/// What an operator has set for the command line, outside of the configuration.
pub fn variable_of_operators(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().ok()?;
    Some(value).filter(|value| !value.is_empty())
}

/// The variable that sets `key`.
pub(super) fn variable(key: &str) -> String {
    let words = key.replace('[', "__").replace(']', "").replace('.', "__");
    format!("USHER__{}", words.to_uppercase())
}
