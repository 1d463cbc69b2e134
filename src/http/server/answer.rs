//! The plain answers: a line of text, a page, an error. Knows no route.

use super::body::Body;
use hyper::header::{ALLOW, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const PAGE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// A page may style itself, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Any bytes under their media type, which the browser must not guess anew.
pub fn typed(status: StatusCode, media_type: HeaderValue, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Text for people.
pub fn text(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    typed(status, PLAIN, body)
}

/// A page without scripts, images or forms.
pub fn html(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = typed(status, PAGE, body);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// The status' own words, such as `not found`. Nothing of the request is repeated.
pub fn error(status: StatusCode) -> Response<Body> {
    let words = status.canonical_reason().unwrap_or("error").to_ascii_lowercase();
    text(status, words + "\n")
}

/// 405, with the methods that would have been allowed: `GET, HEAD`.
pub fn method_not_allowed(allow: &'static str) -> Response<Body> {
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// The same answer as the last one on its connection.
pub fn closing(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_leaves_its_type_to_the_browser() {
        for response in [
            text(StatusCode::OK, "a"),
            html(StatusCode::OK, "<p>"),
            error(StatusCode::NOT_FOUND),
            method_not_allowed("GET"),
        ] {
            assert!(response.headers().contains_key(CONTENT_TYPE));
            assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    #[test]
    fn a_page_runs_no_scripts() {
        let page = html(StatusCode::OK, "");
        assert!(page.headers()[CONTENT_SECURITY_POLICY].to_str().expect("ASCII").starts_with("default-src 'none'"));
    }

    #[test]
    fn a_refused_method_learns_the_right_ones() {
        let response = method_not_allowed("GET, HEAD");
        assert_eq!((response.status().as_u16(), response.headers()[ALLOW].as_bytes()), (405, &b"GET, HEAD"[..]));
    }
}
