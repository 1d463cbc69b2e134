//! The integration tests, in one binary: linking two AWS SDKs takes long.

mod config;
mod invariants;
