//! The description of all this for programs (`OpenAPI` 3.1); a test compares it with real answers.

use crate::serve::Site;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// With addresses as they are where nothing stands before them.
pub(in crate::serve) const DOCUMENT: &str = include_str!("openapi.json");

/// Whoever asks gets it: it tells of nobody.
pub(super) async fn serve(State(site): State<Arc<Site>>) -> Response {
    let base = format!("\"url\": \"{}/\"", site.base);
    let text = DOCUMENT.replacen("\"url\": \"/\"", &base, 1);
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
