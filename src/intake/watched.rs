//! A file of tokens or secrets, read again when it changes; the last one that could be used counts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read {}, which {key} names", file.display())]
    Read {
        file: PathBuf,
        key: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("could not use {}, which {key} names: {why}", file.display())]
    Refused { file: PathBuf, key: &'static str, why: String },
}

/// What a file says, as it was last read well.
#[derive(Debug)]
pub(super) struct Watched<T> {
    file: PathBuf,
    key: &'static str,
    parse: fn(&str) -> Result<T, String>,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: Arc<T>,
    /// What is wrong with the file now.
    problem: Option<String>,
}

impl<T: PartialEq> Watched<T> {
    /// Reads the file; `key` of the configuration names it.
    pub(super) fn load(
        file: PathBuf,
        key: &'static str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Result<Self, Error> {
        let value = Arc::new(read(&file, key, parse)?);
        Ok(Self { file, key, parse, state: Mutex::new(State { value, problem: None }) })
    }

    /// What the file says.
    pub(super) fn get(&self) -> Arc<T> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&state.value)
    }

    /// Reads it again, and tells what is new. One that is half written must shut nobody out.
    pub(super) fn read_again(&self) {
        let read = read(&self.file, self.key, self.parse);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.file.display();
        match read {
            Ok(value) => {
                if state.problem.take().is_some() || *state.value != value {
                    tracing::info!(%file, "a file of tokens or secrets was read again");
                    state.value = Arc::new(value);
                }
            }
            Err(error) => {
                let problem = crate::observe::chain(&error);
                if state.problem.as_ref() != Some(&problem) {
                    let error = &problem;
                    tracing::error!(error, "the earlier tokens or secrets go on to count");
                }
                state.problem = Some(problem);
            }
        }
    }
}

fn read<T>(
    file: &Path,
    key: &'static str,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, Error> {
    let text = std::fs::read_to_string(file).map_err(|source| Error::Read {
        file: file.to_owned(),
        key,
        source,
    })?;
    parse(&text).map_err(|why| Error::Refused { file: file.to_owned(), key, why })
}
