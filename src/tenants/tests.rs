use std::path::{Path, PathBuf};

/// A configuration with one target of that dialect and rules that set these custom attributes.
pub(crate) fn with_custom_attributes(name: &str, target: &str, keys: &[&str]) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("usher-cli-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let attributes: Vec<String> =
        keys.iter().map(|key| format!("custom.{key}: worker.{key}")).collect();
    let attributes = attributes.join(", ");
    let rules = format!("profile: {{ on: [worker.hired], attributes: {{ {attributes} }} }}");
    let usher = format!(
        "
kafka: {{ brokers: 'localhost:9092' }}
tenants:
  - name: acme
    rules: [rules.yaml]
    sources: [{{ topic: hr, format: cloudevents, types: ['worker.*'] }}]
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe, {target} }}]
"
    );
    std::fs::write(directory.join("rules.yaml"), rules).unwrap();
    std::fs::write(directory.join("token"), "s3cret").unwrap();
    std::fs::write(directory.join("usher.yaml"), usher).unwrap();
    directory.join("usher.yaml")
}

fn load(file: &Path) -> Result<Vec<crate::worker::Tenant>, String> {
    let loaded = crate::config::load(file).unwrap();
    super::load(&loaded).map_err(|error| error.to_string())
}

#[test]
fn key_that_a_target_can_never_take_is_refused_at_the_start() {
    let long = "k".repeat(33);
    let file = with_custom_attributes("long", "dialect: netskope", &["badge", &long]);
    let refusal = load(&file).unwrap_err();
    assert!(refusal.contains(&long) && refusal.contains("at most 32"), "{refusal}");
    let limit = "dialect: netskope, attribute_limits: { key_chars_max: 33 }";
    let file = with_custom_attributes("long-allowed", limit, &["badge", &long]);
    let tenants = load(&file).unwrap();
    let limits = tenants[0].settings.targets[0].custom_attributes.unwrap();
    assert_eq!((limits.key_chars_max, limits.value_chars_max), (Some(33), Some(64)));
    assert!(tenants.iter().flat_map(super::doubts).next().is_none());
}

#[test]
fn custom_attributes_that_will_not_all_be_written_are_doubted() {
    let doubts = |name, target, keys: &[&str]| {
        let tenants = load(&with_custom_attributes(name, target, keys)).unwrap();
        tenants.iter().flat_map(super::doubts).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(doubts("none", "dialect: rfc7644", &["badge"]), @"the dialect of target `main` of tenant `acme` has no `custom.schema`, so the rules' custom.badge are not written there");
    let few = "dialect: netskope, attribute_limits: { count_max: 1 }";
    insta::assert_snapshot!(doubts("few", few, &["badge", "level"]), @"the rules set 2 custom attributes at target `main` of tenant `acme`, which takes 1 for an account: whoever has more fails");
}
