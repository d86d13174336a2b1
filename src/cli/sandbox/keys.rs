//! Keys for two operators of a sandbox, so that commands can be signed in it.

use super::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// Who may say commands in a sandbox: the name, and the file of the key.
pub(super) const OPERATORS: [(&str, &str); 2] =
    [("ann@example.com", "ann"), ("bob@example.com", "bob")];

/// Makes the keys in that directory, and gives the file of signers; `None` if there is no `ssh-keygen`.
pub(super) fn make(directory: &Path) -> Result<Option<String>, Error> {
    let failed = |source| Error::Keys { directory: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(failed)?;
    let mut signers = String::new();
    for (name, key) in OPERATORS {
        let file = directory.join(key);
        let public = file.with_extension("pub");
        for old in [&file, &public] {
            match fs::remove_file(old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                Ok(()) | Err(_) => {}
            }
        }
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "made for a sandbox", "-f"])
            .arg(&file)
            .output();
        match made {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
            Ok(made) if !made.status.success() => {
                let complaint = String::from_utf8_lossy(&made.stderr).trim().to_owned();
                return Err(failed(io::Error::other(complaint)));
            }
            Ok(_) => {}
        }
        let key = fs::read_to_string(&public).map_err(failed)?;
        signers.extend([name, " namespaces=\"command@usher\" ", key.as_str()]);
    }
    Ok(Some(signers))
}

#[cfg(test)]
mod tests {
    use super::{OPERATORS, make};
    use crate::command::signers::AllowedSigners;

    #[test]
    fn the_keys_of_a_sandbox_are_taken_and_made_anew() {
        let directory = std::env::temp_dir().join(format!("usher-keys-{}", std::process::id()));
        for _ in 0..2 {
            let Some(signers) = make(&directory).unwrap() else { return };
            assert!(AllowedSigners::parse(signers.as_bytes()).is_ok(), "{signers}");
            assert_eq!(signers.lines().count(), OPERATORS.len());
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
