//! CSV as people and systems write it.

use super::column::Column;
use super::form::Form;
use super::header::Headers;
use super::refused::{Refused, Why};
use super::writer::Writer;
use csv::{ReaderBuilder, StringRecord};
use std::sync::Arc;

/// What may stand between fields.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// How a line of totals begins, which spreadsheets have at their end.
const TOTALS: [&str; 7] = ["total", "totals", "grand total", "sum", "summe", "gesamt", "count"];
/// A line of totals has few cells that say something.
const TOTALS_CELLS_MAX: usize = 2;

/// Reads all rows of `text`.
pub(super) fn read(text: &str, form: &Form, writer: &mut Writer<'_>) -> Result<(), Refused> {
    let file = &form.file;
    let refused = |line: u64, column: Option<Column>, why: Why| Refused {
        file: Arc::clone(file),
        line: Some(line),
        column,
        why,
    };
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        return Err(Refused {
            file: Arc::clone(file),
            line: None,
            column: None,
            why: Why::OpenQuote,
        });
    }
    let (text, said, skipped) = without_preamble(text);
    let delimiter = match form.delimiter.or(said) {
        Some(said) => said,
        None => delimiter(text).ok_or_else(|| refused(skipped + 1, None, Why::Delimiter))?,
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let unreadable = |_: csv::Error| refused(skipped + 1, None, Why::Delimiter);
    if !reader.read_record(&mut record).map_err(unreadable)? {
        return Err(Refused { file: Arc::clone(file), line: None, column: None, why: Why::Empty });
    }
    let mut lines = Lines { text, at: 0, line: skipped + 1 };
    let layout = Headers::of(form).lay_out(record.iter(), file, lines.of(&record))?;
    for column in layout.iter().flatten() {
        writer.note_present(*column);
    }
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = lines.of(&record);
        if is_blank(&record) {
            continue;
        }
        check_fields(&record, layout.len(), is_at_end(&reader, text), text)
            .map_err(|why| refused(line, None, why))?;
        writer.begin(line);
        if is_of_totals(&record) {
            writer.skip();
            continue;
        }
        for (column, cell) in layout.iter().zip(&record) {
            if let Some(column) = column {
                writer.put(*column, cell).map_err(|why| refused(line, Some(*column), why))?;
            }
        }
        writer.end().map_err(|why| refused(line, None, why))?;
    }
    Ok(())
}

/// Counts lines: where they end in CR LF, the reader counts one too few.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// In which line a record begins; records come in their order.
    fn of(&mut self, record: &StringRecord) -> u64 {
        let begin = record.position().map_or(0, csv::Position::byte);
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        let rest = self.text.as_bytes().get(begin..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begin = begin + blank;
        let passed = self.text.as_bytes().get(self.at..begin).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').count() as u64 - 1;
        self.at = begin;
        self.line
    }
}

fn is_at_end(reader: &csv::Reader<&[u8]>, text: &str) -> bool {
    reader.position().byte() >= text.len() as u64
}

/// As many fields as the header has; spreadsheets add empty ones.
fn check_fields(
    record: &StringRecord,
    header: usize,
    is_last: bool,
    text: &str,
) -> Result<(), Why> {
    let fields = record.len();
    if fields < header {
        let is_cut = is_last && !text.ends_with(['\n', '\r']);
        return Err(if is_cut {
            Why::CutLine { fields, header }
        } else {
            Why::Fields { fields, header }
        });
    }
    let is_all_empty = record.iter().skip(header).all(|cell| cell.trim().is_empty());
    if is_all_empty { Ok(()) } else { Err(Why::Fields { fields, header }) }
}

fn is_blank(record: &StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

fn is_of_totals(record: &StringRecord) -> bool {
    let mut said = record.iter().map(str::trim).filter(|cell| !cell.is_empty());
    let first = said.next().unwrap_or_default();
    let first = first.split(':').next().unwrap_or_default().trim();
    TOTALS.iter().any(|word| first.eq_ignore_ascii_case(word)) && said.count() < TOTALS_CELLS_MAX
}

/// Without a first line `sep=;`, as spreadsheets write it, or `version:v1.0`, as Entra does; and how
/// many lines that were.
fn without_preamble(text: &str) -> (&str, Option<u8>, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim_end();
    if let Some(delimiter) = first.strip_prefix("sep=").and_then(|it| it.bytes().next()) {
        return (rest, Some(delimiter), 1);
    }
    if first.starts_with("version:v") { (rest, None, 1) } else { (text, None, 0) }
}

/// What stands between the headers: the sign that is there most often. One column needs none.
fn delimiter(text: &str) -> Option<u8> {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut is_quoted = false;
    for byte in text.bytes().take_while(|byte| *byte != b'\n') {
        if byte == b'"' {
            is_quoted = !is_quoted;
        }
        let found = DELIMITERS.iter().position(|it| *it == byte && !is_quoted);
        if let Some(count) = found.and_then(|it| counts.get_mut(it)) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let mut with_most = DELIMITERS.iter().zip(counts).filter(|(_, count)| *count == most);
    match (most, with_most.next(), with_most.next()) {
        (0, _, _) => Some(b','),
        (_, Some((only, _)), None) => Some(*only),
        (_, _, _) => None,
    }
}
