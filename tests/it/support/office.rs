//! Where operators type commands: a configuration, keys, and the file that says whose they are.

use super::replica::{PROGRAM, Replica};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

pub(crate) struct Office {
    configuration: PathBuf,
    pub(crate) directory: PathBuf,
}

/// Makes a key, and gives its public half.
fn key(directory: &Path, name: &str) -> String {
    let file = directory.join(name);
    let mut make = Command::new("ssh-keygen");
    make.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&file);
    assert!(make.status().unwrap().success());
    fs::read_to_string(file.with_extension("pub")).unwrap()
}

impl Office {
    /// At a replica that does not run yet. Its target has these limits; Ann and Bob may say what comes,
    /// by keys of the same names, and a stranger has a key, too.
    pub(crate) fn at(replica: &Replica, limits: &Value) -> Self {
        let configuration = replica.configuration();
        let directory = configuration.parent().unwrap().to_owned();
        key(&directory, "stranger");
        let line = |name, key_name| {
            let key = key(&directory, key_name);
            format!("{name} namespaces=\"command@usher\" {key}")
        };
        let signers = [line(ANN, "ann"), line(BOB, "bob")].concat();
        fs::write(directory.join("allowed_signers"), signers).unwrap();
        let text = fs::read_to_string(&configuration).unwrap();
        let mut settings: Value = serde_json::from_str(&text).unwrap();
        settings["operators"] = json!([{
            "name": "analysts",
            "signers": "allowed_signers",
            "may": ["approve", "reject", "pause", "resume", "retry", "undo", "refresh"],
        }]);
        settings["pause_file"] = json!("stop");
        settings["tenants"][0]["targets"][0]["limits"] = limits.clone();
        fs::write(&configuration, settings.to_string()).unwrap();
        Self { configuration, directory }
    }

    /// Lets the replica go by a copy of its rules from its next start on, and gives the copy's place.
    pub(crate) fn copy_rules(&self) -> PathBuf {
        let text = fs::read_to_string(&self.configuration).unwrap();
        let mut settings: Value = serde_json::from_str(&text).unwrap();
        let copy = self.directory.join("rules.yaml");
        fs::copy(settings["tenants"][0]["rules"][0].as_str().unwrap(), &copy).unwrap();
        settings["tenants"][0]["rules"] = json!(["rules.yaml"]);
        fs::write(&self.configuration, settings.to_string()).unwrap();
        copy
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--config").arg(&self.configuration);
        tokio::task::block_in_place(|| command.output().unwrap())
    }

    pub(crate) fn held(&self) -> Value {
        let output = self.run(&["held", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// How `usher status` ended, and what it said.
    pub(crate) fn status(&self) -> (Option<i32>, Value) {
        let output = self.run(&["status", "--json"]);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }

    /// How many were cut within the hour, and how many may be.
    pub(crate) fn spent(&self) -> (Value, Value) {
        let (_, status) = self.status();
        let limits = status["limits"].as_array().unwrap();
        let is_it = |one: &&Value| one["kind"] == "cut" && one["window"] == "hour";
        let one = limits.iter().find(is_it).unwrap();
        (one["spent"].clone(), one["limit"].clone())
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        self.held()["rows"].as_array().unwrap().clone()
    }

    /// Ann says it, with the key of that name: how it ended, and all that was said.
    pub(crate) fn say(&self, key: &str, words: &[&str]) -> (Option<i32>, String) {
        self.says(ANN, key, words)
    }

    /// Bob says it.
    pub(crate) fn bob_says(&self, words: &[&str]) -> (Option<i32>, String) {
        self.says(BOB, "bob", words)
    }

    fn says(&self, operator: &str, key: &str, words: &[&str]) -> (Option<i32>, String) {
        let key = self.directory.join(key);
        let signing = ["--operator", operator, "--key", key.to_str().unwrap()];
        let output = self.run(&[words, &signing, &["--reason", "tried", "--yes"]].concat());
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(told).unwrap())
    }
}
