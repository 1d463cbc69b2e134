//! One gzip member of two halves, of which the first was compressed before anybody asked.
//!
//! A deflate stream may be cut at a byte boundary after a sync flush, and checksums combine, so the large inventory is
//! compressed once for each change, the small rest for each scrape. It has to be one member: curl and others stop
//! silently after the first.

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};

/// Magic, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Where a deflated text stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    First,
    Last,
}

/// The first half of a gzip member.
#[derive(Clone, Debug)]
pub struct Deflated {
    bytes: Bytes,
    checksum: Hasher,
}

/// Compresses a text as the first half of a member.
pub fn deflate(text: &[u8]) -> Deflated {
    let mut bytes = HEADER.to_vec();
    deflate_into(&mut bytes, text, Place::First);
    bytes.shrink_to_fit();
    Deflated { bytes: bytes.into(), checksum: checksum(text) }
}

/// A whole member of a first half and a text that follows it: the halves share their bytes with nobody or everybody,
/// nothing is copied.
pub fn gzip_member(first: &Deflated, rest: &[u8]) -> [Bytes; 2] {
    let mut checksum = first.checksum.clone();
    checksum.combine(&self::checksum(rest));
    let mut last = Vec::new();
    deflate_into(&mut last, rest, Place::Last);
    last.extend_from_slice(&checksum.clone().finalize().to_le_bytes());
    last.extend_from_slice(&length_modulo(&checksum).to_le_bytes());
    [first.bytes.clone(), last.into()]
}

fn checksum(text: &[u8]) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.update(text);
    hasher
}

/// The member's last field: the length of its text modulo 2^32.
fn length_modulo(hasher: &Hasher) -> u32 {
    u32::try_from(hasher.total_len() & u64::from(u32::MAX)).expect("masked to 32 bits")
}

fn deflate_into(out: &mut Vec<u8>, text: &[u8], place: Place) {
    let flush = match place {
        Place::First => FlushCompress::Sync,
        Place::Last => FlushCompress::Finish,
    };
    let mut stream = Compress::new(Compression::fast(), false);
    loop {
        let consumed = usize::try_from(stream.total_in()).expect("no more than the text's length");
        out.reserve((text.len() - consumed) / 8 + 1024);
        let status = stream.compress_vec(&text[consumed..], out, flush).expect("deflate takes any bytes");
        let all_consumed = stream.total_in() == text.len() as u64;
        // Room left over after a sync flush means that nothing is held back.
        let done = match place {
            Place::First => all_consumed && out.len() < out.capacity(),
            Place::Last => status == Status::StreamEnd,
        };
        if done {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use proptest::prelude::*;
    use std::io::Read as _;

    /// What a reader that knows one member only makes of the bytes.
    fn first_member(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut text).expect("a valid member");
        text
    }

    #[test]
    fn any_two_halves_are_one_member() {
        proptest!(|(first in any::<Vec<u8>>(), rest in any::<Vec<u8>>())| {
            let member = gzip_member(&deflate(&first), &rest).concat();
            prop_assert_eq!(first_member(&member), [first, rest].concat());
        });
    }

    #[test]
    fn a_long_text_comes_back_whole_from_any_room() {
        for lines in [0, 1, 1_000, 50_000] {
            let first: String = (0..lines).map(|line| (line * 7919).to_string() + "\n").collect();
            let deflated = deflate(first.as_bytes());
            let member = gzip_member(&deflated, b"# EOF\n").concat();
            assert_eq!(first_member(&member), [first.as_bytes(), b"# EOF\n"].concat());
            assert_eq!(gzip_member(&deflated, b"# EOF\n").concat(), member, "a first half is used again and again");
        }
    }
}
