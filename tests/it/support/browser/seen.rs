//! What a browser tells besides: requests, errors and messages that open by themselves.

use chromiumoxide::Page;
use chromiumoxide::cdp::browser_protocol::log::{EventEntryAdded, LogEntryLevel};
use chromiumoxide::cdp::browser_protocol::network::{EnableParams, EventRequestWillBeSent};
use chromiumoxide::cdp::browser_protocol::page::{
    EventJavascriptDialogOpening, HandleJavaScriptDialogParams,
};
use chromiumoxide::cdp::js_protocol::runtime::{
    ConsoleApiCalledType, EventConsoleApiCalled, EventExceptionThrown,
};
use chromiumoxide::listeners::EventStream;
use futures::StreamExt;
use std::sync::{Arc, Mutex};

/// What was told since it was asked last.
#[derive(Clone, Default)]
pub(super) struct Seen {
    requests: Arc<Mutex<Vec<String>>>,
    wrongs: Arc<Mutex<Vec<String>>>,
}

impl Seen {
    /// Listens to a page for as long as it is there.
    pub(super) async fn of(page: &Page) -> Self {
        let seen = Self::default();
        page.execute(EnableParams::default()).await.unwrap();
        page.enable_log().await.unwrap();
        let requests = page.event_listener::<EventRequestWillBeSent>().await.unwrap();
        seen.hear(requests, |seen, event| {
            seen.requests.lock().unwrap().push(event.request.url.clone());
        });
        let entries = page.event_listener::<EventEntryAdded>().await.unwrap();
        // What breaks the policy of the page is told here, too.
        seen.hear(entries, |seen, event| {
            if matches!(event.entry.level, LogEntryLevel::Error | LogEntryLevel::Warning) {
                seen.wrong(format!("{} ({:?})", event.entry.text, event.entry.url));
            }
        });
        let console = page.event_listener::<EventConsoleApiCalled>().await.unwrap();
        seen.hear(console, |seen, event| {
            if matches!(event.r#type, ConsoleApiCalledType::Error | ConsoleApiCalledType::Warning) {
                seen.wrong(format!("the console has {:?}", event.args));
            }
        });
        let thrown = page.event_listener::<EventExceptionThrown>().await.unwrap();
        seen.hear(thrown, |seen, event| {
            seen.wrong(format!("a script throws {:?}", event.exception_details));
        });
        let opened = page.event_listener::<EventJavascriptDialogOpening>().await.unwrap();
        let (this, page) = (seen.clone(), page.clone());
        tokio::spawn(async move {
            let mut opened = opened;
            while let Some(event) = opened.next().await {
                this.wrong(format!("a message opens: {}", event.message));
                // Nothing goes on while it is open.
                drop(page.execute(HandleJavaScriptDialogParams::new(true)).await);
            }
        });
        seen
    }

    fn hear<T>(&self, mut events: EventStream<T>, take: impl Fn(&Self, &T) + Send + 'static)
    where
        T: chromiumoxide::cdp::IntoEventKind + Send + Sync + Unpin + 'static,
    {
        let this = self.clone();
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                take(&this, &event);
            }
        });
    }

    fn wrong(&self, what: String) {
        self.wrongs.lock().unwrap().push(what);
    }

    /// Everything that should not have been.
    pub(super) fn wrongs(&self, origin: &str) -> Vec<String> {
        let mut wrongs = std::mem::take(&mut *self.wrongs.lock().unwrap());
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        let is_ours = |url: &String| {
            url.starts_with(&format!("{origin}/"))
                || url.starts_with("data:")
                || url == "about:blank"
        };
        let strange = requests.into_iter().filter(|url| !is_ours(url));
        wrongs.extend(strange.map(|url| format!("a request goes to {url}")));
        wrongs
    }
}
