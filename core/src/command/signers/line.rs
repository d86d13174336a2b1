//! One line: `PRINCIPAL namespaces="command@usher",valid-before="20271231Z" KIND BASE64 COMMENT`.

use super::{Entry, NoPrincipal, Principal};
use crate::command::sshsig::{Flaw, PublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// What is wrong with a line, and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFlaw {
    #[error("a line begins with {0}; give each operator a line of their own")]
    Principal(#[from] NoPrincipal),
    #[error(
        "it does not say what its key signs; write namespaces=\"{}\" behind the name",
        crate::command::sshsig::NAMESPACE
    )]
    NoNamespaces,
    #[error("its namespaces are empty, or patterns; write each out, with commas between them")]
    Namespaces,
    #[error("`cert-authority`: usher takes no certificates; write the key of each operator")]
    Authority,
    #[error(
        "an option is none that usher knows; take namespaces=\"…\", valid-after=\"…\" and \
         valid-before=\"…\", with commas and without blanks between them"
    )]
    UnknownOption,
    #[error("an option has no value in quotes; write it like valid-before=\"20271231Z\"")]
    Unquoted,
    #[error("an option stands there twice; keep one")]
    OptionTwice,
    #[error(
        "`{0}` has no `Z` at its end, so each machine would read it in its own time zone; write the \
         time in UTC, like 20271231Z or 202712311800Z"
    )]
    LocalTime(&'static str),
    #[error("`{0}` is no time; write it like 20271231Z, 202712311800Z or 20271231180000Z")]
    NoTime(&'static str),
    #[error("`valid-before` is not after `valid-after`, so its key would never sign")]
    NeverValid,
    #[error("there is no key; put behind the options what stands in the file that ends with .pub")]
    NoKey,
    #[error(
        "the key is of another kind than the word before it says; copy both from one .pub file"
    )]
    OtherKind,
    #[error("{0}; put in what stands in the file that ends with .pub")]
    Key(#[from] Flaw),
    #[error("its key stands in a line above, too; a key is one person's, and needs one line")]
    KeyTwice,
}

const AFTER: &str = "valid-after";
const BEFORE: &str = "valid-before";

/// What the options of a line say.
#[derive(Default)]
struct Options {
    namespaces: Option<Vec<String>>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

pub(super) fn read(line: &str) -> Result<(PublicKey, Entry), LineFlaw> {
    let (name, rest) = word(line);
    let principal = Principal::parse(name)?;
    let mut options = Options::default();
    let is_kind = ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| rest.starts_with(kind));
    let rest = if is_kind { rest } else { options.read(rest)? };
    let Options { namespaces, after, before } = options;
    let namespaces = namespaces.ok_or(LineFlaw::NoNamespaces)?;
    if after.zip(before).is_some_and(|(after, before)| after >= before) {
        return Err(LineFlaw::NeverValid);
    }
    Ok((key(rest)?, Entry { principal, namespaces, after, before }))
}

/// The first word, and what follows the blanks behind it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_ascii_start())
}

fn key(text: &str) -> Result<PublicKey, LineFlaw> {
    let (kind, rest) = word(text);
    let (base64, _comment) = word(rest);
    if base64.is_empty() {
        return Err(LineFlaw::NoKey);
    }
    let blob = STANDARD.decode(base64).map_err(|_its_place_helps_nobody| Flaw::NotBase64)?;
    let key = PublicKey::parse(&blob)?;
    if key.kind() == kind { Ok(key) } else { Err(LineFlaw::OtherKind) }
}

impl Options {
    /// Reads options up to the first blank outside of quotes, and gives what follows it.
    fn read<'a>(&mut self, mut text: &'a str) -> Result<&'a str, LineFlaw> {
        loop {
            let end = text.find(['=', ',', ' ', '\t']).unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            // OpenSSH takes the names of options in any case.
            let name = name.to_ascii_lowercase();
            if name == "cert-authority" {
                return Err(LineFlaw::Authority);
            }
            if !["namespaces", AFTER, BEFORE].contains(&name.as_str()) {
                return Err(LineFlaw::UnknownOption);
            }
            let value = rest.strip_prefix("=\"").ok_or(LineFlaw::Unquoted)?;
            let (value, rest) = value.split_once('"').ok_or(LineFlaw::Unquoted)?;
            self.set(&name, value)?;
            match rest.strip_prefix(',') {
                Some(more) => text = more,
                None if rest.is_empty() => return Err(LineFlaw::NoKey),
                None if rest.starts_with([' ', '\t']) => return Ok(rest.trim_ascii_start()),
                None => return Err(LineFlaw::UnknownOption),
            }
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), LineFlaw> {
        let was_there = match name {
            AFTER => self.after.replace(instant(AFTER, value)?).is_some(),
            BEFORE => self.before.replace(instant(BEFORE, value)?).is_some(),
            _ => self.namespaces.replace(namespaces(value)?).is_some(),
        };
        if was_there { Err(LineFlaw::OptionTwice) } else { Ok(()) }
    }
}

fn namespaces(value: &str) -> Result<Vec<String>, LineFlaw> {
    let is_plain = |name: &str| {
        !name.is_empty()
            && !name.contains(['*', '?', '!', '\\'])
            && !name.contains(char::is_whitespace)
    };
    let names: Vec<_> = value.split(',').map(str::to_owned).collect();
    if names.iter().all(|name| is_plain(name)) { Ok(names) } else { Err(LineFlaw::Namespaces) }
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, in UTC.
fn instant(option: &'static str, value: &str) -> Result<Timestamp, LineFlaw> {
    let digits = value.strip_suffix('Z').ok_or(LineFlaw::LocalTime(option))?;
    utc(digits).ok_or(LineFlaw::NoTime(option))
}

fn utc(digits: &str) -> Option<Timestamp> {
    let is_whole = matches!(digits.len(), 8 | 12 | 14);
    if !is_whole || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What a shorter form leaves out is zero.
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |it| it.parse().ok());
    let year = digits.get(..4)?.parse().ok()?;
    let day = Date::new(year, part(4, 6)?, part(6, 8)?).ok()?;
    let time = Time::new(part(8, 10)?, part(10, 12)?, part(12, 14)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(day.to_datetime(time)).ok()
}
