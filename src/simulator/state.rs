//! The whole memory of a simulator, and the one decision: what becomes of a request. Sends and waits for nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::body::Manner;
use super::call::{Call, Protocol};
use super::fault::{Blow, Fault, Kind, strike};
use super::identity::Sessions;
use super::listing::{self, Question};
use super::paging::{Cuts, Twist};
use super::record::RequestRecord;
use super::refusal::Refusal;
use super::world::World;
use super::{operation, render, sts};
use crate::clock::Clock;

/// Everything that a simulator knows.
pub(super) struct State {
    pub(super) world: World,
    pub(super) faults: Vec<Fault>,
    pub(super) records: Vec<RequestRecord>,
    pub(super) cuts: Cuts,
    pub(super) sessions: Sessions,
    pub(super) published: BTreeMap<String, Page>,
    pub(super) clock: Clock,
    answered: u64,
}

/// A page that is served as it is.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) content_type: String,
    pub(super) text: Bytes,
}

/// What becomes of a request.
pub(super) struct Plan {
    pub(super) delay: Duration,
    pub(super) outcome: Outcome,
}

/// How a request ends.
pub(super) enum Outcome {
    Answer(Response<Bytes>, Manner),
    Hang,
    Reset,
}

impl State {
    pub(super) fn new(world: World, clock: Clock) -> Self {
        Self {
            world,
            faults: Vec::new(),
            records: Vec::new(),
            cuts: Cuts::default(),
            sessions: Sessions::default(),
            published: BTreeMap::new(),
            clock,
            answered: 0,
        }
    }

    /// Decides what becomes of a call, and records it.
    pub(super) fn decide(&mut self, call: &Call) -> Plan {
        let key = call.credential.as_ref().ok().map(|credential| credential.access_key.as_str());
        let mut record = RequestRecord::new(call, key.and_then(|key| self.sessions.account(key)));
        let Blow { delay, headers, kind } = strike(&mut self.faults, &record);
        self.answered += 1;
        let request_id = format!("00000000-0000-4000-8000-{:012x}", self.answered);

        let mut outcome = self.outcome(call, kind, &mut record, &request_id);
        if let Outcome::Answer(response, _) = &mut outcome {
            record.status = Some(response.status().as_u16());
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
        }
        self.records.push(record);
        Plan { delay, outcome }
    }

    fn outcome(&mut self, call: &Call, kind: Option<Kind>, record: &mut RequestRecord, request_id: &str) -> Outcome {
        let (result, manner) = match kind {
            Some(Kind::Hang) => return Outcome::Hang,
            Some(Kind::Reset) => return Outcome::Reset,
            Some(Kind::Answer { status, content_type, body }) => {
                return Outcome::Answer(render::raw(status, &content_type, body), Manner::Whole);
            }
            Some(Kind::Error { status, code, message }) => (Err(Refusal { status, code, message }), Manner::Whole),
            Some(Kind::Output(output)) => (Ok(output), Manner::Whole),
            Some(Kind::Listing(twist)) => (self.perform(call, Some(twist)), Manner::Whole),
            Some(Kind::HangMidBody) => (self.perform(call, None), Manner::HangHalfway),
            Some(Kind::Drip(interval)) => (self.perform(call, None), Manner::Drip(interval)),
            Some(Kind::Truncate) => (self.perform(call, None), Manner::Truncate),
            Some(Kind::Delay(_)) | None => (self.perform(call, None), Manner::Whole),
        };
        let response = match result {
            Ok(output) => render::output(call.protocol, &call.called, &output, request_id),
            Err(refusal) => {
                let refusal = match call.protocol {
                    Protocol::Query => refusal.in_query_protocol(),
                    Protocol::Json | Protocol::Cbor => refusal,
                };
                record.error = Some(refusal.code.clone());
                render::refusal(call.protocol, call.service, &refusal, request_id)
            }
        };
        Outcome::Answer(response, manner)
    }

    /// Does what the call asks for.
    fn perform(&mut self, call: &Call, twist: Option<Twist>) -> Result<Value, Refusal> {
        let operation = call.operation.ok_or_else(Refusal::unknown_operation)?;
        let caller = self.sessions.identify(&self.world, call)?;
        let input = call.input.as_ref().map_err(Clone::clone)?;
        if operation == operation::GET_CALLER_IDENTITY {
            return Ok(sts::get_caller_identity(&caller));
        }
        if operation == operation::ASSUME_ROLE {
            return sts::assume_role(&self.world, &mut self.sessions, &caller, input, self.clock.unix_seconds());
        }
        let question = Question { operation, caller: &caller, input, cuts: &self.cuts, twist };
        listing::answer(&self.world, &question)
    }
}
