//! Chooses the encoding that an Accept-Encoding header asks for. Compresses nothing.

use super::list;
use hyper::header::HeaderValue;

/// How an answer's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As they are.
    Identity,
    /// One gzip member.
    Gzip,
}

impl Encoding {
    /// The encoding for a request with these Accept-Encoding values, none of them needed.
    ///
    /// Gzip must be named, unless plain bytes are refused and `*` lets gzip in: a client that says only `*` may not
    /// know how to unpack. A client that refuses everything gets plain bytes.
    pub fn from_accept(lines: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let (mut gzip, mut identity, mut any) = (None::<f32>, None::<f32>, None::<f32>);
        list::for_each(lines, |item| {
            let slot = match item.value.to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &mut gzip,
                "identity" => &mut identity,
                "*" => &mut any,
                _ => return,
            };
            *slot = Some(slot.map_or(item.weight, |weight| weight.max(item.weight)));
        });
        let plain = identity.or(any);
        let packed = match plain {
            Some(weight) if weight <= 0.0 => gzip.or(any),
            _ => gzip,
        };
        match packed {
            Some(packed) if packed > 0.0 && packed >= plain.unwrap_or(0.0) => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// The Content-Encoding header, if there is one to send.
    pub fn content_encoding(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_encoding_is_a_weighted_list() {
        use Encoding::{Gzip, Identity};
        let cases: &[(&[&str], Encoding)] = &[
            (&[], Identity),
            (&[""], Identity),
            // Prometheus 2.42 and 3.x.
            (&["gzip"], Gzip),
            // Prometheus with compression switched off.
            (&["identity"], Identity),
            // curl --compressed
            (&["deflate, gzip, br, zstd"], Gzip),
            // A browser.
            (&["gzip, deflate, br"], Gzip),
            (&["GZip"], Gzip),
            (&["x-gzip"], Gzip),
            (&["gzip;q=0"], Identity),
            (&["gzip;q=0.000"], Identity),
            (&["gzip;q=0, *"], Identity),
            (&["gzip;q=0.001"], Gzip),
            (&["*"], Identity),
            (&["*;q=0"], Identity),
            (&["*, identity;q=0"], Gzip),
            (&["identity;q=0"], Identity),
            (&["identity;q=0, gzip;q=0.1"], Gzip),
            (&["gzip;q=1.0, identity; q=0.5, *;q=0"], Gzip),
            (&["gzip;q=0.5, identity;q=0.8"], Identity),
            (&["gzip, identity"], Gzip),
            (&["identity", "gzip"], Gzip),
            (&["br", "deflate"], Identity),
            (&["gzip;q=nonsense"], Identity),
            (&[",;=,\"", "gzip"], Gzip),
            (&["gzip2"], Identity),
        ];
        for (lines, expected) in cases {
            assert_eq!(Encoding::from_accept(*lines), *expected, "{lines:?}");
        }
    }

    #[test]
    fn only_packed_bytes_are_labelled() {
        assert_eq!(Encoding::Identity.content_encoding(), None);
        assert_eq!(Encoding::Gzip.content_encoding(), Some(HeaderValue::from_static("gzip")));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_encoding_panic(lines: Vec<Vec<u8>>, shaped in "[gzip;q=0-9.,* \"\\\\]{0,60}") {
            Encoding::from_accept(lines);
            Encoding::from_accept([shaped]);
        }
    }
}
