//! Descriptions that ship: what well-known systems send.

/// Every one by its name.
const PRESETS: [(&str, &str); 7] = [
    ("workday", include_str!("presets/workday.yaml")),
    ("successfactors", include_str!("presets/successfactors.yaml")),
    ("bamboohr", include_str!("presets/bamboohr.yaml")),
    ("hibob", include_str!("presets/hibob.yaml")),
    ("gusto", include_str!("presets/gusto.yaml")),
    ("personio", include_str!("presets/personio.yaml")),
    ("ukg", include_str!("presets/ukg.yaml")),
];

/// Their names.
pub const NAMES: [&str; 7] =
    ["workday", "successfactors", "bamboohr", "hibob", "gusto", "personio", "ukg"];

/// The description that is called so.
pub(super) fn text(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
