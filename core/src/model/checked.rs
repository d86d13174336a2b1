//! Whether a record keeps to its schema, for the tests of all rooms that write one.

use jsonschema::Validator;
use serde_json::Value;

/// A schema that records are checked by.
pub(crate) struct Checked(Validator);

impl Checked {
    pub(crate) fn by(schema: &Value) -> Self {
        Self(jsonschema::validator_for(schema).unwrap())
    }

    /// What the schema has against `document`; nothing, if it keeps to it.
    pub(crate) fn complaints(&self, document: &Value) -> Vec<String> {
        let errors = self.0.iter_errors(document);
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// `document` keeps to the schema, and does not without any one of the members at `needed`.
    pub(crate) fn keeps_and_needs(&self, document: &Value, needed: &[&str]) {
        assert_eq!(self.complaints(document), Vec::<String>::new(), "{document:#}");
        for pointer in needed {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let mut without = document.clone();
            let parent = without.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            assert!(parent.remove(name).is_some(), "{pointer} is not in {document:#}");
            assert_ne!(self.complaints(&without), Vec::<String>::new(), "without {pointer}");
        }
    }
}
