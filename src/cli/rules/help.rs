//! What `usher rules --help` teaches.

pub(in crate::cli) const RULES: &str = "\
Example:
  usher rules check rules.yaml
  usher rules test fixtures

Next:
  usher config check --config usher.yaml   once rules and fixtures are right";

pub(super) const TEST: &str = "\
A table shows what of the rules no fixture has exercised: types of events, conditions that were never
true or never false, claims, stages of claims, ends. Those that ship are in config/fixtures.

Example:
  usher rules test fixtures
  usher rules test fixtures --config usher.yaml --min-coverage 100
  usher rules test leaver.yaml --rules rules/leaver.yaml,rules/rehire.yaml --json

Next:
  usher rules check --config usher.yaml    says what fixtures cannot";

pub(super) const CHECK: &str = "\
Files that are named together are one tenant's rules, as `rules` of the configuration names them. With
--config it also knows which events the sources may send, and which groups restrict.

Example:
  usher rules check rules/leaver.yaml rules/rehire.yaml
  usher rules check --config usher.yaml --deny warnings

Next:
  usher errors lint.unguarded_cut          the page of a finding, by its code
  usher rules test fixtures                tries what no look can tell";
