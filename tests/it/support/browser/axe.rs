//! axe-core, fetched by npm into the cache of the tests and never committed, for its licence is the MPL.

use super::Browser;
use crate::support::cache;
use serde_json::Value;
use std::fs;
use std::process::Command;

const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// What is asked of each page, and told of what breaks it.
const RUN: &str =
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    .then((told) => told.violations.map((one) => ({
        id: one.id, help: one.help,
        where: one.nodes.slice(0, 3).map((node) => node.html + ': ' + node.failureSummary),
    })))";

/// The text of the script.
pub(super) fn fetched() -> Result<String, String> {
    let source = cache::scripts().join("axe");
    let recipe = FILES.map(|file| fs::read_to_string(source.join(file)).unwrap()).concat();
    let directory = cache::fetched("axe", &recipe, |directory| {
        for file in FILES {
            fs::copy(source.join(file), directory.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(directory);
        cache::run(&mut npm)
    })?;
    let script = directory.join("node_modules/axe-core/axe.min.js");
    fs::read_to_string(&script)
        .map_err(|error| format!("{} cannot be read: {error}", script.display()))
}

/// The script is put in by the protocol, which the page's policy does not bind.
pub(super) async fn violations(browser: &Browser) -> Vec<String> {
    let is_there: bool = browser.ask("typeof axe === 'object'").await;
    if !is_there {
        let _loaded: bool = browser.ask(&format!("{}; true", browser.axe)).await;
    }
    let told: Vec<Value> = browser.ask(RUN).await;
    told.into_iter().map(|one| format!("{one:#}")).collect()
}
