//! `usher inventory`: what targets have, as it was last read whole.

mod beside;
mod page;

use super::super::{Error as CliError, File, orders, print};
use super::Error;
use super::time::Zone;
use super::waiting::Waiting;
use crate::inventory::{Inventory, Keeper, Unfit};
use crate::kafka::look::{From, Span, Until};
use crate::model::RawRecord;
use crate::model::ids::{TargetName, TenantName};
use clap::{Args, Subcommand, ValueEnum};

pub(in super::super) const EXAMPLES: &str = "\
Reads what the worker has read, and writes nothing; no target is called. A list that may be cut short
is never kept: then the last whole one is shown, with its age, and why the later one is not believed.
Names are shown, so mind who sees the terminal.

Example:
  usher inventory --config usher.yaml
  usher inventory accounts --target netskope --csv --config usher.yaml
  usher inventory groups --json --config usher.yaml
  usher inventory policies --config usher.yaml

Next:
  usher explain kim@example.com --config usher.yaml
                                           why somebody's account is as it is
  usher status --config usher.yaml         whether anything waits for somebody";

const ADVICE: &str = "run `usher init`";

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Each target, with how many accounts and groups it has, and how fresh that is.
    Targets,
    Accounts,
    /// Groups with their members, and how many policies name each.
    Groups,
    /// Policies, as far as they are read or were imported.
    Policies,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in super::super) struct InventoryCommand {
    #[command(subcommand)]
    command: Option<Order>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Have all that a target has read now
    #[command(after_help = orders::examples::REFRESH)]
    Refresh(Box<orders::Refresh>),
}

impl InventoryCommand {
    pub(in super::super) fn run(&self) -> Result<(), CliError> {
        match &self.command {
            Some(Order::Refresh(refresh)) => refresh.run(),
            None => self.list.run(),
        }
    }
}

#[derive(Debug, Args)]
struct List {
    /// What to list
    #[arg(value_enum, default_value_t = What::Targets)]
    what: What,
    #[command(flatten)]
    file: File,
    /// Only this tenant [default: all]
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Only this target [default: all]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Show times in this zone [default: UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Print one JSON document
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print one row a line
    #[arg(long)]
    csv: bool,
}

impl List {
    fn run(&self) -> Result<(), CliError> {
        let zone = Zone::named(self.zone.as_deref()).map_err(Error::from)?;
        let waiting = Waiting::open(&self.file.path())?;
        let tenants = waiting.tenants(self.tenant.as_deref())?;
        let target = self.target.as_ref().map(TargetName::new);
        waiting.knows_target(&tenants, target.as_ref())?;
        let keeper = read(&waiting)?;
        let mut heads = keeper.heads().map_err(Error::from)?;
        heads.retain(|(tenant, name, _)| {
            tenants.contains(tenant) && target.as_ref().is_none_or(|target| target == name)
        });
        if self.what == What::Targets {
            return print(&match (self.json, self.csv) {
                (true, _) => format!("{:#}\n", page::targets_document(&heads)),
                (_, true) => page::targets_csv(&heads)?,
                _ => page::targets(&heads, &zone),
            });
        }
        let whole = heads.iter().filter(|(_, _, head)| head.complete.is_some());
        let inventories = whole.map(|(tenant, name, _)| keeper.inventory(tenant, name));
        let inventories = inventories.collect::<Result<Vec<Inventory>, Unfit>>();
        let inventories = inventories.map_err(Error::from)?;
        let imports = beside::imports(&waiting, &tenants)?;
        let rows = match self.what {
            What::Groups => page::groups(&inventories, &heads, &imports),
            What::Policies => page::policies(&inventories, &imports),
            What::Targets | What::Accounts => page::accounts(&inventories, &imports),
        };
        print(&match (self.json, self.csv) {
            (true, _) => format!("{:#}\n", rows.document()),
            (_, true) => rows.csv()?,
            _ => rows.page(&zone),
        })
    }
}

/// Everything that lies in the topic of inventories.
pub(in super::super) fn read(waiting: &Waiting) -> Result<Keeper, CliError> {
    let topic = &waiting.kafka().topics.inventory;
    let look = waiting.look();
    let count = look.partitions(topic, ADVICE).map_err(Error::from)?;
    let span = |partition| look.span(topic, partition, From::Earliest, Until::Now);
    let spans = (0..count).map(span).collect::<Result<Vec<Span>, _>>().map_err(Error::from)?;
    let mut keeper = Keeper::default();
    look.read(&spans, |record: RawRecord| {
        if let Some(key) = record.key.as_deref() {
            keeper.take(&String::from_utf8_lossy(key), record.value.as_deref());
        }
        Ok::<_, Error>(())
    })?;
    Ok(keeper)
}

/// Whose inventory it is.
type Place<'a> = (&'a TenantName, &'a TargetName);
