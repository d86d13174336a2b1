//! What one sees: plain lines, in the order of time; colours and a moving line only on a terminal.

use super::calls::Call;
use super::event::Input;
use super::facts::{Decision, Ended, Observation, What};
use super::scenes::Scene;
use super::summary::Summary;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::io::{self, Write};
use usher_lab::provider::faults::Kind;

/// Wider is broken by narrow terminals.
const WIDTH: usize = 100;
/// Of a call's method, and of what it says.
const NAME_WIDTH: usize = 13;
const CALL_WIDTH: usize = 60;

const LEGEND: &[&str] = &[
    "A Kafka, a SCIM provider with Netskope's manners, and usher, all in this process.",
    "",
    "event    what HR or the XDR writes to Kafka       decided  what usher makes of it, in its audit",
    "call     what the provider sees of usher          result   how it ended, in the audit, too",
    "✓        what provider and audit show then        12 ms    since the event",
];

/// How long what follows from an event waits for its decision, to be shown after it.
const DECISION_WITHIN: SignedDuration = SignedDuration::from_secs(3);

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BLUE: &str = "34";
const CYAN: &str = "36";

/// Where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub is_colourful: bool,
    /// A line can be written over.
    pub is_live: bool,
}

pub(super) struct Show<W> {
    out: W,
    look: Look,
    /// Observed, and not shown yet: an older one may still come in.
    pending: Vec<Observation>,
    /// Inputs whose decision is known.
    decided: BTreeSet<String>,
    /// More than one person plays, so lines say who.
    names_people: bool,
    /// The last line will be written over.
    is_open: bool,
}

impl<W: Write> Show<W> {
    pub(super) fn new(out: W, look: Look) -> Self {
        Self {
            out,
            look,
            pending: Vec::new(),
            decided: BTreeSet::new(),
            names_people: false,
            is_open: false,
        }
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.look.is_colourful && !text.is_empty() {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        self.clear()?;
        writeln!(self.out, "{}", text.trim_end())?;
        self.out.flush()
    }

    fn clear(&mut self) -> io::Result<()> {
        if self.is_open {
            self.is_open = false;
            write!(self.out, "\r\x1b[K")?;
        }
        Ok(())
    }

    pub(super) fn opening(&mut self, calls_per_second: u32) -> io::Result<()> {
        let title = self.painted(BOLD, "usher demo: a company's day");
        self.line(&title)?;
        self.line("")?;
        for text in LEGEND {
            self.line(&format!("    {text}"))?;
        }
        self.line("")?;
        self.line(&format!(
            "    The provider takes {calls_per_second} calls a second, so that the day is short; \
             Netskope takes 4."
        ))
    }

    /// The worker has started.
    pub(super) fn ready(&mut self, groups: usize, took: SignedDuration) -> io::Result<()> {
        self.line(&format!(
            "    usher is ready after {:.1} s: it knows who is in the {groups} groups of its rules.",
            took.as_secs_f64()
        ))
    }

    pub(super) fn scene(&mut self, number: usize, scene: &Scene) -> io::Result<()> {
        let title = self.painted(BOLD, &format!("{number:>2}  {}", scene.title));
        self.line("")?;
        self.line(&title)?;
        for text in &scene.intro {
            self.line(&format!("    {text}"))?;
        }
        self.line("")
    }

    /// Another act of a scene begins, with so many people who are told of one by one.
    pub(super) fn act(&mut self, is_first: bool, people: usize) -> io::Result<()> {
        self.names_people = people > 1;
        if is_first { Ok(()) } else { self.line("") }
    }

    /// Something that is done to the provider.
    pub(super) fn aside(&mut self, text: &str) -> io::Result<()> {
        let text = self.painted(YELLOW, text);
        self.line(&format!("{:>10}  {text}", ""))
    }

    pub(super) fn observe(&mut self, observation: Observation) {
        if observation.input.is_of_crowd {
            return;
        }
        if matches!(observation.what, What::Decided(_)) {
            self.decided.insert(observation.input.id.clone());
        }
        self.pending.push(observation);
    }

    /// Shows what happened before `until`, in order. The audit is read later than calls are seen.
    pub(super) fn flush(&mut self, until: Timestamp) -> io::Result<()> {
        self.pending.sort_by_key(Observation::place);
        let old = until.saturating_sub(DECISION_WITHIN).unwrap_or(until);
        let must_wait = |observation: &Observation| {
            let is_known = matches!(observation.what, What::Sent)
                || self.decided.contains(&observation.input.id);
            observation.at >= until || !(is_known || observation.at < old)
        };
        let split = self.pending.iter().position(must_wait).unwrap_or(self.pending.len());
        let due: Vec<_> = self.pending.drain(..split).collect();
        for observation in due {
            let text = self.told(&observation);
            self.line(&text)?;
        }
        Ok(())
    }

    fn told(&self, observation: &Observation) -> String {
        let input = &observation.input;
        let whose = match &observation.what {
            What::Decided(_) | What::Ended(_) | What::Noted { .. } if self.names_people => {
                format!("{}: ", input.person.name())
            }
            _ => String::new(),
        };
        let (colour, word, text) = match &observation.what {
            What::Sent if input.kind.is_empty() => (BOLD, "record", input.says.clone()),
            What::Sent => {
                let text = format!("{}  {}, {}", input.kind, input.person.name(), input.says);
                (BOLD, "event", text)
            }
            What::Decided(decision) => (CYAN, "decided", decided(decision)),
            What::Called(call) => (BLUE, "call", called(call, input, self.names_people)),
            What::Ended(ended) => (GREEN, "result", ended_as(ended)),
            What::Noted { word, text } => (YELLOW, "note", format!("{word}: {text}")),
            What::Parked => {
                (YELLOW, "parked", "the whole record, byte for byte, in usher.parked".to_owned())
            }
        };
        let after = format!("{:>7} ms", observation.after.as_millis());
        let (after, word) =
            (self.painted(DIM, &after), self.painted(colour, &format!("{word:<7}")));
        format!("{after}  {word}  {}", clipped(&format!("{whose}{text}"), WIDTH - 21))
    }

    /// How far it came in the end.
    pub(super) fn progressed(&mut self, text: &str) -> io::Result<()> {
        self.line(&format!("{:>10}  {}", "", clipped(text, WIDTH - 12)))
    }

    /// How far it is, on a line of its own that the next one may replace.
    pub(super) fn progress(&mut self, text: &str) -> io::Result<()> {
        let text = format!("{:>10}  {}", "", self.painted(DIM, &clipped(text, WIDTH - 12)));
        if self.look.is_live {
            write!(self.out, "\r\x1b[K{text}")?;
            self.is_open = true;
            self.out.flush()
        } else {
            self.line(&text)
        }
    }

    pub(super) fn can_write_over(&self) -> bool {
        self.look.is_live
    }

    pub(super) fn verdict(&mut self, holds: bool, says: &str) -> io::Result<()> {
        let mark =
            if holds { self.painted(GREEN, "✓") } else { self.painted(RED, "✗ not so:") };
        self.line(&format!("{:>10}  {mark} {}", "", clipped(says, WIDTH - 24)))
    }

    pub(super) fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        let title = self.painted(BOLD, "The day in numbers");
        self.line("")?;
        self.line(&title)?;
        for text in summary.lines() {
            self.line(&format!("    {text}"))?;
        }
        let (colour, text) = if summary.ok {
            (GREEN, format!("all {} expectations held", summary.expectations))
        } else {
            let failed = summary.failed.len();
            (RED, format!("{failed} of {} expectations did not hold", summary.expectations))
        };
        let text = self.painted(colour, &text);
        self.line(&format!("    {text}"))
    }
}

/// Who it is about is said by the event, unless it is somebody else.
fn called(call: &Call, input: &Input, names_people: bool) -> String {
    let who = match call.people.as_slice() {
        [] => String::new(),
        [person] if *person == input.person && !names_people => String::new(),
        [person] => format!("{}: ", person.name()),
        people => format!("{} people: ", people.len()),
    };
    let says = clipped(&format!("{who}{}", call.says), CALL_WIDTH);
    let answer = match (call.status, call.fault) {
        (Some(status), _) => status.to_string(),
        (None, Some(Kind::DropReply)) => "lost".to_owned(),
        (None, _) => "none".to_owned(),
    };
    format!("{:<NAME_WIDTH$} {says:<CALL_WIDTH$} {answer}", call.name)
}

fn decided(decision: &Decision) -> String {
    let rules = match decision.rules.as_slice() {
        [] => String::new(),
        [rule] => format!(", by the rule {rule}"),
        rules => format!(", by the rules {}", rules.join(", ")),
    };
    let why = decision.why.as_ref().map(|(code, text)| format!(": {code}, {text}"));
    format!("{}{rules}{}", decision.word, why.unwrap_or_default())
}

fn ended_as(ended: &Ended) -> String {
    let read = if ended.is_verified { ", and read back" } else { "" };
    let why = ended.why.as_ref().map(|(code, text)| format!(": {code}, {text}"));
    format!("{}{read}{}", ended.word, why.unwrap_or_default())
}

/// Not wider than that.
fn clipped(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}
