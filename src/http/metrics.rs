//! /metrics: the inventory's ready bytes and, behind them, the exporter's own metrics as they are now.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER, VARY};
use hyper::{Response, StatusCode};

use super::negotiate::{Encoding, Negotiated, SCRAPE_TIMEOUT, scrape_deadline};
use super::server::{Body, error, typed};
use crate::exposition::{Deflated, Inventory, gzip_member, write_families};
use crate::refresh::Refresher;
use crate::telemetry::Telemetry;

/// Answers a scrape in the format and encoding that it asks for.
pub(super) async fn answer(refresher: &Arc<Refresher>, telemetry: &Telemetry, headers: &HeaderMap) -> Response<Body> {
    let wait = scrape_deadline(headers.get(SCRAPE_TIMEOUT)).unwrap_or(Duration::MAX);
    let format = Negotiated::from_accept(headers.get_all("accept"));
    let encoding = Encoding::from_accept(headers.get_all("accept-encoding"));

    let inventory = refresher.scrape(wait).await;
    let mut own = String::new();
    write_families(&mut own, &telemetry.gather(), format.format);
    let segments = match encoding {
        Encoding::Identity => [inventory.text().clone(), Bytes::from(own)],
        Encoding::Gzip => gzip_member(&deflated(inventory).await, own.as_bytes()),
    };
    let mut response = typed(StatusCode::OK, format.content_type(), segments.to_vec());
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if let Some(encoding) = encoding.content_encoding() {
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

/// The compressed inventory: made once for each change, away from the threads that serve.
async fn deflated(inventory: Arc<Inventory>) -> Deflated {
    if let Some(ready) = inventory.deflated_if_ready() {
        return ready.clone();
    }
    let compressed = inventory.clone();
    let making = tokio::task::spawn_blocking(move || compressed.deflated().clone()).await;
    making.unwrap_or_else(|_| inventory.deflated().clone())
}
