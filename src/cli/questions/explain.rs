//! `usher explain`: why a person's accounts are as they are.

use super::super::{Error as CliError, print};
use super::{Error, Which, history, page, people};
use crate::clock::Clock;
use crate::view::history::Search;
use crate::view::matter::Matter;
use clap::Args;
use std::collections::BTreeSet;

pub(in super::super) const EXAMPLES: &str = "\
Reads what usher has committed, and writes nothing: no group is joined and no target is called, so it
can be run while usher works. Names are shown, so mind who sees the terminal.

Example:
  usher explain kim@example.com --config usher.yaml
  usher explain 10044 --at 2026-10-01T17:00:00+02:00 --config usher.yaml
  usher explain kim@example.com --zone Europe/Berlin --json --config usher.yaml

Next:
  usher errors deletion                    what a code in the answer means";

#[derive(Debug, Args)]
pub(in super::super) struct Explain {
    /// A person's id, or any of the names by which HR or a target knows them, whole
    #[arg(value_name = "PERSON")]
    person: String,
    #[command(flatten)]
    which: Which,
    /// Judge as of this instant, by what is known now about it: 2026-10-01T09:00:00+02:00
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Show times in this zone, and read those without an offset in it [default: the tenant's, else UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Lines of the audit to show, the newest
    #[arg(long, value_name = "N", default_value_t = 30)]
    lines: usize,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        let scope = self.which.scope()?;
        let zone = scope.zone(self.zone.as_deref())?;
        let at = self.at.as_ref().map(|text| zone.read("--at", text, ""));
        let at = at.transpose().map_err(Error::from)?;
        let (kafka, look) = scope.look()?;

        let found = people::find(&look, &kafka, &scope, &self.person)?;
        let kinds: BTreeSet<String> = found.kinds().map(|kind| kind.to_string()).collect();
        let known = found.known();
        let people = found.into_people();
        let kept = match people.as_slice() {
            [one] => one,
            [] => {
                let kinds = std::iter::once("id of a person".to_owned()).chain(kinds);
                return Err(Error::NoSuchPerson {
                    tenant: scope.view.tenant.to_string(),
                    kinds: kinds.collect(),
                    people: known,
                }
                .into());
            }
            several => {
                print(&page::several(several))?;
                return Err(Error::SeveralPeople { found: several.len() }.into());
            }
        };
        let now = Clock::of_this_process().now();
        let judged_at = at.unwrap_or(now);
        let search = Search { kept, until: judged_at.min(now), most: self.lines };
        let history = history::read(&look, &kafka, search)?;
        let matter =
            Matter { scope: &scope.view, kept, at: judged_at, is_now: at.is_none(), history };
        let told = matter.judge();
        print(&if self.json {
            format!("{:#}\n", serde_json::json!(told))
        } else {
            page::page(&told, &zone)
        })
    }
}
