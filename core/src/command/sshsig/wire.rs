//! The numbers and strings of which SSH's blobs are made (RFC 4251 §5), read strictly.

use super::Flaw;

/// What is left of a blob.
pub(super) struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    pub(super) fn new(blob: &'a [u8]) -> Self {
        Self(blob)
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Flaw> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(Flaw::CutShort)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Flaw> {
        self.take(1)?.first().copied().ok_or(Flaw::CutShort)
    }

    /// A `uint32`.
    pub(super) fn number(&mut self) -> Result<u32, Flaw> {
        Ok(self.take(4)?.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
    }

    /// A `string`, which is any bytes.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Flaw> {
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        self.take(length)
    }

    /// A positive `mpint` without the zero that its sign may need. There is one way to write it.
    pub(super) fn positive(&mut self) -> Result<&'a [u8], Flaw> {
        match self.string()? {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Ok(rest),
            number if number.first().is_some_and(|first| (1..0x80).contains(first)) => Ok(number),
            _ => Err(Flaw::NumberMalformed),
        }
    }

    /// Nothing may follow what was read.
    pub(super) fn end(&self) -> Result<(), Flaw> {
        if self.0.is_empty() { Ok(()) } else { Err(Flaw::TrailingBytes) }
    }
}

/// Appends `bytes` as a `string`.
pub(super) fn put(blob: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing that is put is near four gigabytes.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    blob.extend(length.to_be_bytes());
    blob.extend(bytes);
}
