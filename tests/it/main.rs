//! The integration tests, in one binary: linking two AWS SDKs takes long.

#[cfg(feature = "demo")]
mod budget;
mod config;
#[cfg(feature = "demo")]
mod failing;
#[cfg(feature = "demo")]
mod faults;
#[cfg(feature = "demo")]
mod golden;
mod invariants;
#[cfg(feature = "demo")]
mod paging;
mod process;
#[cfg(feature = "demo")]
mod serving;
#[cfg(feature = "demo")]
mod simulator;
#[cfg(feature = "demo")]
mod support;
