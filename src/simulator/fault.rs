//! What goes wrong: faults that are laid in wait for certain requests, and how often they strike.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::paging::Twist;
use super::record::RequestRecord;
use crate::domain::{AccountId, Operation, Region};

/// A fault: which requests it strikes, how often, and what it does to them.
///
/// Unless narrowed it strikes every request, for ever. Of several faults that match a request the one injected first
/// strikes; delays add up and let the next one strike too.
///
/// ```
/// use euc_exporter::simulator::{DESCRIBE_IMAGES, Fault};
///
/// let third_page_fails_twice = Fault::throttling().on(DESCRIBE_IMAGES).page(3).times(2);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    matches: Match,
    left: Option<u32>,
    headers: Vec<(String, String)>,
    kind: Kind,
}

#[derive(Clone, Debug, Default)]
struct Match {
    operation: Option<Operation>,
    account: Option<AccountId>,
    region: Option<Region>,
    page: Option<u32>,
    access_key: Option<String>,
    input: Option<(String, Value)>,
}

/// What a fault does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Error { status: u16, code: String, message: String },
    Answer { status: u16, content_type: String, body: Bytes },
    Output(Value),
    Delay(Duration),
    Hang,
    HangMidBody,
    Drip(Duration),
    Reset,
    Truncate,
    Listing(Twist),
}

impl Fault {
    /// An error in the caller's protocol. The code is AWS's, such as `ThrottlingException`; STS gets its own form of it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::of(Kind::Error { status, code: code.to_owned(), message: message.to_owned() })
    }

    /// AWS asks the caller to slow down.
    pub fn throttling() -> Self {
        Self::error(400, "ThrottlingException", "Rate exceeded")
    }

    /// AWS knows the caller and refuses.
    pub fn access_denied() -> Self {
        Self::error(400, "AccessDeniedException", "User is not authorized to perform this operation")
    }

    /// AWS does not know the caller's key.
    pub fn unrecognized_client() -> Self {
        let message = "The security token included in the request is invalid.";
        Self::error(400, "UnrecognizedClientException", message)
    }

    /// AWS says that the caller's temporary credentials are over.
    pub fn expired_token() -> Self {
        Self::error(400, "ExpiredTokenException", "The security token included in the request is expired")
    }

    /// AWS failed.
    pub fn internal_error() -> Self {
        Self::error(500, "InternalServerException", "Internal server error")
    }

    /// AWS is not there for a while.
    pub fn unavailable() -> Self {
        Self::error(503, "ServiceUnavailableException", "Service Unavailable")
    }

    /// These very bytes: a proxy's page, garbage, nothing.
    pub fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::of(Kind::Answer { status, content_type: content_type.to_owned(), body: body.into() })
    }

    /// This output, whatever was asked, in the caller's protocol.
    pub fn output(output: Value) -> Self {
        Self::of(Kind::Output(output))
    }

    /// The right answer, later.
    pub fn delay(delay: Duration) -> Self {
        Self::of(Kind::Delay(delay))
    }

    /// No answer, ever; the connection stays open.
    pub fn hang() -> Self {
        Self::of(Kind::Hang)
    }

    /// Half of the answer's body, then nothing; the connection stays open.
    pub fn hang_mid_body() -> Self {
        Self::of(Kind::HangMidBody)
    }

    /// The answer's body byte by byte, one at each interval.
    pub fn drip(interval: Duration) -> Self {
        Self::of(Kind::Drip(interval))
    }

    /// The connection is reset instead of an answer.
    pub fn reset() -> Self {
        Self::of(Kind::Reset)
    }

    /// The body ends 100 bytes before its announced length, and the connection with it.
    pub fn truncate() -> Self {
        Self::of(Kind::Truncate)
    }

    /// Each page gives the token that led to it: A, A, A.
    pub fn repeat_token() -> Self {
        Self::of(Kind::Listing(Twist::RepeatToken))
    }

    /// Two tokens take turns: A, B, A, B.
    pub fn cycle_tokens() -> Self {
        Self::of(Kind::Listing(Twist::CycleTokens))
    }

    /// Every page gives a new token, also those past the end of the list.
    pub fn endless_tokens() -> Self {
        Self::of(Kind::Listing(Twist::EndlessTokens))
    }

    /// A page without objects but with a token; the list goes on after it. Narrow it by page or number.
    pub fn empty_page() -> Self {
        Self::of(Kind::Listing(Twist::EmptyPage))
    }

    /// The last page has the token `""`.
    pub fn empty_token() -> Self {
        Self::of(Kind::Listing(Twist::EmptyToken))
    }

    /// The list is null.
    pub fn null_list() -> Self {
        Self::of(Kind::Listing(Twist::NullList))
    }

    /// The output is `{}`.
    pub fn missing_list() -> Self {
        Self::of(Kind::Listing(Twist::MissingList))
    }

    /// Strikes only calls of this operation.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.matches.operation = Some(operation);
        self
    }

    /// Strikes only calls with credentials of this account.
    #[must_use]
    pub fn account(mut self, account: &AccountId) -> Self {
        self.matches.account = Some(account.clone());
        self
    }

    /// Strikes only calls to this region.
    #[must_use]
    pub fn region(mut self, region: &Region) -> Self {
        self.matches.region = Some(region.clone());
        self
    }

    /// Strikes only this page of a listing, counted from 1.
    #[must_use]
    pub fn page(mut self, page: u32) -> Self {
        self.matches.page = Some(page);
        self
    }

    /// Strikes only calls that are signed with this access key id.
    #[must_use]
    pub fn access_key(mut self, access_key: &str) -> Self {
        self.matches.access_key = Some(access_key.to_owned());
        self
    }

    /// Strikes only calls whose input has this member with this value, such as `ImageId`.
    #[must_use]
    pub fn input(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.matches.input = Some((member.to_owned(), value.into()));
        self
    }

    /// Strikes so many times, then never again.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }

    /// Adds a header to the answer, in place of the simulator's own of that name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Tells the caller when to come again, both ways that AWS does: `Retry-After` and `x-amz-retry-after`.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        let (seconds, millis) = (wait.as_secs().to_string(), wait.as_millis().to_string());
        self.header("retry-after", &seconds).header("x-amz-retry-after", &millis)
    }

    fn of(kind: Kind) -> Self {
        Self { matches: Match::default(), left: None, headers: Vec::new(), kind }
    }

    fn strikes(&mut self, request: &RequestRecord) -> bool {
        let strikes = self.left != Some(0) && self.matches.covers(request);
        if strikes {
            self.left = self.left.map(|left| left - 1);
        }
        strikes
    }
}

impl Match {
    fn covers(&self, request: &RequestRecord) -> bool {
        fn fits<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        let Self { operation, account, region, page, access_key, input } = self;
        fits(operation.as_ref(), request.operation.as_ref())
            && fits(account.as_ref(), request.account.as_ref())
            && fits(region.as_ref(), request.region.as_ref())
            && fits(page.as_ref(), Some(&request.page))
            && fits(access_key.as_ref(), request.access_key.as_ref())
            && input.as_ref().is_none_or(|(member, value)| request.input.get(member) == Some(value))
    }
}

/// What befalls one request.
#[derive(Debug, Default)]
pub(super) struct Blow {
    pub(super) delay: Duration,
    pub(super) headers: Vec<(String, String)>,
    pub(super) kind: Option<Kind>,
}

/// Finds what befalls a request, and counts it.
pub(super) fn strike(faults: &mut [Fault], request: &RequestRecord) -> Blow {
    let mut blow = Blow::default();
    for fault in faults {
        let is_delay = matches!(fault.kind, Kind::Delay(_));
        if (!is_delay && blow.kind.is_some()) || !fault.strikes(request) {
            continue;
        }
        blow.headers.extend(fault.headers.iter().cloned());
        match &fault.kind {
            Kind::Delay(delay) => blow.delay += *delay,
            kind => blow.kind = Some(kind.clone()),
        }
    }
    blow
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::operation::{DESCRIBE_IMAGE_BUILDERS, DESCRIBE_IMAGES};

    fn request(operation: Operation, page: u32) -> RequestRecord {
        RequestRecord { operation: Some(operation), page, ..RequestRecord::unread() }
    }

    #[tokio::test]
    async fn a_fault_strikes_what_it_was_laid_for_and_only_so_often() {
        let mut faults = [Fault::hang().on(DESCRIBE_IMAGES).page(2).times(1)];
        assert!(strike(&mut faults, &request(DESCRIBE_IMAGES, 1)).kind.is_none());
        assert!(strike(&mut faults, &request(DESCRIBE_IMAGE_BUILDERS, 2)).kind.is_none());
        assert!(matches!(strike(&mut faults, &request(DESCRIBE_IMAGES, 2)).kind, Some(Kind::Hang)));
        assert!(strike(&mut faults, &request(DESCRIBE_IMAGES, 2)).kind.is_none());
    }

    #[tokio::test]
    async fn delays_add_up_and_the_first_other_fault_strikes() {
        let second = Duration::from_secs(1);
        let mut faults = [Fault::delay(second), Fault::reset().times(1), Fault::delay(second), Fault::hang().times(1)];
        let blow = strike(&mut faults, &request(DESCRIBE_IMAGES, 1));
        assert_eq!(blow.delay, 2 * second);
        assert!(matches!(blow.kind, Some(Kind::Reset)));
        assert!(matches!(strike(&mut faults, &request(DESCRIBE_IMAGES, 1)).kind, Some(Kind::Hang)));
    }
}
