//! The style and the script, under names that change with what is in them.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("assets/serve.css");
const SCRIPT: &str = include_str!("assets/serve.js");

/// The name of the style: `serve-1a2b3c4d.css`.
pub static STYLE_NAME: LazyLock<String> = LazyLock::new(|| named(STYLE, "css"));
/// The name of the script.
pub static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| named(SCRIPT, "js"));

fn named(text: &str, ending: &str) -> String {
    let digest = crate::serve::tokens::hex(&Sha256::digest(text.as_bytes()));
    format!("serve-{}.{ending}", digest.get(..16).unwrap_or(&digest))
}

pub(super) async fn serve(Path(file): Path<String>) -> Response {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    let (kind, text) = if file == *STYLE_NAME {
        ("text/css; charset=utf-8", STYLE)
    } else if file == *SCRIPT_NAME {
        ("text/javascript; charset=utf-8", SCRIPT)
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)], text).into_response()
}
