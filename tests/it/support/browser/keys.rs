//! Somebody who has nothing but a keyboard.

use super::Browser;
use chromiumoxide::cdp::browser_protocol::input::{
    DispatchKeyEventParams, DispatchKeyEventType, InsertTextParams,
};

/// So often one presses Tab before one gives up.
const TABS_MOST: usize = 60;

/// The focus is where it can be seen: on an element, within the window, with an outline.
const SEEN: &str = "(() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const outline = parseFloat(getComputedStyle(one).outlineWidth);
    return outline >= 2 && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
})()";

impl Browser {
    /// Presses a key: `Tab`, `Enter`.
    pub(crate) async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            other => panic!("nobody has taught the tests to press {other}"),
        };
        for kind in [DispatchKeyEventType::KeyDown, DispatchKeyEventType::KeyUp] {
            let mut event = DispatchKeyEventParams::builder();
            event = event.r#type(kind.clone()).key(key).code(key).windows_virtual_key_code(code);
            if let (DispatchKeyEventType::KeyDown, Some(text)) = (kind, text) {
                event = event.text(text);
            }
            self.page.execute(event.build().unwrap()).await.unwrap();
        }
    }

    /// Types into what has the focus.
    pub(crate) async fn type_in(&self, text: &str) {
        self.page.execute(InsertTextParams::new(text)).await.unwrap();
    }

    /// Presses Tab until the focus is on `selector`, and sees it at each stop.
    pub(crate) async fn tab_to(&self, selector: &str) {
        for _ in 0..TABS_MOST {
            self.press("Tab").await;
            let stands: String = self.ask("document.activeElement.outerHTML.slice(0, 200)").await;
            if stands.starts_with("<body") {
                continue;
            }
            assert!(self.ask::<bool>(SEEN).await, "the focus cannot be seen on {stands}");
            let quoted = serde_json::json!(selector);
            if self.ask::<bool>(&format!("document.activeElement.matches({quoted})")).await {
                return;
            }
        }
        let page: String = self.ask("location.pathname").await;
        panic!("{TABS_MOST} presses of Tab on {page} do not lead to {selector}");
    }
}
