//! W3C trace context, wherever the sender put it.
//!
//! A context that is wrong is no reason to refuse an event; it is left out.

use crate::model::RawRecord;
use crate::model::event::TraceContext;

/// The W3C recommendation asks for at least this much of `tracestate`; more is not carried.
const TRACESTATE_BYTES_MAX: usize = 512;

/// The hop's own context, from the record's headers.
pub(super) fn of_record(raw: &RawRecord) -> Option<TraceContext> {
    let header = |name| std::str::from_utf8(raw.header(name)?).ok();
    context(header("traceparent"), header("tracestate"))
}

/// What the two members say together.
pub(super) fn context(traceparent: Option<&str>, tracestate: Option<&str>) -> Option<TraceContext> {
    let traceparent = traceparent.filter(|text| is_traceparent(text))?.to_owned();
    let tracestate = tracestate
        .filter(|text| !text.is_empty() && text.len() <= TRACESTATE_BYTES_MAX)
        .filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
        .map(str::to_owned);
    Some(TraceContext { traceparent, tracestate })
}

/// `00-<32 hex>-<16 hex>-<2 hex>`, neither id all zeros; later versions may only append.
fn is_traceparent(text: &str) -> bool {
    let mut parts = text.splitn(5, '-');
    let mut hex = |digits: usize| {
        parts.next().filter(|part| part.len() == digits && part.bytes().all(is_lower_hex))
    };
    let (version, trace, span, flags) = (hex(2), hex(32), hex(16), hex(2));
    let more = parts.next();
    let is_real = |id: Option<&str>| id.is_some_and(|id| id.bytes().any(|byte| byte != b'0'));
    match version {
        None | Some("ff") => return false,
        Some("00") if more.is_some() => return false,
        Some(_) => {}
    }
    text.len() <= TRACESTATE_BYTES_MAX
        && text.is_ascii()
        && is_real(trace)
        && is_real(span)
        && flags.is_some()
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}
