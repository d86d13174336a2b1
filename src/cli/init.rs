//! `usher init`

use super::{Error, File, print, properties, runtime};
use crate::commit;
use crate::config;
use crate::engine::record;
use crate::kafka::topics;
use clap::Args;
use std::fmt::Write;

#[derive(Debug, Args)]
pub(super) struct Init {
    #[command(flatten)]
    file: File,
    /// How many replicas can share the work at most; fixed for ever [default: 1]
    ///
    /// A tenant lives on one shard, a shard on one replica. More shards than replicas is fine.
    #[arg(long, value_name = "N")]
    shards: Option<i32>,
    /// Copies of each topic that Kafka keeps [default: as the brokers say]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    replication_factor: Option<i32>,
}

/// What Kafka takes for "as the brokers say".
const BROKERS_DEFAULT: i32 = -1;

impl Init {
    pub(super) fn run(&self) -> Result<(), Error> {
        let loaded = config::load(&self.file.path())?;
        let kafka = &loaded.kafka();
        properties::check(kafka)?;
        let replication = self.replication_factor.unwrap_or(BROKERS_DEFAULT);
        let runtime = runtime()?;
        let making = runtime.block_on(topics::init(kafka, self.shards, replication))?;
        if making.wants_first_records {
            let record = record::first_record(&making.deployment);
            commit::write_first(kafka, making.deployment.shards, &record)?;
        }
        let report = runtime.block_on(making.finish())?;

        let mut text = String::new();
        for doubt in kafka.doubts() {
            // Writing to a string cannot fail.
            let _infallible = writeln!(text, "warning: {doubt}");
        }
        for topic in &report.created {
            let _infallible = writeln!(text, "created {topic}");
        }
        for topic in &report.made_anew {
            let _infallible =
                writeln!(text, "made anew {topic}: it was empty, and not as it must be");
        }
        for topic in &report.existing {
            let _infallible = writeln!(text, "left as it was: {topic}");
        }
        for problem in &report.problems {
            let _infallible = writeln!(text, "warning: {problem}");
        }
        for doubt in &report.doubts {
            let _infallible = writeln!(text, "warning: {doubt}");
        }
        let (shards, id) = (report.shards, &report.deployment);
        let _infallible = writeln!(text, "this deployment has {shards} shard(s), and the id {id}");
        print(&text)
    }
}
