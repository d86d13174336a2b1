//! What is paused or resumed, as people type it.

use super::error::Error;
use crate::command::instruction::{Destructive, Scope};
use crate::model::ids::{RuleName, TargetName};

/// What can be typed.
const FORMS: &str =
    "everything, tenant, target NAME, source NAME, rule NAME, destructive, destructive TARGET";

/// Reads the words of a scope.
pub(super) fn read(words: &[String]) -> Result<Scope, Error> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let scope = match words.as_slice() {
        ["everything"] => Scope::Everything,
        ["tenant"] => Scope::Tenant,
        ["target", name] => Scope::Target(TargetName::new(*name)),
        ["source", name] => {
            let name = (*name).to_owned().try_into();
            Scope::Source(
                name.map_err(|wants| Error::Incomplete(format!("the source is {wants}")))?,
            )
        }
        ["rule", name] => Scope::Rule(RuleName::new(*name)),
        ["destructive"] => Scope::Destructive(Destructive::Tenant),
        ["destructive", target] => {
            Scope::Destructive(Destructive::Target(TargetName::new(*target)))
        }
        _ => {
            let given = words.join(" ");
            return Err(Error::Incomplete(format!("`{given}` is no scope; there are: {FORMS}")));
        }
    };
    Ok(scope)
}

/// The only target that a scope is about; none if it is about each.
pub(super) fn target(scope: &Scope) -> Option<&TargetName> {
    match scope {
        Scope::Target(name) | Scope::Destructive(Destructive::Target(name)) => Some(name),
        Scope::Everything
        | Scope::Tenant
        | Scope::Source(_)
        | Scope::Rule(_)
        | Scope::Destructive(Destructive::Tenant) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn json(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        read(&words).map_or_else(|error| error.to_string(), |it| serde_json::json!(it).to_string())
    }

    #[test]
    fn scopes_are_typed_as_they_are_signed() {
        assert_eq!(json(&["everything"]), r#""everything""#);
        assert_eq!(json(&["tenant"]), r#""tenant""#);
        assert_eq!(json(&["target", "main"]), r#"{"target":"main"}"#);
        assert_eq!(json(&["source", "hr"]), r#"{"source":"hr"}"#);
        assert_eq!(json(&["rule", "leaver"]), r#"{"rule":"leaver"}"#);
        assert_eq!(json(&["destructive"]), r#"{"destructive":"tenant"}"#);
        assert_eq!(json(&["destructive", "main"]), r#"{"destructive":{"target":"main"}}"#);
    }

    #[test]
    fn what_is_no_scope_is_told_with_those_there_are() {
        for words in [&["target"][..], &["all"], &["tenant", "acme"]] {
            assert!(
                json(words).contains("there are: everything, tenant, target NAME"),
                "{words:?}"
            );
        }
    }
}
