//! Outputs and refusals as HTTP answers in the caller's protocol.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::call::Protocol;
use super::refusal::Refusal;
use super::{cbor, xml};
use crate::domain::Service;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

/// An output as the answer to a call.
pub(super) fn output(protocol: Protocol, called: &str, output: &Value, request_id: &str) -> Response<Bytes> {
    let body = match protocol {
        Protocol::Json => output.to_string().into(),
        Protocol::Cbor => cbor::encode(output).into(),
        Protocol::Query => xml::success(called, output, request_id).into(),
    };
    respond(protocol, 200, body, request_id)
}

/// A refusal as the answer to a call. In the query protocol it must already be worded for that.
pub(super) fn refusal(
    protocol: Protocol,
    service: Option<Service>,
    refusal: &Refusal,
    request_id: &str,
) -> Response<Bytes> {
    let Refusal { status, code, message } = refusal;
    let body = match protocol {
        Protocol::Json => json!({"__type": code, "message": message}).to_string().into(),
        Protocol::Cbor => cbor::encode(&json!({"__type": shape_id(service, code), "message": message})).into(),
        Protocol::Query => {
            let kind = if *status >= 500 { "Receiver" } else { "Sender" };
            xml::refusal(kind, code, message, request_id).into()
        }
    };
    let mut response = respond(protocol, *status, body, request_id);
    if let (Protocol::Json, Ok(code)) = (protocol, HeaderValue::from_str(code)) {
        response.headers_mut().insert(ERROR_TYPE, code);
    }
    response
}

/// Any bytes.
pub(super) fn raw(status: u16, content_type: &str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

fn respond(protocol: Protocol, status: u16, body: Bytes, request_id: &str) -> Response<Bytes> {
    let content_type = match protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::Cbor => "application/cbor",
        Protocol::Query => "text/xml",
    };
    let mut response = raw(status, content_type, body);
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    if protocol == Protocol::Cbor {
        response.headers_mut().insert(SMITHY_PROTOCOL, HeaderValue::from_static("rpc-v2-cbor"));
    }
    response
}

/// CBOR errors name their shape in full.
fn shape_id(service: Option<Service>, code: &str) -> String {
    service.map_or_else(|| code.to_owned(), |service| format!("com.amazonaws.{service}#{code}"))
}
