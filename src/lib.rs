//! A Prometheus exporter for the golden images of AWS End User Computing.
//!
//! Data goes one way: a scrape asks the [`refresh`]er, which lets the [`collectors`] read AWS through [`aws`], renders
//! what they found with [`exposition`] and keeps the text in the [`cache`]; [`http`] answers with it. Each module lies on
//! a floor and uses only lower ones; docs/architecture.md has the picture.

pub mod app;
pub mod aws;
pub mod cache;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod collectors;
pub mod config;
pub mod domain;
pub mod exposition;
pub mod http;
pub mod logging;
pub mod reference;
pub mod refresh;
#[cfg(feature = "demo")]
pub mod simulator;
pub mod telemetry;
