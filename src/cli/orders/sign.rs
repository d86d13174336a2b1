//! Signatures: made by `ssh-keygen`, so agents, FIDO keys and PKCS#11 tokens work, and usher sees no
//! private key.

use super::error::Error;
use crate::command::sshsig::NAMESPACE;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Signs `bytes` with the key in that file; what `ssh-keygen` asks and complains of goes to the terminal.
pub(super) fn sign(bytes: &[u8], key: &Path) -> Result<String, Error> {
    let mut signer = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", NAMESPACE, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Error::NoSigner)?;
    let written = match signer.stdin.take() {
        Some(mut stdin) => stdin.write_all(bytes),
        None => Ok(()),
    };
    let signed = signer.wait_with_output().map_err(Error::NoSigner)?;
    // Whoever does not read what is to be signed has complained of something else.
    if !signed.status.success() || written.is_err() {
        return Err(Error::NotSigned { key: key.to_owned() });
    }
    Ok(one_line(&String::from_utf8_lossy(&signed.stdout)))
}

/// The base64 within a `.sig` file, as a header holds it.
pub(super) fn one_line(armored: &str) -> String {
    armored.lines().map(str::trim).filter(|line| !line.starts_with('-')).collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_signature_is_one_line_without_its_frame() {
        let armored = "-----BEGIN SSH SIGNATURE-----\nU1NI\r\nU0lH\n-----END SSH SIGNATURE-----\n";
        assert_eq!(one_line(armored), "U1NIU0lH");
        assert_eq!(one_line("U1NIU0lH\n"), "U1NIU0lH");
    }
}
