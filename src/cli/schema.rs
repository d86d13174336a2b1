//! `usher schema`: JSON Schemas, for editors that complete and check while one writes.

use super::{Error, print};
use crate::config::Settings;
use crate::rules;
use crate::scim::Dialect;
use crate::story;
use clap::{Args, ValueEnum};
use schemars::Schema;
use schemars::generate::SchemaSettings;

#[derive(Debug, Args)]
pub(super) struct PrintSchema {
    /// What kind of file it is for
    #[arg(value_enum)]
    of: Kind,
}

/// The files that people write.
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
}

impl PrintSchema {
    pub(super) fn run(&self) -> Result<(), Error> {
        // The last draft that every editor's YAML support knows.
        let settings = SchemaSettings::draft07();
        let mut schema = match self.of {
            Kind::Config => settings.into_generator().into_root_schema_for::<Settings>(),
            Kind::Rules => rules::schema(settings),
            Kind::Fixtures => story::schema(settings),
            Kind::Dialect => with_base(settings.into_generator().into_root_schema_for::<Dialect>()),
        };
        schema.insert("title".to_owned(), self.title().into());
        print(&text(&schema))
    }

    fn title(&self) -> &'static str {
        match self.of {
            Kind::Config => "The configuration of usher",
            Kind::Rules => "A rule file of usher",
            Kind::Fixtures => "Fixtures of usher's rules",
            Kind::Dialect => "A dialect of usher",
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

fn text(schema: &Schema) -> String {
    format!("{:#}\n", schema.as_value())
}
