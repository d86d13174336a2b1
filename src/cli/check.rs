//! `usher config check`

use super::{Error, print, properties};
use crate::clock::Clock;
use crate::config;
use crate::{operators, tenants};
use jiff::tz::TimeZone;
use std::fmt::Write;
use std::path::Path;

pub(super) fn run(file: &Path) -> Result<(), Error> {
    let loaded = config::load(file)?;
    let kafka = loaded.kafka();
    properties::check(&kafka)?;
    let tenants = tenants::load(&loaded)?;
    let operators = operators::load(&loaded)?;
    let now = Clock::of_this_process().now();
    let of_lists = tenants::check_lists(&loaded, TimeZone::UTC.to_datetime(now).date())?;
    let mut text = String::new();
    let doubts = tenants.iter().flat_map(tenants::doubts);
    for doubt in kafka
        .doubts()
        .into_iter()
        .chain(doubts)
        .chain(of_lists)
        .chain(loaded.settings.doubts_of_doors())
        .chain(operators::doubts(&loaded, operators.operators()))
    {
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "warning: {doubt}");
    }
    let targets: usize = tenants.iter().map(|tenant| tenant.providers.len()).sum();
    let _infallible = writeln!(
        text,
        "{} is right: {} tenant(s), {targets} target(s). Kafka and the targets were not asked.",
        file.display(),
        tenants.len(),
    );
    print(&text)
}
