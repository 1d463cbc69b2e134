//! (to come)

use std::time::Duration;

use crate::domain::{AccountId, Region};

/// How AWS is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The account that the credentials must belong to; any when `None`.
    pub account_id: Option<AccountId>,
    /// The regions to read; the environment's region when empty.
    pub regions: Vec<Region>,
    /// A VPC endpoint or test server instead of AWS's public endpoints, for every service.
    pub endpoint_url: Option<String>,
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Longest time for one HTTP request and its answer.
    pub attempt_timeout: Duration,
    /// Longest time for one call with all its retries.
    pub operation_timeout: Duration,
    /// How often one call is tried, 1 or more.
    pub max_attempts: u32,
    /// Pace of WorkSpaces calls, for each account and region.
    pub workspaces_rate: Rate,
    /// Pace of AppStream calls, for each account and region.
    pub appstream_rate: Rate,
}

/// Pace of calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls a second in the long run; 0 is no limit.
    pub per_second: f64,
    /// Calls that may go at once after a rest, 1 or more.
    pub burst: u32,
}
