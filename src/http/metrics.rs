//! /metrics: the inventory's ready bytes and, behind them, the exporter's own metrics as they are now.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER, VARY};
use hyper::{Response, StatusCode};

use super::negotiate::{Negotiated, SCRAPE_TIMEOUT, accepted, content_encoding, scrape_deadline};
use super::server::{Body, error, typed};
use crate::exposition::{Encoding, Inventory, write_families};
use crate::refresh::Refresher;
use crate::telemetry::Telemetry;

/// Answers a scrape in the format and encoding that it asks for.
pub(super) async fn answer(refresher: &Arc<Refresher>, telemetry: &Telemetry, headers: &HeaderMap) -> Response<Body> {
    let wait = scrape_deadline(headers.get(SCRAPE_TIMEOUT)).unwrap_or(Duration::MAX);
    let format = Negotiated::from_accept(headers.get_all(ACCEPT));
    let encoding = accepted(headers.get_all(ACCEPT_ENCODING));

    let inventory = refresher.scrape(wait).await;
    let mut own = String::new();
    write_families(&mut own, &telemetry.gather(), format.format);
    let body = Body::from(packed(inventory, own, encoding).await);
    let mut response = typed(StatusCode::OK, format.content_type(), body);
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if let Some(encoding) = content_encoding(encoding) {
        response.headers_mut().insert(CONTENT_ENCODING, encoding);
    }
    response
}

/// The refusal of a scrape above the limit.
pub(super) fn too_many() -> Response<Body> {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The answer's segments. What has to be compressed first is compressed away from the threads that serve.
async fn packed(inventory: Arc<Inventory>, own: String, encoding: Encoding) -> (Arc<[Bytes]>, Bytes) {
    if inventory.is_ready_for(encoding) {
        return inventory.with(own, encoding);
    }
    let packing = tokio::task::spawn_blocking(move || inventory.with(own, encoding));
    packing.await.expect("compression does not panic, and nobody aborts it")
}
