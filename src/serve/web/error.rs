//! What is said where a page cannot be shown.

use super::visit::{self, Format, Visit};
use crate::observe::chain;
use crate::serve::Site;
use crate::serve::pages::{Page, Part, Place, layout};
use crate::serve::reading::RecordsError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::html;

/// An answer that is none of the pages.
#[derive(Debug)]
pub struct Refused(Box<Response>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl Refused {
    /// Whoever is not logged in is asked to be; a program is told so.
    pub(super) fn login(site: &Site, path: &str, format: Format) -> Self {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        let is_page = format == Format::Html && !matches!(ending, Some("csv" | "json"));
        let path = path.strip_prefix(&site.base).unwrap_or("/");
        let response = if is_page && path != "/events" {
            let next = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
            visit::redirect(&format!("{}/login?next={next}", site.base))
        } else {
            let asked = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
            (StatusCode::UNAUTHORIZED, asked, "not logged in\n").into_response()
        };
        Self(Box::new(response))
    }

    /// Records could not be read.
    pub fn unread(visit: &Visit, error: &RecordsError) -> Self {
        tracing::warn!(error = chain(error), path = visit.path, "a page cannot be shown");
        refused(
            visit,
            StatusCode::SERVICE_UNAVAILABLE,
            "Kafka did not give the records of this page",
            "Try again in a moment; the first page says since when Kafka has not answered.",
        )
    }
}

/// A page that says why there is none.
pub(super) fn refused(visit: &Visit, status: StatusCode, title: &str, cure: &str) -> Refused {
    let response = match visit.format {
        Format::Html => visit::html(status, page(visit, title, cure)),
        Format::Csv | Format::Json => {
            let told = serde_json::json!({ "statusCode": status.as_u16(), "error": title, "message": cure });
            (status, visit::json(&told)).into_response()
        }
    };
    Refused(Box::new(response))
}

/// The page itself.
fn page(visit: &Visit, title: &str, cure: &str) -> String {
    let told = Page {
        title: title.to_owned(),
        place: Place::Elsewhere,
        tenant: None,
        parts: vec![Part::Markup(html! { p { (cure) } })],
    };
    layout::page(visit, &told).into_string()
}
