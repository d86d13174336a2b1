//! Bytes to text, without guessing.

use super::refused::{Refused, Why};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// How a file writes letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        })
    }
}

/// The text of a file. A mark at its beginning says how it is written; else `said`, else UTF-8.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    said: Option<Encoding>,
    file: &Arc<str>,
) -> Result<Cow<'a, str>, Refused> {
    let refused = |line: u64, why: EncodingFlaw| Refused {
        file: Arc::clone(file),
        line: Some(line),
        column: None,
        why: Why::Encoding(why),
    };
    let (marked, rest) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (Some(Encoding::Utf8), rest),
        [0xff, 0xfe, rest @ ..] => (Some(Encoding::Utf16Le), rest),
        [0xfe, 0xff, rest @ ..] => (Some(Encoding::Utf16Be), rest),
        rest => (None, rest),
    };
    if let (Some(marked), Some(said)) = (marked, said)
        && marked != said
    {
        return Err(refused(1, EncodingFlaw::OtherMark { marked, said }));
    }
    let text =
        match marked.or(said).unwrap_or(Encoding::Utf8) {
            Encoding::Utf8 => match std::str::from_utf8(rest) {
                Ok(text) => Cow::Borrowed(text),
                Err(error) => {
                    let valid = rest.get(..error.valid_up_to()).unwrap_or_default();
                    return Err(refused(line_after(valid), EncodingFlaw::NotUtf8));
                }
            },
            Encoding::Utf16Le => utf16(rest, u16::from_le_bytes)
                .map_err(|line| refused(line, EncodingFlaw::NotUtf16))?,
            Encoding::Utf16Be => utf16(rest, u16::from_be_bytes)
                .map_err(|line| refused(line, EncodingFlaw::NotUtf16))?,
            Encoding::Windows1252 => {
                if !rest.is_ascii() && std::str::from_utf8(rest).is_ok() {
                    return Err(refused(1, EncodingFlaw::IsUtf8));
                }
                windows_1252(rest).map_err(|line| refused(line, EncodingFlaw::NotWindows1252))?
            }
        };
    let spoilt = text.find(['\0', '\u{fffd}']);
    if let Some(at) = spoilt {
        let before = text.get(..at).unwrap_or_default().as_bytes();
        let flaw = if text.as_bytes().get(at) == Some(&0) {
            EncodingFlaw::Zeros
        } else {
            EncodingFlaw::LettersLost
        };
        return Err(refused(line_after(before), flaw));
    }
    Ok(text)
}

/// The number of the line in which the next byte stands.
fn line_after(bytes: &[u8]) -> u64 {
    bytes.iter().fold(1, |line, byte| line + u64::from(*byte == b'\n'))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, u64> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for letter in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(letter.ok().ok_or_else(|| line_after(text.as_bytes()))?);
    }
    if rest.is_empty() { Ok(Cow::Owned(text)) } else { Err(line_after(text.as_bytes())) }
}

/// What the bytes 0x80 to 0x9f are; five of them are nothing.
const WINDOWS: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

fn windows_1252(bytes: &[u8]) -> Result<Cow<'static, str>, u64> {
    let upper: Vec<char> = WINDOWS.chars().collect();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for byte in bytes {
        let letter = match byte {
            0x80..=0x9f => upper.get(usize::from(byte - 0x80)).copied().filter(|it| *it != '\0'),
            other => Some(char::from(*other)),
        };
        text.push(letter.ok_or_else(|| line_after(text.as_bytes()))?);
    }
    Ok(Cow::Owned(text))
}

/// What is wrong with the letters of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingFlaw {
    #[error(
        "bytes that are no UTF-8; export it as UTF-8, or say `encoding: windows-1252` if that is what it is"
    )]
    NotUtf8,
    #[error("bytes that are no UTF-16, or half of a letter at the end; export it again, as UTF-8")]
    NotUtf16,
    #[error(
        "bytes that are no letters in windows-1252; export it as UTF-8, and leave `encoding` out"
    )]
    NotWindows1252,
    #[error("the file is UTF-8, and `encoding` says windows-1252; leave `encoding` out")]
    IsUtf8,
    #[error(
        "zero bytes, as UTF-16 without its mark has them; say `encoding: utf-16le`, or export it as UTF-8"
    )]
    Zeros,
    #[error(
        "the sign for a letter that was lost (U+FFFD); export it from its system again, as UTF-8"
    )]
    LettersLost,
    #[error("the file is marked as {marked}, and `encoding` says {said}; leave `encoding` out")]
    OtherMark { marked: Encoding, said: Encoding },
}
