//! Chooses the encoding that an Accept-Encoding header asks for. Compresses nothing.

use super::list;
use crate::exposition::Encoding;
use hyper::header::HeaderValue;

/// The encoding for a request with these Accept-Encoding values, none of them needed.
///
/// An encoding must be named, unless plain bytes are refused and `*` lets it in: a client that says only `*` may not
/// know how to unpack. The highest weight wins; at equal weights gzip, which every scraper speaks, goes before zstd, and
/// either before plain bytes. A client that refuses everything gets plain bytes.
pub fn accepted(lines: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Encoding {
    let (mut gzip, mut zstd, mut identity, mut any) = (None::<f32>, None::<f32>, None::<f32>, None::<f32>);
    list::for_each(lines, |item| {
        let slot = match item.value.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "zstd" => &mut zstd,
            "identity" => &mut identity,
            "*" => &mut any,
            _ => return,
        };
        *slot = Some(slot.map_or(item.weight, |weight| weight.max(item.weight)));
    });
    let plain = identity.or(any);
    let plain_refused = plain.is_some_and(|weight| weight <= 0.0);
    let weight_of = |named: Option<f32>| named.or(any.filter(|_| plain_refused)).unwrap_or(0.0);
    let (gzip, zstd, plain) = (weight_of(gzip), weight_of(zstd), plain.unwrap_or(0.0));
    match gzip.max(zstd) {
        packed if packed <= 0.0 || packed < plain => Encoding::Identity,
        packed if gzip >= packed => Encoding::Gzip,
        _ => Encoding::Zstd,
    }
}

/// The Content-Encoding header, if there is one to send.
pub fn content_encoding(encoding: Encoding) -> Option<HeaderValue> {
    match encoding {
        Encoding::Identity => None,
        Encoding::Gzip => Some(HeaderValue::from_static("gzip")),
        Encoding::Zstd => Some(HeaderValue::from_static("zstd")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_encoding_is_a_weighted_list() {
        use Encoding::{Gzip, Identity, Zstd};
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
            (&["zstd"], Zstd),
            (&["zstd, gzip"], Gzip),
            (&["zstd, gzip;q=0.9"], Zstd),
            (&["zstd;q=0.5, gzip;q=0.4, identity;q=0.6"], Identity),
            (&["*, gzip;q=0, identity;q=0"], Zstd),
        ];
        for (lines, expected) in cases {
            assert_eq!(accepted(*lines), *expected, "{lines:?}");
        }
    }

    #[test]
    fn only_packed_bytes_are_labelled() {
        assert_eq!(content_encoding(Encoding::Identity), None);
        assert_eq!(content_encoding(Encoding::Gzip), Some(HeaderValue::from_static("gzip")));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_encoding_panic(lines: Vec<Vec<u8>>, shaped in "[gzip;q=0-9.,* \"\\\\]{0,60}") {
            accepted(lines);
            accepted([shaped]);
        }
    }
}
