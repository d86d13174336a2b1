//! The samples in `config/` are documentation that compiles.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use usher::config::{Settings, load_with};

/// Keys that have no default, as `config/full.yaml` says.
const WITHOUT_DEFAULT: &[&str] = &[
    "/kafka",
    "/kafka/brokers",
    "/tenants",
    "/tenants/name",
    "/tenants/rules",
    "/tenants/sources",
    "/tenants/sources/topic",
    "/tenants/sources/format",
    "/tenants/sources/types",
    "/tenants/sources/transmitters",
    "/tenants/sources/transmitters/issuer",
    "/tenants/sources/transmitters/audience",
    "/tenants/sources/transmitters/jwks",
    "/tenants/targets",
    "/tenants/targets/name",
    "/tenants/targets/url",
    "/tenants/targets/token_file",
    "/tenants/targets/mode",
];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

fn load(file: &Path) -> Result<Settings, String> {
    load_with(file, []).map(|loaded| loaded.settings).map_err(|error| error.to_string())
}

fn effective(settings: &Settings) -> Json {
    serde_json::to_value(settings).unwrap()
}

/// Every key of `value`, as JSON pointers; elements of lists share theirs.
fn keys(value: &Json, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Json::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}/{key}");
                keys(value, &path, found);
                found.insert(path);
            }
        }
        Json::Array(elements) => {
            for element in elements {
                keys(element, path, found);
            }
        }
        _ => {}
    }
}

/// Takes the key out, in every element of a list on the way.
fn remove(value: &mut Json, path: &[&str]) {
    match (value, path) {
        (Json::Array(elements), _) => {
            for element in elements {
                remove(element, path);
            }
        }
        (Json::Object(fields), [key]) => {
            fields.shift_remove(*key);
        }
        (Json::Object(fields), [key, rest @ ..]) => {
            if let Some(value) = fields.get_mut(*key) {
                remove(value, rest);
            }
        }
        (_, _) => {}
    }
}

#[test]
fn the_minimal_sample_loads() {
    let settings = load(&sample("minimal.yaml")).unwrap();
    assert_eq!(settings.tenants.len(), 1);
}

#[test]
fn the_full_sample_shows_every_key() {
    let text = std::fs::read_to_string(sample("full.yaml")).unwrap();
    let written: Json = serde_saphyr::from_str(&text).unwrap();
    let (mut shown, mut known) = (BTreeSet::new(), BTreeSet::new());
    keys(&written, "", &mut shown);
    keys(&effective(&load(&sample("full.yaml")).unwrap()), "", &mut known);
    assert_eq!(shown, known);
}

#[test]
fn the_full_sample_shows_the_defaults_of_the_code() {
    let text = std::fs::read_to_string(sample("full.yaml")).unwrap();
    let written: Json = serde_saphyr::from_str(&text).unwrap();
    let whole = effective(&load(&sample("full.yaml")).unwrap());
    let mut all = BTreeSet::new();
    keys(&whole, "", &mut all);

    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut required = BTreeSet::new();
    for key in all {
        let path: Vec<_> = key.split('/').skip(1).collect();
        let mut shortened = written.clone();
        remove(&mut shortened, &path);
        // JSON is YAML.
        let file = directory.join(format!("without-{}.yaml", path.join("-")));
        std::fs::write(&file, shortened.to_string()).unwrap();
        match load(&file) {
            Ok(settings) => assert_eq!(effective(&settings), whole, "the default of {key}"),
            Err(_) => {
                required.insert(key);
            }
        }
    }
    let expected: BTreeSet<_> = WITHOUT_DEFAULT.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(required, expected);
}
