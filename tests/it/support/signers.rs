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
        self.sign_each(
            &algorithms.iter().map(|it| Ask::new(it, claims.clone())).collect::<Vec<_>>(),
        )
    }

    /// Fresh public keys, one by each algorithm, and what is asked for.
    pub(crate) fn sign_each(self, asks: &[Ask]) -> Option<Signed> {
        let (program, script) = self.program()?;
        let mut command = Command::new(program);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let listed: Vec<Value> = asks.iter().map(Ask::told).collect();
        process.stdin.take().unwrap().write_all(json!(listed).to_string().as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{self:?} could not sign");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let texts = told["tokens"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        let tokens = asks.iter().map(|it| it.algorithm.clone()).zip(texts.map(str::to_owned));
        Some(Signed { keys: told["keys"].clone(), tokens: tokens.collect() })
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

/// A token that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// `HS256`: by the public RSA key as its secret.
    algorithm: String,
    /// Text is signed as it is.
    claims: Value,
    /// Members of its header, besides the usual or instead.
    header: Value,
}

impl Ask {
    pub(crate) fn new(algorithm: &str, claims: Value) -> Self {
        Self { algorithm: algorithm.to_owned(), claims, header: json!({}) }
    }

    pub(crate) fn with_header(self, header: Value) -> Self {
        Self { header, ..self }
    }

    fn told(&self) -> Value {
        json!({ "algorithm": self.algorithm, "claims": self.claims, "header": self.header })
    }
}

/// What a signer made.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// As a JSON Web Key Set lists them.
    pub(crate) keys: Value,
    /// By which algorithm, and the token.
    pub(crate) tokens: Vec<(String, String)>,
}

impl Signed {
    pub(crate) fn token(&self, algorithm: &str) -> &str {
        &self.tokens.iter().find(|(of, _)| of == algorithm).unwrap().1
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
