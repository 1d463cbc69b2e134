//! What the simulator was asked, for tests to look at.

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::call::{Call, Protocol};
use super::paging::read_token;
use crate::domain::{AccountId, Operation, Region, Service};

/// One request that reached the simulator, and what it was told.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// When it was read, in tokio's time.
    pub at: Instant,
    /// The API it was for, if the simulator knows it.
    pub service: Option<Service>,
    /// The operation, if the simulator knows it.
    pub operation: Option<Operation>,
    /// The operation's name as the caller wrote it.
    pub called: String,
    /// The account of the access key, if it has one.
    pub account: Option<AccountId>,
    /// The region of the signature, if there was one.
    pub region: Option<Region>,
    /// Which page of its listing it asked for, from 1. A token that is not the simulator's counts as 1.
    pub page: u32,
    /// The wire protocol.
    pub protocol: Protocol,
    /// The access key id, if it was signed.
    pub access_key: Option<String>,
    /// The input, with AWS's member names; empty when it could not be read.
    pub input: Map<String, Value>,
    /// The caller's `User-Agent`.
    pub user_agent: String,
    /// The status of the answer; `None` when a fault kept the simulator from answering.
    pub status: Option<u16>,
    /// The code of the error, if it was refused in AWS's way.
    pub error: Option<String>,
}

impl RequestRecord {
    pub(super) fn new(call: &Call, account: Option<AccountId>) -> Self {
        let credential = call.credential.as_ref().ok();
        let page = call.text("NextToken").and_then(read_token).map_or(1, |(_, position)| position.page);
        Self {
            at: Instant::now(),
            service: call.service,
            operation: call.operation,
            called: call.called.clone(),
            account,
            region: credential.map(|credential| credential.region.clone()),
            page,
            protocol: call.protocol,
            access_key: credential.map(|credential| credential.access_key.clone()),
            input: call.input.clone().unwrap_or_default(),
            user_agent: call.user_agent.clone(),
            status: None,
            error: None,
        }
    }

    #[cfg(test)]
    pub(super) fn unread() -> Self {
        Self {
            at: Instant::now(),
            service: None,
            operation: None,
            called: String::new(),
            account: None,
            region: None,
            page: 1,
            protocol: Protocol::Json,
            access_key: None,
            input: Map::new(),
            user_agent: String::new(),
            status: None,
            error: None,
        }
    }
}
