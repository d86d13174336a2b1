//! A real Chromium, driven by its own protocol, and axe-core, which looks at pages as WCAG asks.

mod axe;
mod keys;
mod seen;

use super::supervised::Supervised;
use super::{cache, eventually, missing};
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetScriptExecutionDisabledParams,
};
use chromiumoxide::handler::HandlerConfig;
use chromiumoxide::{Browser as Driver, Page};
use futures::StreamExt;
use seen::Seen;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// A cold start may take that long on a busy machine.
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// As Debian calls the program, and as others do.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser with one page.
pub(crate) struct Browser {
    // Dropped in this order: the connection, then the process.
    _driver: Driver,
    _process: Supervised,
    pub(crate) page: Page,
    axe: &'static str,
    seen: Seen,
}

/// What a browser needs, or why it is not there.
struct Needs {
    program: &'static str,
    axe: String,
}

fn needs() -> Option<&'static Needs> {
    static NEEDS: OnceLock<Result<Needs, String>> = OnceLock::new();
    NEEDS.get_or_init(|| {
        let is_there = |name: &&str| cache::run(Command::new(name).arg("--version")).is_ok();
        let program = NAMES.into_iter().find(is_there);
        let program = program.ok_or("there is no Chromium; install Debian's package `chromium`")?;
        Ok(Needs { program, axe: axe::fetched()? })
    });
    missing::or_say(&NEEDS, "the pages in a browser")
}

impl Browser {
    /// Starts one with nothing remembered; `None`: this machine has none, which was said.
    pub(crate) async fn start() -> Option<Self> {
        let Needs { program, axe } = needs()?;
        let profile = cache::run_directory().join("chromium");
        std::fs::create_dir_all(&profile).unwrap();
        let mut command = Command::new(program);
        command.args(["--headless=new", "--remote-debugging-port=0", "--no-sandbox"]);
        command.args(["--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"]);
        // It would ask its maker for news.
        command.args(["--disable-background-networking", "--disable-component-update"]);
        command.args(["--disable-sync", "--no-default-browser-check", "--disable-extensions"]);
        command.arg(format!("--user-data-dir={}", profile.display())).arg("about:blank");
        let log = cache::run_directory().join("chromium.log");
        let mut process = Supervised::start(&command, &log, Some(&profile));
        let address = eventually("Chromium can be driven", STARTS_WITHIN, async || {
            assert!(process.ended().is_none(), "Chromium has ended: {}", process.said());
            address(&profile)
        })
        .await;
        let config = HandlerConfig { viewport: None, ..HandlerConfig::default() };
        let (driver, mut handler) = Driver::connect_with_config(address, config).await.unwrap();
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = driver.new_page("about:blank").await.unwrap();
        let seen = Seen::of(&page).await;
        Some(Self { _driver: driver, _process: process, page, axe, seen })
    }

    /// Goes there, and waits until it is loaded.
    pub(crate) async fn go(&self, address: &str) {
        self.page.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// What an expression comes to on the page.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, expression: &str) -> T {
        let answer = self.page.evaluate_expression(expression).await;
        let answer = answer.unwrap_or_else(|error| panic!("{expression}: {error}"));
        answer.into_value().unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until an expression is true on the page, whichever page that is by then.
    pub(crate) async fn until(&self, what: &str, expression: &str) {
        eventually(what, Duration::from_secs(20), async || {
            let answer = self.page.evaluate_expression(expression).await.ok()?;
            answer.into_value::<bool>().ok()?.then_some(())
        })
        .await;
    }

    /// Shows pages as somebody has them who likes `dark` or `light`, on a screen so wide.
    pub(crate) async fn dress(&self, scheme: &str, width: i64) {
        let likes = MediaFeature::new("prefers-color-scheme", scheme);
        self.page.emulate_media_features(vec![likes]).await.unwrap();
        let screen = SetDeviceMetricsOverrideParams::new(width, 800, 1.0, false);
        self.page.execute(screen).await.unwrap();
    }

    /// Turns scripts of pages off, or on again.
    pub(crate) async fn without_scripts(&self, off: bool) {
        self.page.execute(SetScriptExecutionDisabledParams::new(off)).await.unwrap();
    }

    /// What breaks WCAG 2.2 AA on the page, a line for each.
    pub(crate) async fn violations(&self) -> Vec<String> {
        axe::violations(self).await
    }

    /// What should not have happened since it was asked last: errors, messages, requests to elsewhere.
    pub(crate) async fn wrongs(&self, origin: &str) -> Vec<String> {
        // What a page does, it has told once an evaluation behind it is answered.
        let _round: bool = self.ask("true").await;
        self.seen.wrongs(origin)
    }
}

/// Where it is driven; it writes that when it listens.
fn address(profile: &Path) -> Option<String> {
    let text = std::fs::read_to_string(profile.join("DevToolsActivePort")).ok()?;
    let (port, path) = text.split_once('\n')?;
    Some(format!("ws://127.0.0.1:{}{}", port.trim(), path.trim()))
}
