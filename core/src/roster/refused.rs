//! Why nothing is concluded from a list: where, what, and the cure.

use super::column::Column;
use super::encoding::EncodingFlaw;
use crate::model::Code;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// A list that is not taken. It holds no value of anybody's, so it may be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub file: Arc<str>,
    /// From 1; of the file, or of the entry where a file has no lines.
    pub line: Option<u64>,
    pub column: Option<Column>,
    pub why: Why,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(out, ", `{column}`")?;
        }
        write!(out, ": {}", self.why)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// Stable and machine-readable.
    pub fn code(&self) -> Code {
        match &self.why {
            Why::Encoding(_) => Code::RosterEncoding,
            Why::Empty | Why::TooFew { .. } => Code::RosterEmpty,
            Why::ColumnMissing { .. }
            | Why::ColumnTwice
            | Why::NoKeyColumn { .. }
            | Why::Unkeyed { .. } => Code::RosterColumns,
            Why::CutLine { .. } | Why::OpenQuote | Why::JsonCut => Code::RosterCut,
            Why::Fields { .. }
            | Why::Delimiter
            | Why::Json { .. }
            | Why::NoList
            | Why::NotAnObject => Code::RosterMalformed,
            Why::TooLarge { .. } | Why::CellTooLong { .. } => Code::RosterTooLarge,
            Why::DayAmbiguous | Why::DayUnreadable => Code::RosterDate,
            Why::Scientific | Why::ZerosEaten { .. } | Why::NumberShort { .. } => {
                Code::RosterNumber
            }
            Why::Flag => Code::RosterValue,
            Why::Unguarded
            | Why::NoManifest
            | Why::ManifestUnreadable { .. }
            | Why::ManifestIncomplete
            | Why::ManifestRows { .. }
            | Why::ManifestHash
            | Why::ManifestSource { .. } => Code::RosterManifest,
            Why::Shrunk { .. } | Why::DepartmentsShrunk { .. } => Code::RosterShrunk,
            Why::TooOld { .. }
            | Why::AgeUnknown
            | Why::OlderThanBefore { .. }
            | Why::FromTheFuture { .. } => Code::RosterStale,
        }
    }
}

/// What is wrong with it, and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error(transparent)]
    Encoding(#[from] EncodingFlaw),
    #[error("it names nobody; look whether the export has failed")]
    Empty,
    #[error(
        "it has {rows} rows, and at least {least} are expected; look whether the export has failed, or lower `rows_least`"
    )]
    TooFew { rows: u64, least: u64 },
    #[error("no column is called `{header}`, as `columns` says; its columns are: {there}")]
    ColumnMissing { header: String, there: String },
    #[error("two columns say the same; name the one that counts in `columns`")]
    ColumnTwice,
    #[error(
        "no column tells people apart (number, user name, address); its columns are: {there}. Set `preset`, or name them in `columns`"
    )]
    NoKeyColumn { there: String },
    #[error("{unkeyed} of {rows} rows name nobody; look whether `columns` and `preset` are right")]
    Unkeyed { unkeyed: u64, rows: u64 },
    #[error(
        "the last line has {fields} fields, the header {header}, and no end of line: the file is cut; export it again"
    )]
    CutLine { fields: usize, header: usize },
    #[error("a quote is opened and never closed: the file is cut or broken; export it again")]
    OpenQuote,
    #[error("the file ends in the middle of an entry: it is cut; export it again")]
    JsonCut,
    #[error(
        "the line has {fields} fields, the header {header}; quote fields that hold the delimiter, and export it again"
    )]
    Fields { fields: usize, header: usize },
    #[error("the header line does not say what stands between fields; set `delimiter`")]
    Delimiter,
    #[error("it is no JSON: {what}; export it again")]
    Json { what: String },
    #[error("there is no list of people in it, or more than one; export one list of objects")]
    NoList,
    #[error("an entry is no object; export a list of objects")]
    NotAnObject,
    #[error("it has more than {most} {what}; split it, one list for each part of the company")]
    TooLarge { most: u64, what: &'static str },
    #[error("a cell has {bytes} bytes; look whether a quote is missing before it")]
    CellTooLong { bytes: usize },
    #[error(
        "day and month cannot be told apart, as in 03/04/2026; export dates like 2026-04-03, or set `days` to `day_first` or `month_first`"
    )]
    DayAmbiguous,
    #[error(
        "no date that can be read; export dates like 2026-04-03, with four digits for the year"
    )]
    DayUnreadable,
    #[error(
        "a number like 1.23E+11: a spreadsheet has eaten its digits; export it from its system again, and do not save it in a spreadsheet"
    )]
    Scientific,
    #[error(
        "of {before} numbers that began with a zero none is left: a spreadsheet has eaten the zeros; export it from its system again"
    )]
    ZerosEaten { before: u64 },
    #[error(
        "a number with {digits} digits, where `number_digits` is {expected}: a spreadsheet has eaten zeros; export it from its system again"
    )]
    NumberShort { digits: usize, expected: u8 },
    #[error("neither yes nor no; write true or false")]
    Flag,
    #[error(
        "nothing says how many rows it should have; put a manifest beside it, or set `rows_least`"
    )]
    Unguarded,
    #[error("its manifest is not there; write it after the file, or unset `manifest`")]
    NoManifest,
    #[error(
        "the manifest cannot be read: {what}; write {{\"rows\": …, \"sha256\": …, \"generated_at\": …, \"complete\": true}}"
    )]
    ManifestUnreadable { what: String },
    #[error("the manifest does not say `\"complete\": true`; export it again")]
    ManifestIncomplete,
    #[error("it has {rows} rows, and the manifest says {said}; copy both again, the manifest last")]
    ManifestRows { rows: u64, said: u64 },
    #[error("its SHA-256 is not what the manifest says; copy both again, the manifest last")]
    ManifestHash,
    #[error("the manifest is of another source than `{expected}`; copy the right one")]
    ManifestSource { expected: String },
    #[error(
        "it has {rows} rows, {before} before: more than {percent} % fewer; if that is right, set `accepted` to its SHA-256, {sha256}"
    )]
    Shrunk { rows: u64, before: u64, percent: u8, sha256: String },
    #[error(
        "{departments} of its departments have lost more than {percent} %, the greatest of them {lost} of {before} people; if that is right, set `accepted` to its SHA-256, {sha256}"
    )]
    DepartmentsShrunk { departments: u64, lost: u64, before: u64, percent: u8, sha256: String },
    #[error(
        "it was made at {generated_at}, more than {hours} hours ago; look whether the export still runs"
    )]
    TooOld { generated_at: Timestamp, hours: u32 },
    #[error(
        "nothing says when it was made; put a manifest with `generated_at` beside it, or unset `age_most`"
    )]
    AgeUnknown,
    #[error(
        "it was made at {generated_at}, before the one that was taken last, of {before}; copy the newer one"
    )]
    OlderThanBefore { generated_at: Timestamp, before: Timestamp },
    #[error(
        "it says that it was made at {generated_at}, which is yet to come; set the clock of the exporting machine"
    )]
    FromTheFuture { generated_at: Timestamp },
}
