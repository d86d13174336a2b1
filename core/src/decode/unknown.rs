//! Members of an event that usher knows by no name.

use crate::model::event::DATA_MEMBERS;
use crate::model::fields;
use serde_json::Value;

/// A name that is longer, or has other signs than names have, may be what a member should hold.
const NAME_BYTES_MAX: usize = 64;

/// The paths of those members, such as `data.shoe_size` or `data.worker.shoe_size`; of what is in them
/// nothing is said.
pub fn unknown_members(data: &Value) -> Vec<String> {
    let Value::Object(members) = data else { return Vec::new() };
    let mut unknown = Vec::new();
    for (name, value) in members {
        if !DATA_MEMBERS.iter().any(|(known, _)| known == name) {
            unknown.push(format!("data.{}", shown(name)));
            continue;
        }
        // Names from before stand under the same names as those of today.
        let inside = fields::inside(if name == "previous" { "worker" } else { name });
        let (Some(known), Value::Object(members)) = (inside, value) else { continue };
        let strange = members.keys().filter(|name| !known.contains(&name.as_str()));
        unknown.extend(strange.map(|inner| format!("data.{name}.{}", shown(inner))));
    }
    unknown
}

/// `name`, if it can be shown.
pub(crate) fn shown(name: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let is_name = name.bytes().all(is_plain) && name.bytes().any(|it| it.is_ascii_alphabetic());
    if is_name && name.len() <= NAME_BYTES_MAX { name } else { "…" }
}
