//! One gzip member of many parts, most of which were compressed before anybody asked.
//!
//! A deflate stream may be cut at a byte boundary after a sync flush, and checksums combine, so each family is
//! compressed once for each change and the exporter's own metrics for each scrape. It has to be one member: curl and
//! others stop silently after the first.

use std::sync::Arc;

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};

/// Magic, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Checksum and length of the text so far.
pub(super) type Checksum = Hasher;

/// A part of a member that others may follow.
#[derive(Debug)]
pub(super) struct Deflated {
    bytes: Bytes,
    checksum: Checksum,
}

/// Compresses a text that lies in segments as a part that others may follow.
pub(super) fn deflate(segments: &[Bytes]) -> Deflated {
    let (mut bytes, mut checksum) = (Vec::new(), Hasher::new());
    let mut stream = Compress::new(Compression::fast(), false);
    for segment in segments {
        checksum.update(segment);
        feed(&mut stream, &mut bytes, segment, FlushCompress::None);
    }
    feed(&mut stream, &mut bytes, &[], FlushCompress::Sync);
    bytes.shrink_to_fit();
    Deflated { bytes: bytes.into(), checksum }
}

/// The beginning of a member: its header and the parts, which share their bytes with every other member.
pub(super) fn beginning<'a>(parts: impl IntoIterator<Item = &'a Deflated>) -> (Arc<[Bytes]>, Checksum) {
    let (mut segments, mut whole) = (vec![Bytes::from_static(&HEADER)], Hasher::new());
    for Deflated { bytes, checksum } in parts {
        segments.push(bytes.clone());
        whole.combine(checksum);
    }
    (segments.into(), whole)
}

/// The end of a member: its last text and what closes it.
pub(super) fn ending(so_far: &Checksum, text: &[u8]) -> Bytes {
    let mut whole = so_far.clone();
    whole.update(text);
    let mut bytes = Vec::new();
    feed(&mut Compress::new(Compression::fast(), false), &mut bytes, text, FlushCompress::Finish);
    bytes.extend_from_slice(&whole.clone().finalize().to_le_bytes());
    bytes.extend_from_slice(&length_modulo(&whole).to_le_bytes());
    bytes.into()
}

/// The member's last field: the length of its text modulo 2^32.
fn length_modulo(whole: &Checksum) -> u32 {
    u32::try_from(whole.total_len() & u64::from(u32::MAX)).expect("masked to 32 bits")
}

/// Feeds a text to a stream until nothing of it is left, nor of what the flush asks for.
fn feed(stream: &mut Compress, out: &mut Vec<u8>, text: &[u8], flush: FlushCompress) {
    let begun = stream.total_in();
    loop {
        let consumed = usize::try_from(stream.total_in() - begun).expect("no more than the text's length");
        out.reserve((text.len() - consumed) / 8 + 1024);
        let status = stream.compress_vec(&text[consumed..], out, flush).expect("deflate takes any bytes");
        let all_consumed = stream.total_in() - begun == text.len() as u64;
        let done = match flush {
            FlushCompress::None => all_consumed,
            FlushCompress::Finish => status == Status::StreamEnd,
            // Room left over means that nothing is held back.
            _ => all_consumed && out.len() < out.capacity(),
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

    /// What a reader that knows one member only makes of the parts and their end.
    fn read(parts: &[Vec<Bytes>], end: &[u8]) -> Vec<u8> {
        let deflated: Vec<Deflated> = parts.iter().map(|segments| deflate(segments)).collect();
        let (beginning, checksum) = beginning(&deflated);
        let member = [beginning.concat(), ending(&checksum, end).to_vec()].concat();
        let mut text = Vec::new();
        let mut decoder = GzDecoder::new(member.as_slice());
        decoder.read_to_end(&mut text).expect("a valid member");
        assert!(decoder.into_inner().is_empty(), "nothing follows the member");
        text
    }

    #[test]
    fn any_parts_are_one_member() {
        let segments = prop::collection::vec(any::<Vec<u8>>().prop_map(Bytes::from), 0..4);
        proptest!(|(parts in prop::collection::vec(segments, 0..4), end in any::<Vec<u8>>())| {
            let text = [parts.concat().concat(), end.clone()].concat();
            prop_assert_eq!(read(&parts, &end), text);
        });
    }

    #[test]
    fn a_long_text_comes_back_whole_from_any_room() {
        for lines in [0, 1, 1_000, 50_000] {
            let text: String = (0..lines).map(|line| (line * 7919).to_string() + "\n").collect();
            let parts = [vec![Bytes::from(text.clone()), Bytes::from(text.clone())], vec![Bytes::from(text.clone())]];
            assert_eq!(read(&parts, b"# EOF\n"), (text.repeat(3) + "# EOF\n").as_bytes());
        }
    }
}
