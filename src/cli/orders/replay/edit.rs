//! A value in somebody's editor.

use super::super::error::Error;
use crate::config;
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Nobody but the operator may read what lies there meanwhile.
const FOR_THE_OPERATOR_ALONE: u32 = 0o600;

/// A file that is gone with this value, whatever happens.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing can be done about it, and the name tells whoever finds it what it is.
        drop(fs::remove_file(&self.0));
    }
}

/// Lets somebody change `text`, which is laid out if it is JSON.
pub(super) fn edit(text: &[u8]) -> Result<Vec<u8>, Error> {
    let name = |name| config::variable_of_operators(name);
    let editor = name("VISUAL").or_else(|| name("EDITOR"));
    let editor = editor.ok_or_else(|| {
        Error::Incomplete("say which editor, in VISUAL or EDITOR; or mend it with --patch".into())
    })?;
    let laid_out = match serde_json::from_slice::<Value>(text) {
        Ok(json) => format!("{json:#}\n").into_bytes(),
        Err(_) => text.to_vec(),
    };
    let draft = draft(&laid_out)?;
    let failed = |source| Error::File { file: draft.0.clone(), source };
    // As git does it: the variable may hold options, too.
    let command = format!("{editor} \"$1\"");
    let ended = Command::new("sh").args(["-c", &command, "sh"]).arg(&draft.0).status();
    let ended = ended.map_err(failed)?;
    if !ended.success() {
        return Err(Error::NotMended("the editor ended with an error; nothing was sent".into()));
    }
    let edited = fs::read(&draft.0).map_err(failed)?;
    let edited = edited.strip_suffix(b"\n").unwrap_or(&edited);
    if edited == laid_out.strip_suffix(b"\n").unwrap_or(&laid_out) {
        return Ok(text.to_vec());
    }
    Ok(edited.to_vec())
}

fn draft(text: &[u8]) -> Result<Draft, Error> {
    let failed = |file: &Path, source: io::Error| Error::File { file: file.to_owned(), source };
    let directory = std::env::temp_dir();
    let mut chance = [0; 8];
    openssl::rand::rand_bytes(&mut chance)
        .map_err(|error| failed(&directory, io::Error::other(error)))?;
    let file = directory.join(format!("usher-parked-{:016x}.json", u64::from_ne_bytes(chance)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(FOR_THE_OPERATOR_ALONE);
    let mut opened = options.open(&file).map_err(|source| failed(&file, source))?;
    let draft = Draft(file);
    opened.write_all(text).map_err(|source| failed(&draft.0, source))?;
    Ok(draft)
}
