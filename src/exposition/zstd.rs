//! Zstandard frames. Frames may follow one another, so each family is one, and the exporter's own metrics are the last.

use std::io::Write as _;

use bytes::Bytes;
use zstd::stream::Encoder;

/// Fast, and close enough to the best for text this regular.
const LEVEL: i32 = 3;

/// Compresses a text that lies in segments into one frame.
pub(super) fn compress<'a, S: AsRef<[u8]> + 'a>(segments: impl IntoIterator<Item = &'a S>) -> Bytes {
    let mut frame = Encoder::new(Vec::new(), LEVEL).expect("a level of its own range");
    for segment in segments {
        frame.write_all(segment.as_ref()).expect("a Vec takes any bytes");
    }
    let mut bytes = frame.finish().expect("a Vec takes any bytes");
    bytes.shrink_to_fit();
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_follow_one_another_are_one_text() {
        let frames = [compress(&["a 1\n", "b 2\n"]), compress(&[""]), compress(&["c 3\n"])].concat();
        assert_eq!(zstd::stream::decode_all(frames.as_slice()).expect("whole frames"), b"a 1\nb 2\nc 3\n");
    }
}
