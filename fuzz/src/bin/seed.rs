//! Writes what fuzzing begins with: payloads, rules, lists and records of the project's own tests.
//!
//! `cargo run --bin seed` in `fuzz/`; each target has its folder below `corpus`, which git does not keep.

use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Vendors in the order of `usher_fuzz::SOURCES`, after usher's own form.
const VENDORS: [&str; 8] =
    ["netskope", "entra", "defender", "crowdstrike", "sentinelone", "cortex", "ocsf", "adp"];
/// Where in that list sources with descriptions begin.
const FIRST_MAPPED: u8 = 12;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

struct Corpus(PathBuf, u32);

impl Corpus {
    fn of(target: &str) -> io::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder, 0))
    }

    fn add(&mut self, marks: &[u8], bytes: &[u8]) -> io::Result<()> {
        self.1 += 1;
        fs::write(self.0.join(format!("seed-{:04}", self.1)), [marks, bytes].concat())
    }
}

/// The files of a folder whose names end so.
fn files(folder: &str, end: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(root().join(folder))?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    found.retain(|path| path.to_string_lossy().ends_with(end));
    found.sort();
    Ok(found)
}

fn payloads(value: &Value) -> Vec<String> {
    let cases = value.as_array().into_iter().flatten();
    cases.filter_map(|case| case.get("payload")).map(Value::to_string).collect()
}

fn decode() -> Result<(), Box<dyn Error>> {
    let mut corpus = Corpus::of("decode")?;
    let vendors = root().join("core/src/decode/tests/vendors");
    for (number, vendor) in (1_u8..).zip(VENDORS) {
        let text = fs::read_to_string(vendors.join(format!("{vendor}.json")))?;
        for payload in payloads(&serde_json::from_str(&text)?) {
            corpus.add(&[number, 0], payload.as_bytes())?;
        }
    }
    let mapped: Value = serde_json::from_str(&fs::read_to_string(vendors.join("mapped.json"))?)?;
    for (number, preset) in (FIRST_MAPPED..).zip(mapped.as_array().into_iter().flatten()) {
        for payload in payloads(&preset["cases"]) {
            corpus.add(&[number, 0], payload.as_bytes())?;
        }
    }
    let readme = fs::read_to_string(root().join("README.md"))?;
    for line in readme.lines().filter(|line| line.contains("\"specversion\"")) {
        for number in [0, 11] {
            corpus.add(&[number, 0], line.trim().as_bytes())?;
        }
    }
    let wrapped = r#"{"schema":{},"payload":{"op":"c","after":{"id":1},"source":{}}}"#;
    let claims = r#"{"iss":"https://tx.example.com","iat":1790000000,"jti":"1","aud":"a","sub_id":{"format":"email","email":"kim@example.com"},"events":{"https://schemas.openid.net/secevent/caep/event-type/session-revoked":{"event_timestamp":1790000000}}}"#;
    corpus.add(&[0, 0], wrapped.as_bytes())?;
    corpus.add(&[9, 0], claims.as_bytes())?;
    corpus.add(
        &[10, 0],
        br#""eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3R4LmV4YW1wbGUuY29tIn0.AA""#,
    )?;
    corpus.add(&[0, 3], br#"{"worker":{"employee_id":"1"},"effective_date":"2026-10-01"}"#)?;
    Ok(())
}

fn texts() -> Result<(), Box<dyn Error>> {
    let mut mapped = Corpus::of("mapped")?;
    for file in files("core/src/decode/formats/mapped/presets", ".yaml")? {
        let record = br#"{"people":[{"Staff ID":1,"Status":"Active","email":"kim@example.com"}]}"#;
        mapped.add(b"", &[fs::read(file)?.as_slice(), b"\0", record].concat())?;
    }
    let mut rules = Corpus::of("rules")?;
    for file in files("config/rules", ".yaml")? {
        rules.add(b"", &fs::read(file)?)?;
    }
    let mut roster = Corpus::of("roster")?;
    for (kind, list) in [
        (0, "Employee ID;Work email;Hire date\n0042;kim@example.com;2024-03-01\n"),
        (1, "\"Name\",\"Email\",\"Status\"\n\"Lee, Kim\",kim@example.com,Active\n"),
        (2, r#"[{"employee_id":"1","work_email":"kim@example.com","status":"terminated"}]"#),
        (3, "{\"employee_id\":\"1\"}\n{\"employee_id\":\"2\",\"end_date\":\"31.12.2026\"}\n"),
        (255, r#"{"rows":2,"sha256":"00","generated_at":"2026-10-01T06:00:00Z","source":"hr"}"#),
    ] {
        roster.add(&[kind], list.as_bytes())?;
    }
    Ok(())
}

fn commands() -> Result<(), Box<dyn Error>> {
    let mut corpus = Corpus::of("commands")?;
    let page = fs::read_to_string(root().join("docs/commands.md"))?;
    let printed = page.split("printf '").nth(1).and_then(|rest| rest.split('\'').next());
    for word in ["pause", "approve", "undo", "replay", "reassert"] {
        let text = printed.unwrap_or_default().replace("pause", word);
        corpus.add(&[0], text.replace("%s", "0193a5f0-7c1e-7a3b-8f00-0123456789ab").as_bytes())?;
    }
    for file in files("core/src/command/tests/vectors", ".sig")? {
        corpus.add(&[1], &[fs::read(file)?.as_slice(), b"\0message"].concat())?;
    }
    for file in files("core/src/command/tests/vectors", ".pub")? {
        let text = fs::read_to_string(file)?;
        let key = text.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let line = format!("ann@example.com namespaces=\"command@usher\" {key}\n");
        corpus.add(&[3], line.as_bytes())?;
    }
    let keys = br#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"1","use":"sig"}]}"#;
    corpus
        .add(&[4], &[keys.as_slice(), b"\0eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.AA"].concat())?;
    Ok(())
}

fn state() -> Result<(), Box<dyn Error>> {
    let mut corpus = Corpus::of("state")?;
    let golden = fs::read_to_string(root().join("core/src/engine/tests/golden/v1.jsonl"))?;
    for record in golden.lines() {
        corpus.add(&[u8::from(record.contains(r#""body":{"topics""#))], record.as_bytes())?;
    }
    for (kind, record) in [
        (4, r#"{"v":1,"body":{"tenant":"t","target":"main","head":{}}}"#),
        (
            4,
            r#"{"v":1,"body":{"tenant":"t","target":"main","number":1,"place":0,"rows":[{"account":{"id":"1","active":true,"attributes":{}}}]}}"#,
        ),
        (5, r#"{"v":1,"of":1,"text":"{\"history\":{}}"}"#),
        (
            7,
            r#"{"data":{"rules":[{"rule_name":"a","rule_data":{"user_groups":["g"]}}]},"total":1}"#,
        ),
        (7, r#"{"Resources":[{"userName":"a","emails":["b"]}],"totalResults":1}"#),
    ] {
        corpus.add(&[kind], record.as_bytes())?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    decode()?;
    texts()?;
    commands()?;
    state()
}
