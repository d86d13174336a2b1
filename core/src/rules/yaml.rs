//! YAML as people write it; what is wrong with it is said in their words, not in the parser's.

use crate::model::spelling;
use serde::de::DeserializeOwned;
use serde_saphyr::localizer::Localizer;
use serde_saphyr::{Error, Location, MessageFormatter, SnippetMode, UserMessageFormatter};
use std::borrow::Cow;

/// Something that cannot be read, and where.
#[derive(Debug)]
pub struct Slip {
    pub line: u64,
    /// What is wrong, and the cure where one can tell.
    pub text: String,
}

pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Slip> {
    serde_saphyr::from_str(text).map_err(|error| {
        let options = serde_saphyr::render_options! {
            formatter: &InWords,
            snippets: SnippetMode::Off,
        };
        Slip {
            line: error.location().map_or(1, |location| location.line()),
            text: error.render_with_options(options),
        }
    })
}

struct InWords;

impl MessageFormatter for InWords {
    fn localizer(&self) -> &dyn Localizer {
        &WithoutPlace
    }

    fn format_message<'a>(&self, error: &'a Error) -> Cow<'a, str> {
        match error {
            Error::Eof { .. } => "the file is empty".into(),
            Error::Unexpected { expected: "sequence start", .. } => {
                "a list is expected here: `[one, two]`, or a line with `- ` for each".into()
            }
            Error::Unexpected { expected: "mapping start", .. } => {
                "keys with values are expected here: `{ key: value }`, or a line for each".into()
            }
            Error::InvalidScalar { ty: "boolean" | "bool", .. } => {
                "`true` or `false` is expected here".into()
            }
            Error::InvalidScalar { ty: "u64" | "usize", .. } => {
                "a whole number is expected here, 0 or more".into()
            }
            Error::SerdeUnknownField { field, expected, .. } => {
                spelling::unknown("key", field, expected).into()
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                spelling::unknown("word", variant, expected).into()
            }
            Error::SerdeMissingField { field, .. } => {
                format!("the key `{field}` is missing from what ends here; add it").into()
            }
            error => UserMessageFormatter.format_message(error),
        }
    }
}

/// Whoever tells of the slip says where it is.
struct WithoutPlace;

impl Localizer for WithoutPlace {
    fn attach_location<'a>(&self, base: Cow<'a, str>, _: Location) -> Cow<'a, str> {
        base
    }
}
