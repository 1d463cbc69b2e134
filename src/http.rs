//! The routes: which path answers what to whom.
//!
//! Flows in: requests. Flows out: answers made of ready bytes. Only /metrics asks the refresher; health and readiness
//! never do.

mod metrics;
pub mod negotiate;
mod page;
pub mod server;

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::{Method, Request, Response, StatusCode};
use tokio_util::sync::CancellationToken;

use crate::refresh::Refresher;
use crate::telemetry::Telemetry;
use server::{Body, error, html, method_not_allowed, text};

/// How the exporter is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Addresses to listen on, at least one.
    pub listen_addresses: Vec<SocketAddr>,
    /// Path of the metrics, absolute, not `/`.
    pub telemetry_path: String,
    /// Scrapes answered at once; more get 503.
    pub max_requests: usize,
}

/// Everything that is served.
#[derive(Debug)]
pub struct Site {
    settings: Settings,
    version: &'static str,
    refresher: Arc<Refresher>,
    telemetry: Arc<Telemetry>,
    draining: CancellationToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Metrics,
    Healthy,
    Ready,
    Landing,
    Unknown,
}

impl Site {
    /// Puts the floors below on the network. `draining` is cancelled when the process is told to end.
    pub fn new(
        settings: Settings,
        version: &'static str,
        refresher: Arc<Refresher>,
        telemetry: Arc<Telemetry>,
        draining: CancellationToken,
    ) -> Arc<Self> {
        for handler in [settings.telemetry_path.as_str(), "/-/healthy", "/-/ready", "/"] {
            telemetry.handler_known(handler);
        }
        Arc::new(Self { settings, version, refresher, telemetry, draining })
    }

    /// Answers one request. To HEAD, hyper sends the headers alone.
    pub async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<Body> {
        let route = self.route(request.uri().path());
        let mut in_flight = InFlight::begin(&self, route);
        let response = match route {
            Route::Unknown => error(StatusCode::NOT_FOUND),
            _ if !matches!(*request.method(), Method::GET | Method::HEAD) => method_not_allowed("GET, HEAD"),
            Route::Metrics if in_flight.others_at_most(self.settings.max_requests) => {
                metrics::answer(&self.refresher, &self.telemetry, request.headers()).await
            }
            Route::Metrics => metrics::too_many(),
            Route::Healthy => text(StatusCode::OK, "healthy\n"),
            Route::Ready if self.draining.is_cancelled() => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
            Route::Ready => text(StatusCode::OK, "ready\n"),
            Route::Landing => {
                html(StatusCode::OK, page::landing(self.version, &self.settings, &self.refresher.status()))
            }
        };
        in_flight.code = Some(response.status().as_u16());
        response
    }

    fn route(&self, path: &str) -> Route {
        match path {
            "/" => Route::Landing,
            "/-/healthy" => Route::Healthy,
            "/-/ready" => Route::Ready,
            _ if path == self.settings.telemetry_path => Route::Metrics,
            _ => Route::Unknown,
        }
    }

    /// The label `handler`. Paths that strangers make up are one.
    fn handler(&self, route: Route) -> &str {
        match route {
            Route::Metrics => &self.settings.telemetry_path,
            Route::Healthy => "/-/healthy",
            Route::Ready => "/-/ready",
            Route::Landing => "/",
            Route::Unknown => "other",
        }
    }
}

/// Counts a request from its beginning to its end, also when its client goes away first.
struct InFlight<'a> {
    telemetry: &'a Telemetry,
    handler: &'a str,
    now: i64,
    code: Option<u16>,
}

impl<'a> InFlight<'a> {
    fn begin(site: &'a Site, route: Route) -> Self {
        let (telemetry, handler) = (&*site.telemetry, site.handler(route));
        Self { telemetry, handler, now: telemetry.request_begun(handler), code: None }
    }

    fn others_at_most(&self, limit: usize) -> bool {
        usize::try_from(self.now).unwrap_or_default() <= limit
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.telemetry.request_ended(self.handler, self.code);
    }
}
