use crate::command::Touch;
use crate::config::load::{Error, Loaded, parse};
use insta::assert_snapshot;
use std::path::Path;

fn load(groups: &str) -> Result<Loaded, Error> {
    let text = format!(
        "
kafka: {{ brokers: 'localhost:9092' }}
operators: [{groups}]
tenants:
  - name: acme
    rules: [rules.yaml]
    sources: [{{ topic: hr, format: cloudevents, types: ['worker.*'] }}]
    targets: [{{ name: main, url: 'https://example.com/v2', token_file: token, mode: observe }}]
"
    );
    parse(Path::new("etc/usher.yaml"), &text, [])
}

/// The error as an operator sees it.
fn refusal(groups: &str) -> String {
    load(groups).expect_err("should be refused").to_string()
}

#[test]
fn a_group_speaks_for_all_tenants_by_any_key_unless_it_is_said() {
    let loaded = load("{ name: a, signers: keys/a, may: [pause, bind] }").unwrap();
    let [group] = &loaded.settings.operators[..] else { panic!("{loaded:?}") };
    assert_eq!((group.tenants.as_ref(), group.touch), (None, Touch::Optional));
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_cure() {
    let groups = "{ name: a, signers: f, may: [], tenants: [] }, \
                  { name: a, signers: f, may: [pause], tenants: [acne] }";
    assert_snapshot!(refusal(groups), @r"
    could not use the configuration in etc/usher.yaml:
      operators[0].may: is empty; name a command, such as pause
      operators[0].tenants: is empty; name a tenant, or write null for all
      operators[1].name: `a` is also the name of operators[0]; names are unique
      operators[1].tenants: no tenant is called `acne`; mend the name
    ");
}

#[test]
fn a_word_that_is_none_is_refused_with_those_that_are() {
    let may = refusal("{ name: a, signers: f, may: [pause, obliterate] }");
    assert!(may.contains("obliterate") && may.contains("`approve`, `reject`"), "{may}");
    let touch = refusal("{ name: a, signers: f, may: [pause], touch: sometimes }");
    assert!(touch.contains("`required` or `optional`"), "{touch}");
}
