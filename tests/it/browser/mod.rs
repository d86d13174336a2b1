//! The pages in a real browser, as people meet them: with every liking, with a keyboard alone, without
//! scripts, and full of texts that try to be more than texts.

mod company;
mod pictures;

use crate::support::browser::Browser;
use crate::support::measured;
use crate::support::stage::{PAGES, Stage};
use company::{Company, HOSTILE, SECRETS};
use std::time::Instant;

/// How people have pages: their colours, and how wide it is in pixels.
const DRESSES: [(&str, i64); 3] = [("light", 1280), ("dark", 1280), ("dark", 320)];

/// What tables are about, where that has no room to be read.
const SQUEEZED: &str = "[...document.querySelectorAll('caption')]
    .filter((one) => one.getBoundingClientRect().width < 200).map((one) => one.textContent)";

/// A browser at pages about a company.
struct Visit {
    browser: Browser,
    stage: Stage,
    company: Company,
    origin: String,
}

impl Visit {
    /// Every page of the tenant, and those about something in it.
    fn pages(&self) -> Vec<String> {
        let of_tenant = PAGES.iter().map(|page| format!("/t/sandbox/{page}"));
        let others = ["/", "/about", "/codes/limit.reached", "/t/sandbox/people?state=held"];
        let group = "/t/sandbox/groups/main/VPN_Allowed".to_owned();
        let account = self.company.account.clone();
        let people = self.company.people.iter().map(|id| format!("/t/sandbox/people/{id}"));
        of_tenant.chain(others.map(str::to_owned)).chain([group, account]).chain(people).collect()
    }

    async fn go(&self, path: &str) {
        self.browser.go(&format!("{}{path}", self.origin)).await;
    }

    /// By the form, with the keyboard.
    async fn log_in(&self, token: &str) {
        self.go("/login").await;
        self.browser.tab_to("#token").await;
        self.browser.type_in(token).await;
        self.browser.press("Enter").await;
        let is_there = "document.querySelector('#answer') !== null";
        self.browser.until("the first page is there", is_there).await;
    }

    async fn is_quiet(&self, path: &str) {
        let wrongs = self.browser.wrongs(&self.origin).await;
        assert!(wrongs.is_empty(), "{path}: {wrongs:#?}");
    }

    /// Looks at the page that is there in every dress.
    async fn look(&self, path: &str) {
        for (scheme, width) in DRESSES {
            self.browser.dress(scheme, width).await;
            let violations = self.browser.violations().await;
            assert!(violations.is_empty(), "{path}, {scheme}, {width}: {}", violations.join("\n"));
            let needs: i64 = self.browser.ask("document.documentElement.scrollWidth").await;
            assert!(needs <= width, "{path} needs {needs} pixels, and {width} are there");
            let squeezed: Vec<String> = self.browser.ask(SQUEEZED).await;
            assert!(squeezed.is_empty(), "{path}, {width}: {squeezed:?} have no room");
        }
        self.is_quiet(path).await;
    }

    /// Nothing that names somebody, and no token, is anywhere in what the browser was given.
    async fn tells_nobody(&self, path: &str) {
        let html: String = self.browser.ask("document.documentElement.outerHTML").await;
        for secret in SECRETS.iter().chain([&self.stage.viewer.as_str()]) {
            assert!(!html.contains(secret), "{path} shows {secret}: {html}");
        }
        let kept: String = self.browser.ask("document.cookie + JSON.stringify(localStorage)").await;
        assert!(
            !kept.contains("usher_login") && !kept.contains("usher="),
            "a script may read {kept}"
        );
    }

    /// From the login to a person and to a hold, and nothing but keys.
    async fn by_keys(&self) {
        self.browser.dress("light", 1280).await;
        self.go("/").await;
        self.look("/login").await;
        self.browser.dress("light", 1280).await;
        self.browser.tab_to("#token").await;
        self.browser.type_in(&self.stage.viewer).await;
        self.browser.press("Enter").await;
        self.browser
            .until("the first page is there", "document.querySelector('#answer') !== null")
            .await;
        self.browser.press("Tab").await;
        assert!(self.browser.ask::<bool>("document.activeElement.matches('.skip')").await);
        self.browser.tab_to("nav a[href$='/people']").await;
        self.browser.press("Enter").await;
        self.browser.until("people are there", "location.pathname.endsWith('/people')").await;
        self.browser.tab_to("#q").await;
        self.browser.type_in("ADA@example.com").await;
        self.browser.press("Enter").await;
        self.browser.until("she is found", "location.search.includes('q=ADA')").await;
        self.browser.tab_to("#people a[href*='/people/']").await;
        self.browser.press("Enter").await;
        self.browser.until("her page is there", "document.title.startsWith('Person ')").await;
        self.browser.tab_to("nav a[href$='/holds']").await;
        self.browser.press("Enter").await;
        self.browser.until("holds are there", "document.title.startsWith('Holds')").await;
        self.browser.tab_to("#holds a[href*='/people/']").await;
        let row: String = self.browser.ask("document.activeElement.closest('tr').innerText").await;
        assert!(row.contains("usher approve "), "a hold says what lets it go: {row}");
        self.is_quiet("by keys").await;
    }

    /// What happens comes by itself, and the focus stays where it was.
    async fn follows(&self) {
        self.go("/t/sandbox/people").await;
        let _marked: bool = self.browser.ask("window.isTheSame = true").await;
        self.browser.tab_to("#people a[href*='/people/']").await;
        self.browser.press("Tab").await;
        let stands = "document.activeElement.outerHTML";
        let before: String = self.browser.ask(stands).await;
        let rows = "document.querySelectorAll('#people tbody tr').length";
        let count: usize = self.browser.ask(rows).await;
        company::hire(&self.stage, "late", "Late", "Comer").await;
        self.browser.until("the newcomer is shown", &format!("{rows} > {count}")).await;
        assert!(self.browser.ask::<bool>("window.isTheSame === true").await, "it was loaded anew");
        assert_eq!(self.browser.ask::<String>(stands).await, before, "the focus is lost");
        self.is_quiet("following").await;
        // From here on nothing moves while it is looked at.
        let off = "const one = document.getElementById('refresh-every'); one.value = 'off';
            one.dispatchEvent(new Event('change')); true";
        let _off: bool = self.browser.ask(off).await;
    }

    /// Without scripts the same is there, and forms do what they say.
    async fn without_scripts(&self) {
        self.browser.without_scripts(true).await;
        for path in self.pages() {
            self.go(&path).await;
            let is_whole: bool = self
                .browser
                .ask("document.querySelector('main h1') !== null && !document.querySelector('#refresh-every')")
                .await;
            assert!(is_whole, "{path} is not whole without scripts");
        }
        self.go("/t/sandbox/people").await;
        self.browser.tab_to("#state").await;
        let _chosen: bool = self.browser.ask("document.activeElement.value = 'held'; true").await;
        self.browser.tab_to("form.filters button").await;
        self.browser.press("Enter").await;
        self.browser.until("the list is filtered", "location.search.includes('state=held')").await;
        self.browser.tab_to("form[action$='/logout'] button").await;
        self.browser.press("Enter").await;
        self.browser.until("it is logged out", "document.querySelector('#token') !== null").await;
        self.is_quiet("without scripts").await;
        self.browser.without_scripts(false).await;
    }

    /// With names: what others have filled in is a text, and is shown.
    async fn open(&self) {
        self.log_in(&self.stage.unmask).await;
        let mut hostile = 0;
        for path in self.pages() {
            let mark = if path.contains('?') { "&" } else { "?" };
            let path = format!("{path}{mark}unmask");
            self.go(&path).await;
            self.browser.dress("light", 320).await;
            self.is_quiet(&path).await;
            let alien =
                "document.querySelectorAll('main script, main img, main iframe, main b').length";
            assert_eq!(self.browser.ask::<usize>(alien).await, 0, "{path} has what is not ours");
            let text: String = self.browser.ask("document.body.textContent").await;
            hostile += usize::from(text.contains("<script>"));
            let needs: i64 = self.browser.ask("document.documentElement.scrollWidth").await;
            assert!(needs <= 320, "{path} needs {needs} pixels");
        }
        assert!(hostile >= 4, "the attacks are on {hostile} pages only");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_as_people_need_them_in_a_real_browser() {
    let began = Instant::now();
    let (browser, stage) = tokio::join!(Browser::start(), Stage::set("browser"));
    let Some(browser) = browser else { return };
    let company = Company::fill(&stage, HOSTILE).await;
    measured("a browser and a company to look at", began.elapsed());
    let origin = format!("http://127.0.0.1:{}", stage.pages);
    let visit = Visit { browser, stage, company, origin };
    visit.by_keys().await;
    visit.follows().await;
    for path in visit.pages() {
        visit.go(&path).await;
        visit.look(&path).await;
        visit.tells_nobody(&path).await;
    }
    visit.without_scripts().await;
    visit.open().await;
    measured("pages in a browser", began.elapsed());
    visit.stage.end().await;
}
