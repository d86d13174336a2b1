//! `usher schema`: JSON Schemas, for editors that complete and check while one writes, and for whoever
//! reads or writes the topics.

use super::{Error, print};
use crate::config::Settings;
use crate::scim::Dialect;
use crate::story;
use crate::{audit, command, decode, engine, reconcile, rules};
use clap::{Args, ValueEnum};
use schemars::Schema;
use schemars::generate::SchemaSettings;

#[cfg(test)]
mod tests;

#[derive(Debug, Args)]
pub(super) struct PrintSchema {
    /// What kind of file it is for
    #[arg(value_enum)]
    of: Kind,
}

/// The files that people write, and the records of topics.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// The configuration, usher.yaml
    Config,
    /// A rule file
    Rules,
    /// A file of fixtures, for `usher rules test`
    Fixtures,
    /// A dialect file
    Dialect,
    /// One of usher's own events, in a topic of a source or in usher.events
    Event,
    /// The signed bytes of a command, in usher.control
    Command,
    /// A line of the audit, in usher.audit
    Audit,
    /// The headers of a parked record, in usher.parked
    Parked,
    /// What targets have, in usher.inventory
    Inventory,
    /// usher's state, in usher.people
    People,
}

impl PrintSchema {
    pub(super) fn run(&self) -> Result<(), Error> {
        print(&self.of.printed())
    }
}

impl Kind {
    /// The schema, as it is printed.
    fn printed(self) -> String {
        // The last draft that every editor's YAML support knows, and AsyncAPI.
        let settings = SchemaSettings::draft07();
        let mut schema = match self {
            Self::Config => settings.into_generator().into_root_schema_for::<Settings>(),
            Self::Rules => rules::schema(settings),
            Self::Fixtures => story::schema(settings),
            Self::Dialect => with_base(settings.into_generator().into_root_schema_for::<Dialect>()),
            Self::Event => of_parts(decode::schema()),
            Self::Command => command::instruction::schema(settings),
            Self::Audit => audit::schema(settings),
            Self::Parked => of_parts(audit::schema_of_parked()),
            Self::Inventory => reconcile::schema_of_inventory(settings),
            Self::People => of_parts(engine::record::schema()),
        };
        schema.insert("title".to_owned(), self.title().into());
        text(&schema)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Config => "The configuration of usher",
            Self::Rules => "A rule file of usher",
            Self::Fixtures => "Fixtures of usher's rules",
            Self::Dialect => "A dialect of usher",
            Self::Event => "An event of usher's own form",
            Self::Command => "A command of operators, as it is signed",
            Self::Audit => "A line of usher's audit",
            Self::Parked => "The headers of a parked record",
            Self::Inventory => "A record of what targets have",
            Self::People => "A record of usher's state",
        }
    }
}

/// A dialect file says, besides what a dialect holds, which one it stands on.
fn with_base(mut schema: Schema) -> Schema {
    let names: Vec<&str> = Dialect::builtin_names().collect();
    let base = serde_json::json!({
        "description": "The dialect that this one stands on; what is not said here is as it has it.",
        "type": "string",
        "enum": names,
    });
    if let Some(properties) = schema.get_mut("properties").and_then(|found| found.as_object_mut()) {
        properties.insert("base".to_owned(), base);
    }
    schema
}

/// What is made by hand is an object, as every schema is that says something.
fn of_parts(parts: serde_json::Value) -> Schema {
    Schema::try_from(parts).unwrap_or_default()
}

fn text(schema: &Schema) -> String {
    format!("{:#}\n", schema.as_value())
}
