//! What is wrong with a request before anyone asks what it wants. Pure, given a parsed head.
//!
//! hyper itself refuses what it cannot parse: differing or signed lengths, codings that do not end in `chunked`, folded
//! lines, a space before the colon, NUL, more than 100 fields. Here stands what it lets pass.

use super::limits::Limits;
use hyper::body::Body;
use hyper::header::{HOST, TRANSFER_ENCODING};
use hyper::{Request, StatusCode, Version};

/// The status to refuse `request` with, if it must be refused.
///
/// Nobody here reads a request's body, so one with a body is refused. Any Transfer-Encoding is taken for an attempt at
/// smuggling: hyper has by now removed the Content-Length that may have come with it.
pub(super) fn objection<B: Body>(request: &Request<B>, limits: &Limits) -> Option<StatusCode> {
    let headers = request.headers();
    let hosts = headers.get_all(HOST).iter().count();
    let host_needed = request.version() >= Version::HTTP_11;
    if hosts > 1 || (host_needed && hosts == 0) || headers.contains_key(TRANSFER_ENCODING) {
        Some(StatusCode::BAD_REQUEST)
    } else if uri_bytes(request) > limits.uri_bytes {
        Some(StatusCode::URI_TOO_LONG)
    } else if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > limits.header_bytes
    {
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else if !request.body().is_end_stream() {
        Some(StatusCode::PAYLOAD_TOO_LARGE)
    } else {
        None
    }
}

fn uri_bytes<B>(request: &Request<B>) -> usize {
    let uri = request.uri();
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    authority + uri.path_and_query().map_or(0, |path| path.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    fn request(headers: &[(&str, &str)]) -> Request<Full<&'static [u8]>> {
        let mut request = Request::builder().uri("/metrics");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::default()).expect("valid")
    }

    #[track_caller]
    fn assert_objection<B: Body>(request: &Request<B>, expected: Option<u16>) {
        let status = objection(request, &Limits::default()).map(|status| status.as_u16());
        assert_eq!(status, expected, "{:?} {:?}", request.uri(), request.headers());
    }

    #[test]
    fn a_plain_request_is_welcome() {
        assert_objection(&request(&[("host", "a"), ("accept", "*/*"), ("content-length", "0")]), None);
    }

    #[test]
    fn http_1_1_needs_exactly_one_host() {
        assert_objection(&request(&[]), Some(400));
        assert_objection(&request(&[("host", "a"), ("host", "a")]), Some(400));
    }

    #[test]
    fn http_1_0_needs_no_host() {
        let mut old = request(&[]);
        *old.version_mut() = Version::HTTP_10;
        assert_objection(&old, None);
    }

    #[test]
    fn no_transfer_coding_is_taken() {
        assert_objection(&request(&[("host", "a"), ("transfer-encoding", "chunked")]), Some(400));
    }

    #[test]
    fn no_body_is_taken() {
        assert_objection(&request(&[("host", "a")]).map(|_| Full::new(&b"x"[..])), Some(413));
    }

    #[test]
    fn a_long_header_or_target_is_refused() {
        assert_objection(&request(&[("host", "a"), ("cookie", &"x".repeat(16 * 1024))]), Some(431));
        let mut long = request(&[("host", "a")]);
        *long.uri_mut() = format!("/?{}", "x".repeat(8 * 1024)).parse().expect("valid");
        assert_objection(&long, Some(414));
    }
}
