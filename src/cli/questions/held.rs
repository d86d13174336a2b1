//! `usher held`: what waits for somebody, and what is paused.

use super::super::errors::codes;
use super::super::{Error as CliError, File, print};
use super::time::Zone;
use super::waiting::Waiting;
use super::{Error, rows_of_holds};
use crate::clock::Clock;
use crate::model::code::Code;
use crate::model::ids::TargetName;
use crate::view::held::Filter;
use clap::Args;
use std::io::Write as _;

pub(in super::super) const EXAMPLES: &str = "\
Reads what usher has committed, and writes nothing. Names are shown, so mind who sees the terminal.
Of a digest any beginning that no other has will do for `usher approve` and `usher reject`.

Example:
  usher held --config usher.yaml
  usher held --code limit.reached --since 2026-11-30T08:00:00Z --config usher.yaml
  usher held --target netskope --csv --config usher.yaml

Next:
  usher explain kim@example.com --config usher.yaml
                                           why somebody's account is to change
  usher errors limit.reached               what a code means";

/// Which rows are meant; what is left out takes all.
#[derive(Debug, Args)]
pub(in super::super) struct Filters {
    /// Only what waits at this target
    #[arg(long, value_name = "NAME")]
    pub(in super::super) target: Option<String>,
    /// Only what waits for this person: an id, or a name, whole
    #[arg(long, value_name = "PERSON")]
    pub(in super::super) person: Option<String>,
    /// Only what waits with this code, such as `limit.reached`
    #[arg(long, value_name = "CODE", value_parser = codes(), hide_possible_values = true)]
    pub(in super::super) code: Option<Code>,
    /// Only what began to wait then or later: 2026-11-30T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(in super::super) since: Option<String>,
}

impl Filters {
    pub(in super::super) fn is_empty(&self) -> bool {
        let Self { target, person, code, since } = self;
        target.is_none() && person.is_none() && code.is_none() && since.is_none()
    }

    pub(in super::super) fn read(&self, zone: &Zone) -> Result<Filter, CliError> {
        let since = zone.since(self.since.as_deref());
        Ok(Filter {
            target: self.target.as_ref().map(TargetName::new),
            person: self.person.clone(),
            code: self.code,
            since: since.map_err(Error::from)?,
        })
    }
}

#[derive(Debug, Args)]
pub(in super::super) struct Held {
    #[command(flatten)]
    file: File,
    /// Only this tenant [default: all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[command(flatten)]
    filters: Filters,
    /// Show times in this zone, and read those without an offset in it [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Print one JSON document
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print one row a line; what else is to be said goes to standard error
    #[arg(long)]
    csv: bool,
}

impl Held {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(Error::from)?;
        let filter = self.filters.read(&zone)?;
        let waiting = Waiting::open(&self.file.path())?;
        let tenants = waiting.tenants(self.tenant.as_deref())?;
        waiting.knows_target(&tenants, filter.target.as_ref())?;
        let held = waiting.held(&tenants, &filter, Clock::of_this_process().now())?;
        if self.json {
            return print(&format!("{:#}\n", serde_json::json!(held)));
        }
        if self.csv {
            let mut beside = std::io::stderr().lock();
            write!(beside, "{}", rows_of_holds::pauses(held.pauses(), &zone))?;
            write!(beside, "{}", rows_of_holds::stops(held.stops(), &zone))?;
            return print(&rows_of_holds::csv(held.rows())?);
        }
        print(&rows_of_holds::page(&held, &zone))
    }
}
