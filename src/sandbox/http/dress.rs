//! Bodies in the dress that manners put them into: a byte order mark, or gzip that nobody asked for.

use axum::body::Bytes;
use usher_lab::provider::quirks::Quirks;

const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// The most that one stored block of a deflate stream holds (RFC 1951 §3.2.4).
const BLOCK_BYTES_MAX: usize = 65_535;

/// The body as it leaves, and whether it is compressed.
pub(super) fn dressed(body: Bytes, quirks: &Quirks) -> (Bytes, bool) {
    if body.is_empty() {
        return (body, false);
    }
    let body =
        if quirks.bodies_begin_with_bom { Bytes::from([BOM, &*body].concat()) } else { body };
    if quirks.bodies_are_gzipped { (Bytes::from(gzip(&body)), true) } else { (body, false) }
}

/// RFC 1952, in blocks that are stored as they are: no client can tell by more than the size.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = body.chunks(BLOCK_BYTES_MAX).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    packed.extend(crc32(body).to_le_bytes());
    // The size is told modulo 2^32.
    let size = u32::try_from(body.len() & 0xffff_ffff).unwrap_or(u32::MAX);
    packed.extend(size.to_le_bytes());
    packed
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn long_bodies_stand_in_several_blocks() {
        let body = vec![b'x'; BLOCK_BYTES_MAX + 1];
        let packed = gzip(&body);
        // Head, two blocks with five bytes of head each, checksum and size.
        assert_eq!(packed.len(), 10 + 2 * 5 + body.len() + 8);
        assert_eq!((packed[10], packed[10 + 5 + BLOCK_BYTES_MAX]), (0, 1));
    }
}
