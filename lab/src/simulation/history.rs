//! What happened in a world, one line each, for the eyes of whoever looks for a bug.

use jiff::Timestamp;
use std::fmt;

/// Kept only when somebody will read it: the same seed is run again to get it.
#[derive(Debug)]
pub struct History {
    start: Timestamp,
    lines: Option<Vec<Line>>,
}

#[derive(Debug)]
struct Line {
    at: Timestamp,
    person: Option<usize>,
    text: String,
}

impl History {
    pub fn new(start: Timestamp, kept: bool) -> Self {
        Self { start, lines: kept.then(Vec::new) }
    }

    /// Notes what happened, and to whom. The text is made only if it is kept.
    pub fn note<T: fmt::Display>(
        &mut self,
        at: Timestamp,
        person: Option<usize>,
        text: impl FnOnce() -> T,
    ) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line { at, person, text: text().to_string() });
        }
    }

    /// All of it, times counted from the start, the lines about `person` marked.
    pub fn render(&self, person: Option<usize>) -> String {
        let mut text = String::new();
        for line in self.lines.iter().flatten() {
            let marked = person.is_some() && line.person == person;
            let mark = if marked { '>' } else { ' ' };
            let at = since(self.start, line.at);
            text.extend([format!("{mark} {at:>12}  "), line.text.clone(), "\n".to_owned()]);
        }
        text
    }
}

/// `at` as a time since `start`, in seconds.
pub fn since(start: Timestamp, at: Timestamp) -> String {
    format!("{:.4}s", at.duration_since(start).as_secs_f64())
}
