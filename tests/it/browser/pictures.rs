//! The pictures of the documents, taken of a sandbox. They are made anew where it is asked for:
//! `USHER_TEST_PICTURES=docs/images cargo test --test it pictures_of_the_documents`.

use super::Visit;
use super::company::Company;
use crate::support::browser::Browser;
use crate::support::stage::Stage;
use chromiumoxide::cdp::browser_protocol::emulation::SetScrollbarsHiddenParams;
use chromiumoxide::cdp::browser_protocol::page::{CaptureScreenshotFormat, Viewport};
use chromiumoxide::page::ScreenshotParams;
use std::path::PathBuf;

const WIDTH: i64 = 1400;

/// They are shown smaller than they are taken.
const SCALE: f64 = 0.72;

/// What is shown of each page, from its top, in pixels.
const PICTURES: [(&str, &str, f64); 3] = [
    ("overview", "/t/sandbox/overview", 960.0),
    ("holds", "/t/sandbox/holds?unmask", 640.0),
    ("person", "", 860.0),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_of_the_documents() {
    let Ok(directory) = std::env::var("USHER_TEST_PICTURES") else { return };
    let (browser, stage) = tokio::join!(Browser::start(), Stage::set("pictures"));
    let Some(browser) = browser else { return };
    let company = Company::fill(&stage, "").await;
    let origin = format!("http://127.0.0.1:{}", stage.pages);
    let visit = Visit { browser, stage, company, origin };
    visit.browser.dress("light", WIDTH).await;
    let hidden = SetScrollbarsHiddenParams::new(true);
    visit.browser.page.execute(hidden).await.unwrap();
    visit.log_in(&visit.stage.unmask).await;
    for (name, path, height) in PICTURES {
        let of_person = format!("/t/sandbox/people/{}?unmask", visit.company.people[0]);
        visit.go(if path.is_empty() { &of_person } else { path }).await;
        let width = f64::from(i32::try_from(WIDTH).unwrap());
        let clip = Viewport { x: 0.0, y: 0.0, width, height, scale: SCALE };
        let taken =
            ScreenshotParams::builder().format(CaptureScreenshotFormat::Png).clip(clip).build();
        let picture = visit.browser.page.screenshot(taken).await.unwrap();
        std::fs::write(PathBuf::from(&directory).join(format!("{name}.png")), picture).unwrap();
    }
    visit.stage.end().await;
}
