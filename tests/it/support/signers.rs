//! Programs, not ours, that sign security event tokens: npm's `jose` and `PyPI`'s `jwcrypto`.

use super::cache;
use super::missing;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What stands beside each other where `jose` runs.
const JOSE_FILES: [&str; 3] = ["package.json", "package-lock.json", "sign.mjs"];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Signer {
    Jose,
    Jwcrypto,
}

impl Signer {
    /// Fresh public keys and one token by each algorithm. `None` if it cannot be had; that has been
    /// said then.
    pub(crate) fn sign(self, algorithms: &[&str], claims: &Value) -> Option<Signed> {
        let (program, script) = self.program()?;
        let mut command = Command::new(program);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let asked = json!({ "algorithms": algorithms, "claims": claims }).to_string();
        process.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{self:?} could not sign");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        Some(Signed { keys: told["keys"].clone(), tokens: told["tokens"].clone() })
    }

    fn program(self) -> Option<(PathBuf, PathBuf)> {
        static JOSE: OnceLock<Result<(PathBuf, PathBuf), String>> = OnceLock::new();
        static JWCRYPTO: OnceLock<Result<(PathBuf, PathBuf), String>> = OnceLock::new();
        let (found, what) = match self {
            Self::Jose => (&JOSE, "tests with tokens signed by npm's jose"),
            Self::Jwcrypto => (&JWCRYPTO, "tests with tokens signed by PyPI's jwcrypto"),
        };
        found.get_or_init(|| match self {
            Self::Jose => jose(),
            Self::Jwcrypto => jwcrypto(),
        });
        missing::or_say(found, what).cloned()
    }
}

/// What a signer made.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// As a JSON Web Key Set lists them.
    pub(crate) keys: Value,
    tokens: Value,
}

impl Signed {
    pub(crate) fn token(&self, algorithm: &str) -> &str {
        self.tokens[algorithm].as_str().unwrap()
    }

    /// All of them, where the claims were a list.
    pub(crate) fn tokens(&self, algorithm: &str) -> Vec<String> {
        let all = self.tokens[algorithm].as_array().unwrap().iter();
        all.map(|token| token.as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn key_set(&self) -> String {
        json!({ "keys": self.keys }).to_string()
    }
}

fn jose() -> Result<(PathBuf, PathBuf), String> {
    for program in ["node", "npm"] {
        cache::run(Command::new(program).arg("--version"))?;
    }
    let source = cache::scripts().join("jose");
    let recipe = JOSE_FILES.map(|file| fs::read_to_string(source.join(file)).unwrap()).concat();
    let directory = cache::fetched("jose", &recipe, |directory| {
        for file in JOSE_FILES {
            fs::copy(source.join(file), directory.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(directory);
        cache::run(&mut npm)
    })?;
    Ok(("node".into(), directory.join("sign.mjs")))
}

fn jwcrypto() -> Result<(PathBuf, PathBuf), String> {
    let environment = cache::python("jwcrypto", "jwcrypto/requirements.txt")?;
    Ok((environment.join("bin/python"), cache::scripts().join("jwcrypto/sign.py")))
}
