//! `usher config show`

use super::{Error, print};
use crate::config;
use std::path::Path;

pub(super) fn run(file: &Path) -> Result<(), Error> {
    let loaded = config::load(file)?;
    print(&format!(
        "# usher {}: the effective configuration; after each value, where it came from\n{}{}",
        env!("CARGO_PKG_VERSION"),
        loaded.show(),
        config::proxies_shown(),
    ))
}
