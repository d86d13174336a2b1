//! `usher new`: a configuration to begin with.

use super::failure::{FAILED, Failure};
use super::{Error as CliError, print};
use crate::model::code::Code;
use clap::{Args, ValueHint};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) const EXAMPLES: &str = "\
Nothing that is there already is overwritten. The rules and their fixtures are those of a whole company,
from the first day to the last: change them, and try them on paper, before anything is called.

Example:
  usher new usher

Next:
  cd usher
  usher config check
  usher rules test fixtures";

const CONFIGURATION: &str = include_str!("usher.yaml");
const RULES: &str = include_str!("../../../config/rules/starter.yaml");
const FIXTURES: &str = include_str!("../../../config/fixtures/starter.yaml");
/// Whoever leaves it so is told by the provider's 401.
const TOKEN: &str = "put-the-token-of-your-provider-here\n";
const SIGNERS: &str = "\
# Who may send commands, a line each; the key is a line of a .pub file (docs/brakes.md, \"Your key\"):
# ann@example.com namespaces=\"command@usher\" ssh-ed25519 AAAA... laptop of Ann
";

#[derive(Debug, Args)]
pub(super) struct New {
    /// Where to write it; made if it is not there
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: PathBuf,
}

/// Why it was not written.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{} is there already, and nothing was written; name another directory", .0.display())]
    There(PathBuf),
    #[error("could not write {}", file.display())]
    Write {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Failure for Error {
    fn code(&self) -> Code {
        Code::NewNotWritten
    }

    fn exit_code(&self) -> u8 {
        FAILED
    }
}

impl New {
    pub(super) fn run(&self) -> Result<(), CliError> {
        let files = [
            ("usher.yaml", CONFIGURATION.to_owned()),
            ("rules/starter.yaml", without_schema(RULES)),
            ("fixtures/starter.yaml", without_schema(FIXTURES)),
            ("allowed_signers", SIGNERS.to_owned()),
            ("token", TOKEN.to_owned()),
        ];
        let there = files.iter().map(|(name, _)| self.directory.join(name));
        if let Some(file) = there.clone().find(|file| file.exists()) {
            return Err(Error::There(file).into());
        }
        for (file, (_, text)) in there.zip(&files) {
            write(&file, text).map_err(|source| Error::Write { file, source })?;
        }
        let names =
            files.map(|(name, _)| format!("wrote {}\n", self.directory.join(name).display()));
        print(&format!("{}{}", names.concat(), steps(&self.directory)))
    }
}

/// What to do next.
fn steps(directory: &Path) -> String {
    let directory = directory.display();
    format!(
        "\nNext, in {directory}:\n  \
         1. usher config check && usher rules test fixtures    both are right as they are\n  \
         2. write into usher.yaml where your Kafka and your provider are, and into `token` the token\n  \
         3. usher init, then usher run: it only observes, until you write `mode: enforce`\n"
    )
}

/// The line for editors names a file that is not here; `usher schema` prints it.
fn without_schema(text: &str) -> String {
    let is_for_editors = |line: &&str| line.starts_with("# yaml-language-server:");
    text.split_inclusive('\n').filter(|line| !is_for_editors(line)).collect()
}

/// The token is nobody else's matter, so no file is.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests;
