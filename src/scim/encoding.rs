//! Bodies as they come: compressed though nobody asked, with a byte order mark, or in UTF-16.
//!
//! Known by their first bytes, for the headers that should say so are missing as often as not; only
//! what some call `deflate` has none that tell.

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// A body without its wrappings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Text(Vec<u8>),
    /// The wrapping is torn.
    Broken,
    /// Unwrapped, it is larger than allowed.
    TooLarge,
}

/// `is_deflated`: a header says so.
pub(super) fn plain(bytes: Vec<u8>, is_deflated: bool, bytes_max: usize) -> Plain {
    let unpacked = match bytes.as_slice() {
        [0x1f, 0x8b, ..] => unpack(MultiGzDecoder::new(bytes.as_slice()), bytes_max),
        [0x78, second, ..] if (0x7800 + u16::from(*second)).is_multiple_of(31) => {
            unpack(ZlibDecoder::new(bytes.as_slice()), bytes_max)
        }
        [_, ..] if is_deflated => match unpack(DeflateDecoder::new(bytes.as_slice()), bytes_max) {
            Plain::Broken => Plain::Text(bytes),
            unpacked => unpacked,
        },
        _ => Plain::Text(bytes),
    };
    match unpacked {
        Plain::Text(bytes) => text(bytes),
        other => other,
    }
}

fn unpack(packed: impl Read, bytes_max: usize) -> Plain {
    let mut bytes = Vec::new();
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    match packed.take(most).read_to_end(&mut bytes) {
        Ok(length) if length > bytes_max => Plain::TooLarge,
        Ok(_) => Plain::Text(bytes),
        Err(_) => Plain::Broken,
    }
}

/// The text in UTF-8, without a byte order mark.
fn text(bytes: Vec<u8>) -> Plain {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let (pairs, []) = bytes.as_chunks::<2>() else { return Plain::Broken };
        let units: Vec<u16> = pairs.iter().map(|pair| read(*pair)).collect();
        String::from_utf16(&units).map_or(Plain::Broken, |text| Plain::Text(text.into_bytes()))
    };
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => Plain::Text(rest.to_vec()),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // JSON begins with two ASCII letters, so a zero among them tells the rest.
        [0, second, ..] if *second != 0 => utf16(&bytes, u16::from_be_bytes),
        [first, 0, _, ..] if *first != 0 => utf16(&bytes, u16::from_le_bytes),
        _ => Plain::Text(bytes),
    }
}
