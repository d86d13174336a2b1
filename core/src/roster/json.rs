//! JSON and JSON Lines, read entry by entry: the whole of a large list never stands in memory as a
//! tree.

use super::column::Column;
use super::form::Form;
use super::header::Headers;
use super::refused::{Refused, Why};
use super::writer::Writer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::error::Category;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Entries deeper than this have nothing to say about people.
const DEPTH_MAX: usize = 3;
/// Names of members that are remembered.
const NAMES_MAX: usize = 10_000;

/// Where entries go.
struct Sink<'w, 'f> {
    writer: &'w mut Writer<'f>,
    headers: Headers,
    /// What names of members mean, as they stand there.
    names: HashMap<String, Option<Column>>,
    /// The name of the member that is read, with those around it.
    path: String,
    line: u64,
    /// Lists of objects, and lists of nothing.
    lists: u32,
    empty: u32,
    flaw: Option<(Option<Column>, Why)>,
}

/// Reads the list in `text`.
pub(super) fn read(text: &str, form: &Form, writer: &mut Writer<'_>) -> Result<(), Refused> {
    let mut sink = Sink::new(form, writer);
    let mut reader = Deserializer::from_str(text);
    let read = List(&mut sink).deserialize(&mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        let line = error.line() as u64;
        return Err(sink.refused(&form.file, line, &error));
    }
    if sink.lists == 0 && sink.empty == 0 {
        return Err(at(&form.file, None, None, Why::NoList));
    }
    sink.finish(form)
}

/// Reads an object a line.
pub(super) fn read_lines(text: &str, form: &Form, writer: &mut Writer<'_>) -> Result<(), Refused> {
    let mut sink = Sink::new(form, writer);
    for (number, line) in (1_u64..).zip(text.split('\n')) {
        if line.trim().is_empty() {
            continue;
        }
        sink.line = number;
        let before = sink.writer.lines;
        let mut reader = Deserializer::from_str(line);
        if let Err(error) = Entry(&mut sink).deserialize(&mut reader).and_then(|()| reader.end()) {
            return Err(sink.refused(&form.file, number, &error));
        }
        if sink.writer.lines == before {
            return Err(at(&form.file, Some(number), None, Why::NotAnObject));
        }
    }
    sink.finish(form)
}

fn at(file: &Arc<str>, line: Option<u64>, column: Option<Column>, why: Why) -> Refused {
    Refused { file: Arc::clone(file), line, column, why }
}

impl<'w, 'f> Sink<'w, 'f> {
    fn new(form: &Form, writer: &'w mut Writer<'f>) -> Self {
        Self {
            writer,
            headers: Headers::of(form),
            names: HashMap::new(),
            path: String::new(),
            line: 0,
            lists: 0,
            empty: 0,
            flaw: None,
        }
    }

    fn refused(self, file: &Arc<str>, line: u64, error: &serde_json::Error) -> Refused {
        if let Some((column, why)) = self.flaw {
            return at(file, Some(line), column, why);
        }
        let why = match error.classify() {
            Category::Eof => Why::JsonCut,
            Category::Syntax | Category::Data | Category::Io => {
                Why::Json { what: format!("a mistake at sign {}", error.column()) }
            }
        };
        at(file, Some(line), None, why)
    }

    /// Members may be absent from any entry, but not from all.
    fn finish(self, form: &Form) -> Result<(), Refused> {
        if self.writer.lines == 0 {
            return Ok(());
        }
        let there = || "not shown, for entries differ".to_owned();
        for (column, header) in &form.columns {
            if !self.writer.was_present(*column) {
                let why = Why::ColumnMissing { header: header.clone(), there: there() };
                return Err(at(&form.file, None, Some(*column), why));
            }
        }
        let is_key = |column: &&Column| column.space().is_some();
        if Column::ALL.iter().filter(is_key).any(|column| self.writer.was_present(*column)) {
            return Ok(());
        }
        Err(at(&form.file, None, None, Why::NoKeyColumn { there: there() }))
    }

    fn fail<E: Error>(&mut self, column: Option<Column>, why: Why) -> E {
        self.flaw = Some((column, why));
        E::custom("refused")
    }

    /// What the member at `path` says.
    fn column(&mut self) -> Option<Column> {
        if let Some(known) = self.names.get(&self.path) {
            return *known;
        }
        let column = self.headers.column(&self.path);
        if self.names.len() < NAMES_MAX {
            self.names.insert(self.path.clone(), column);
        }
        if let Some(column) = column {
            self.writer.note_present(column);
        }
        column
    }

    fn put<E: Error>(&mut self, cell: &str) -> Result<(), E> {
        let Some(column) = self.column() else { return Ok(()) };
        self.writer.put(column, cell).map_err(|why| self.fail(Some(column), why))
    }
}

/// The value that holds the list.
struct List<'s, 'w, 'f>(&'s mut Sink<'w, 'f>);
/// One that should be an entry.
struct Entry<'s, 'w, 'f>(&'s mut Sink<'w, 'f>);
/// A member of an entry, at that depth.
struct Member<'s, 'w, 'f>(&'s mut Sink<'w, 'f>, usize);
/// A member beside the list, or the list itself.
struct PerhapsList<'s, 'w, 'f>(&'s mut Sink<'w, 'f>);

macro_rules! seed {
    ($($seed:ident),*) => {$(
        impl<'de> DeserializeSeed<'de> for $seed<'_, '_, '_> {
            type Value = ();

            fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
                input.deserialize_any(self)
            }
        }
    )*};
}

seed!(List, Entry, Member, PerhapsList);

macro_rules! other_scalars {
    ($this:ident, $text:ident => $then:expr) => {
        fn visit_str<E: Error>($this, $text: &str) -> Result<(), E> {
            $then
        }

        fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
            self.visit_str(if flag { "true" } else { "false" })
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
            self.visit_str(&number.to_string())
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
            self.visit_str(&number.to_string())
        }

        fn visit_unit<E: Error>(self) -> Result<(), E> {
            self.visit_str("")
        }
    };
}

impl<'de> Visitor<'de> for List<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        PerhapsList(self.0).visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_key::<IgnoredAny>()?.is_some() {
            members.next_value_seed(PerhapsList(self.0))?;
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.visit_str("")
    }

    other_scalars!(self, _text => Err(self.0.fail(None, Why::NoList)));
}

impl<'de> Visitor<'de> for PerhapsList<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let before = self.0.writer.lines;
        let mut others = false;
        self.0.line = 0;
        loop {
            let lines = self.0.writer.lines;
            self.0.line += 1;
            let Some(()) = list.next_element_seed(Entry(self.0))? else { break };
            others |= self.0.writer.lines == lines;
        }
        let has_entries = self.0.writer.lines > before;
        if has_entries && others {
            return Err(self.0.fail(None, Why::NotAnObject));
        }
        self.0.lists += u32::from(has_entries);
        self.0.empty += u32::from(!has_entries && !others);
        if self.0.lists > 1 {
            return Err(self.0.fail(None, Why::NoList));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    other_scalars!(self, _text => Ok(()));
}

impl<'de> Visitor<'de> for Entry<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.0.path.clear();
        self.0.writer.begin(self.0.line);
        Member(self.0, 0).visit_map(members)?;
        self.0.writer.end().map_err(|why| self.0.fail(None, why))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    other_scalars!(self, _text => Ok(()));
}

impl<'de> Visitor<'de> for Member<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let around = self.0.path.len();
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if around > 0 {
                self.0.path.push('.');
            }
            self.0.path.push_str(&name);
            if self.1 < DEPTH_MAX {
                members.next_value_seed(Member(self.0, self.1 + 1))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
            self.0.path.truncate(around);
        }
        Ok(())
    }

    /// Lists of one's groups or employments say nothing that a column could hold.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    /// Digits may be lost already.
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        match self.0.column().filter(|column| column.is_number()) {
            Some(column) => Err(self.0.fail(Some(column), Why::Scientific)),
            None => self.0.put(&number.to_string()),
        }
    }

    other_scalars!(self, text => self.0.put(text));
}
