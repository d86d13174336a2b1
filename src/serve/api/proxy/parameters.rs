//! What may be asked through the proxy: what SCIM knows for reading, and nothing else.

use super::super::query::{Parameter, Wrong};

/// RFC 7644 §3.4.2 and §3.9.
const PASSED: [&str; 7] =
    ["filter", "attributes", "excludedAttributes", "startIndex", "count", "sortBy", "sortOrder"];

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// For the target, but for where to begin.
    pub(super) passed: Vec<(String, String)>,
    start: Option<String>,
    pub(super) cursor: Option<String>,
    pub(super) is_raw: bool,
}

fn wrong(parameter: &Parameter, why: &str) -> Wrong {
    Wrong::Parameter { name: parameter.name.clone(), why: why.to_owned() }
}

impl Asked {
    pub(super) fn read(parameters: &[Parameter]) -> Result<Self, Wrong> {
        let mut asked = Self::default();
        for parameter in parameters {
            asked.take(parameter)?;
        }
        if asked.start.is_some() && asked.cursor.is_some() {
            let name = "startIndex".to_owned();
            let why = "the cursor says where to begin; send one of them".to_owned();
            return Err(Wrong::Parameter { name, why });
        }
        Ok(asked)
    }

    fn take(&mut self, parameter: &Parameter) -> Result<(), Wrong> {
        let name = parameter.name.as_str();
        let value = parameter.value.trim();
        if parameter.key.is_some() || parameter.is_list {
            return Err(wrong(parameter, "it has no brackets here"));
        }
        match name {
            "integrated_account_id" | "unmask" => {}
            "truto_response_format" => {
                self.is_raw = match value {
                    "" | "unified" | "normalized" => false,
                    "raw" => true,
                    _ => return Err(wrong(parameter, "it is unified or raw here")),
                }
            }
            "next_cursor" | "prev_cursor" => {
                if !value.is_empty() && self.cursor.replace(value.to_owned()).is_some() {
                    return Err(wrong(parameter, "there is another cursor; send one"));
                }
            }
            "startIndex" => self.start = Some(number(parameter)?),
            "limit" | "count" => {
                let count = number(parameter)?;
                self.pass(parameter, "count", count)?;
            }
            _ if PASSED.contains(&name) => self.pass(parameter, name, parameter.value.clone())?,
            _ => {
                let known = PASSED.join(", ");
                return Err(wrong(parameter, &format!("it is not passed on; these are: {known}")));
            }
        }
        Ok(())
    }

    fn pass(&mut self, parameter: &Parameter, name: &str, value: String) -> Result<(), Wrong> {
        if self.passed.iter().any(|(known, _)| known == name) {
            return Err(wrong(parameter, "it is there twice"));
        }
        self.passed.push((name.to_owned(), value));
        Ok(())
    }

    /// For the target; `start`: where a cursor begins.
    pub(super) fn parameters<'a>(&'a self, start: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
        let passed = self.passed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let start = start.or(self.start.as_deref());
        passed.chain(start.map(|start| ("startIndex", start))).collect()
    }
}

fn number(parameter: &Parameter) -> Result<String, Wrong> {
    let number: u32 =
        parameter.value.trim().parse().map_err(|_no_number| wrong(parameter, "it is a number"))?;
    Ok(number.to_string())
}
