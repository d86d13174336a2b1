//! `usher parked`: records that were set aside, why, and what they hold.

pub(in super::super) mod read;
mod rows;
mod shown;

use super::super::errors::codes;
use super::super::{Error as CliError, File, print};
use super::Error;
use super::time::Zone;
use super::waiting::Waiting;
use crate::model::code::Code;
use crate::view::parked::{Filter, Named, Row};
use clap::Args;

pub(in super::super) const EXAMPLES: &str = "\
Reads what usher has set aside, and writes nothing. `show` prints one record whole; what it says of
people is masked, unless you ask for it.

Example:
  usher parked --config usher.yaml
  usher parked --code field.wrong_type --since 2026-11-30T08:00:00Z --config usher.yaml
  usher parked show hr.events/3@4711 --config usher.yaml

Next:
  usher errors field.wrong_type            what a code means, and its cure
  usher replay hr.events/3@4711 --edit --reason mended --config usher.yaml
                                           reads it again, mended";

/// Which records are meant; what is left out takes all.
#[derive(Debug, Args)]
pub(in super::super) struct Filters {
    /// Only what was set aside with this code, such as `field.wrong_type`
    #[arg(long, value_name = "CODE", value_parser = codes(), hide_possible_values = true)]
    code: Option<Code>,
    /// Only what came from this source: the `source` of the event, or the topic
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only what was set aside then or later: 2026-11-30T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what stands there: hr.events/3@4711
    #[arg(long, value_name = "POSITION")]
    position: Option<Named>,
}

impl Filters {
    pub(in super::super) fn is_empty(&self) -> bool {
        let Self { code, source, since, position } = self;
        code.is_none() && source.is_none() && since.is_none() && position.is_none()
    }

    pub(in super::super) fn read(&self, zone: &Zone) -> Result<Filter, CliError> {
        let since = zone.since(self.since.as_deref());
        Ok(Filter {
            tenants: None,
            code: self.code,
            source: self.source.clone(),
            since: since.map_err(Error::from)?,
            position: self.position.clone(),
        })
    }
}

#[derive(Debug, Args)]
pub(in super::super) struct Parked {
    /// `show POSITION` prints one record whole; without it all are listed
    #[arg(value_names = ["show", "POSITION"], num_args = 2)]
    show: Vec<String>,
    #[command(flatten)]
    file: File,
    /// Only this tenant [default: all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    filters: Filters,
    /// With `show`: show what it says of people, too
    #[arg(long, requires = "show")]
    unmasked: bool,
    /// Show times in this zone, and read those without an offset in it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Print one JSON document
    #[arg(long, conflicts_with_all = ["csv", "show"])]
    json: bool,
    /// Print one row a line
    #[arg(long, conflicts_with = "show")]
    csv: bool,
}

impl Parked {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(Error::from)?;
        let mut filter = self.filters.read(&zone)?;
        if let [word, position] = self.show.as_slice() {
            let named = position.parse().ok().filter(|_| word == "show");
            filter.position = Some(named.ok_or_else(|| Error::NotShown(self.show.join(" ")))?);
        }
        let waiting = Waiting::open(&self.file.path())?;
        let tenants = waiting.tenants(self.tenant.as_deref())?;
        // What is no tenant's is shown, too, unless one is named.
        filter.tenants = self.tenant.as_ref().map(|_| tenants);
        let rows = read::rows(&waiting, &filter)?;
        if !self.show.is_empty() {
            return self.show(&waiting, &rows, &zone);
        }
        if self.json {
            return print(&format!("{:#}\n", serde_json::json!({ "rows": rows })));
        }
        print(&if self.csv { rows::csv(&rows)? } else { rows::page(&rows, &zone) })
    }

    fn show(&self, waiting: &Waiting, rows: &[Row], zone: &Zone) -> Result<(), CliError> {
        let places = rows.iter().map(|row| row.at.record.clone()).collect();
        let wholes = read::wholes(waiting, &places)?;
        let mut out = String::new();
        for row in rows {
            let found = wholes.get(&row.at.record);
            out.push_str(&shown::record(row, found, (zone, self.unmasked)));
        }
        if out.is_empty() {
            return Err(Error::NotParked(self.show.join(" ")).into());
        }
        print(&out)
    }
}
