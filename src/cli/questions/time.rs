//! Instants as people type and read them.
//!
//! A time without an offset counts only with a zone: a guess about somebody's last day helps nobody.

use crate::model::code::Code;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

#[derive(Debug, thiserror::Error)]
pub(in super::super) enum Error {
    #[error(
        "{option} `{text}` is no time; write it with its offset, 2026-10-01T09:00:00+02:00 or \
         2026-10-01T07:00:00Z{besides}"
    )]
    NotUnderstood { option: &'static str, text: String, besides: &'static str },
    #[error("{option} `{text}` has no offset; add one, +02:00 or Z, or name its zone with --zone")]
    NoOffset { option: &'static str, text: String },
    #[error(
        "{option} `{text}` does not exist in {zone}, or comes twice there, for the clocks are changed; \
         write it with its offset"
    )]
    Changed { option: &'static str, text: String, zone: String },
    #[error("there is no time zone `{name}`; write it as Europe/Berlin or America/New_York")]
    NoZone { name: String },
}

impl Error {
    pub(super) fn code(&self) -> Code {
        match self {
            Self::NotUnderstood { .. } | Self::NoOffset { .. } | Self::Changed { .. } => {
                Code::TimeNotUnderstood
            }
            Self::NoZone { .. } => Code::TimeNoSuchZone,
        }
    }
}

/// In which zone times are shown, and read where they have no offset.
#[derive(Clone, Debug)]
pub(in super::super) struct Zone {
    offsets: TimeZone,
    name: String,
    is_chosen: bool,
}

impl Zone {
    /// The zone of this name; UTC if there is none.
    pub(in super::super) fn named(name: Option<&str>) -> Result<Self, Error> {
        let Some(name) = name else {
            return Ok(Self { offsets: TimeZone::UTC, name: "UTC".to_owned(), is_chosen: false });
        };
        let zone = TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_unknown| Error::NoZone { name: name.to_owned() })?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { offsets: zone, name, is_chosen: true })
    }

    /// `besides`: what else the option takes, for the message.
    pub(in super::super) fn read(
        &self,
        option: &'static str,
        text: &str,
        besides: &'static str,
    ) -> Result<Timestamp, Error> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(at);
        }
        let text = text.to_owned();
        // `[America/New_York]` behind a local time would be read over, and another zone's taken.
        let local = text.parse::<DateTime>().ok().filter(|_| !text.contains('['));
        let Some(local) = local else {
            return Err(Error::NotUnderstood { option, text, besides });
        };
        if !self.is_chosen {
            return Err(Error::NoOffset { option, text });
        }
        let at = self.offsets.to_ambiguous_timestamp(local).unambiguous();
        at.map_err(|_changed| Error::Changed { option, text, zone: self.name.clone() })
    }

    /// What stands behind `--since`, if anything does.
    pub(in super::super) fn since(&self, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
        text.map(|text| self.read("--since", text, "")).transpose()
    }

    /// `Fri 2026-10-02 17:00:00 Europe/Berlin`
    pub(in super::super) fn show(&self, at: Timestamp) -> String {
        let local = self.offsets.to_datetime(at);
        format!("{} {}", local.strftime("%a %Y-%m-%d %H:%M:%S"), self.name)
    }
}
