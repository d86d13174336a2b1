//! `usher errors`: the page of each error, embedded, for whoever has only the program at hand.

use super::{Error, print};
use crate::model::code::Code;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::fmt::Write;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, as in `error[topics.unfit]`, in the audit or in a parked record; all if absent
    #[arg(value_name = "CODE", value_parser = codes(), hide_possible_values = true)]
    code: Option<Code>,
}

/// A list, so that a code that was mistyped is told the nearest.
pub(super) fn codes() -> impl TypedValueParser<Value = Code> {
    PossibleValuesParser::new(Code::ALL.iter().map(|code| code.as_str()))
        .try_map(|text| Code::parse(&text).ok_or("no such code"))
}

impl Explain {
    pub(super) fn run(&self) -> Result<(), Error> {
        match self.code {
            Some(code) => print(code.page()),
            None => print(&overview()),
        }
    }
}

/// Each code with the first sentence of its page.
fn overview() -> String {
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for code in Code::ALL {
        // After the title and an empty line.
        let gist = code.page().lines().nth(2).unwrap_or_default();
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "{code:width$}  {gist}");
    }
    text
}
