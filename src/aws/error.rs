//! What went wrong with a call: its class by code and kind, never by text, and a line for the log.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_workspaces::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::interceptors::context;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;

use crate::domain::{ErrorClass, Operation, Region};

/// Why a fetch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError {
    /// The class, which is the label `error`.
    pub class: ErrorClass,
    /// The call that failed.
    pub operation: Option<Operation>,
    /// AWS's error code, if AWS answered with one.
    pub code: Option<String>,
    /// AWS's id of the failed request, for its support.
    pub request_id: Option<String>,
    /// What happened, in one line of at most 512 characters and without any of the answer's body.
    pub detail: String,
}

/// The modelled error of an operation.
pub trait Failure: Error + ProvideErrorMetadata + Send + Sync + 'static {}

impl<E: Error + ProvideErrorMetadata + Send + Sync + 'static> Failure for E {}

const MAX_DETAIL_CHARS: usize = 512;

impl FetchError {
    /// Sorts an error of the SDK.
    pub(super) fn new<E: Failure>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Self {
        let service_error = error.as_service_error();
        let code = service_error.and_then(ProvideErrorMetadata::code);
        Self {
            class: class_of_call(error),
            operation: Some(operation),
            code: code.map(one_line),
            request_id: error.raw_response().and_then(request_id),
            detail: detail(error, service_error.and_then(ProvideErrorMetadata::message)),
        }
    }

    /// An answer that is none.
    pub(crate) fn invalid(operation: Operation, detail: &str) -> Self {
        Self { operation: Some(operation), ..Self::plain(ErrorClass::InvalidResponse, detail) }
    }

    /// An error that no call caused.
    pub(crate) fn plain(class: ErrorClass, detail: impl AsRef<str>) -> Self {
        Self { class, operation: None, code: None, request_id: None, detail: one_line(detail.as_ref()) }
    }

    /// Names a failed connection what it probably is where the service is not known to exist. It may as well be a
    /// broken resolver, which is why the region is asked all the same.
    pub(super) fn in_region(mut self, region: Option<&Region>) -> Self {
        let unknown_there = region.zip(self.operation).is_some_and(|(region, call)| !call.service.is_known_in(region));
        if self.class == ErrorClass::Connection && unknown_there {
            self.class = ErrorClass::UnsupportedRegion;
        }
        self
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, operation, code, request_id: _, detail } = self;
        if let Some(operation) = operation {
            write!(out, "{operation}: ")?;
        }
        out.write_str(code.as_deref().unwrap_or(class.as_str()))?;
        if !detail.is_empty() {
            write!(out, ": {detail}")?;
        }
        Ok(())
    }
}

impl Error for FetchError {}

/// An answer that announces more bytes than are worth reading.
#[derive(Debug, thiserror::Error)]
#[error("the answer is too large: {bytes} bytes")]
pub(super) struct OversizedAnswer {
    pub(super) bytes: u64,
}

/// The class of one attempt's error, as an interceptor sees it.
pub(super) fn class_of_attempt<E: Failure>(
    error: &OrchestratorError<context::Error>,
    response: Option<&HttpResponse>,
) -> ErrorClass {
    let status = response.map(|response| response.status().as_u16());
    if let Some(error) = error.as_operation_error() {
        return class_of_code(error.downcast_ref::<E>().and_then(ProvideErrorMetadata::code), status);
    }
    if error.is_timeout_error()
        || error.as_connector_error().is_some_and(aws_sdk_workspaces::error::ConnectorError::is_timeout)
    {
        return ErrorClass::Timeout;
    }
    match status {
        Some(_) => class_of_unreadable(status),
        None if error.is_connector_error() => ErrorClass::Connection,
        None => ErrorClass::Other,
    }
}

fn class_of_call<E: Failure>(error: &SdkError<E, HttpResponse>) -> ErrorClass {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error {
        SdkError::ServiceError(service) => class_of_code(service.err().code(), status),
        SdkError::TimeoutError(_) => ErrorClass::Timeout,
        SdkError::ResponseError(_) => class_of_unreadable(status),
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => ErrorClass::Timeout,
        SdkError::DispatchFailure(dispatch) if dispatch.is_io() => ErrorClass::Connection,
        _ if caused_by::<CredentialsError>(error) => ErrorClass::Credentials,
        _ if caused_by::<OversizedAnswer>(error) => ErrorClass::InvalidResponse,
        _ => ErrorClass::Other,
    }
}

/// AWS's error codes, of all protocols, that mean one of our classes. The status decides for the others.
fn class_of_code(code: Option<&str>, status: Option<u16>) -> ErrorClass {
    let code = code.unwrap_or_default();
    match code.strip_suffix("Exception").unwrap_or(code) {
        "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" => ErrorClass::AccessDenied,
        "UnrecognizedClient"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "ExpiredToken"
        | "RequestExpired"
        | "InvalidSignature"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "InvalidToken"
        | "AuthFailure"
        | "OptInRequired" => ErrorClass::Credentials,
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "ThrottledRequest"
        | "TooManyRequests"
        | "SlowDown"
        | "RequestLimitExceeded"
        | "LimitExceeded"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => ErrorClass::Throttling,
        "RequestTimeout" | "RequestTimeTooSkewed" => ErrorClass::Timeout,
        "InternalFailure" | "InternalError" | "InternalServer" | "InternalServerError" | "ServiceUnavailable" => {
            ErrorClass::Server
        }
        _ => match status {
            Some(429) => ErrorClass::Throttling,
            Some(500..) => ErrorClass::Server,
            _ => ErrorClass::Other,
        },
    }
}

/// The class of an answer without a code: a proxy's page, a truncated body.
fn class_of_unreadable(status: Option<u16>) -> ErrorClass {
    match status {
        Some(429) => ErrorClass::Throttling,
        Some(500..) => ErrorClass::Server,
        _ => ErrorClass::InvalidResponse,
    }
}

fn caused_by<C: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(<dyn std::error::Error + 'static>::is::<C>)
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source())
}

/// AWS's message, or what kind of answer came, or the chain of causes. Never a body: it may hold names, or a megabyte.
fn detail<E: Failure>(error: &SdkError<E, HttpResponse>, message: Option<&str>) -> String {
    if let Some(message) = message {
        return one_line(message);
    }
    if let Some(oversized) = sources(error).find_map(|cause| cause.downcast_ref::<OversizedAnswer>()) {
        return oversized.to_string();
    }
    if let Some(response) = error.raw_response() {
        let content_type = response.headers().get("content-type").unwrap_or("no content type");
        return one_line(&format!("an answer that is none: HTTP {}, {content_type}", response.status()));
    }
    let chain: Vec<String> = sources(error).skip(1).map(ToString::to_string).collect();
    one_line(&chain.join(": "))
}

fn one_line(text: &str) -> String {
    let printable = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    printable.take(MAX_DETAIL_CHARS).collect()
}

fn request_id(response: &HttpResponse) -> Option<String> {
    let headers = response.headers();
    headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id")).map(one_line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Service;

    #[test]
    fn codes_of_every_protocol_have_their_class() {
        for (code, status, class) in [
            ("AccessDeniedException", 400, ErrorClass::AccessDenied),
            ("AccessDenied", 403, ErrorClass::AccessDenied),
            ("UnrecognizedClientException", 400, ErrorClass::Credentials),
            ("ExpiredToken", 403, ErrorClass::Credentials),
            ("ExpiredTokenException", 400, ErrorClass::Credentials),
            ("ThrottlingException", 400, ErrorClass::Throttling),
            ("Throttling", 400, ErrorClass::Throttling),
            ("RequestLimitExceededException", 400, ErrorClass::Throttling),
            ("InternalFailure", 500, ErrorClass::Server),
            ("ResourceNotFoundException", 400, ErrorClass::Other),
            ("SomethingNew", 503, ErrorClass::Server),
            ("", 429, ErrorClass::Throttling),
            ("", 404, ErrorClass::Other),
        ] {
            assert_eq!(class_of_code(Some(code), Some(status)), class, "{code} {status}");
        }
    }

    #[test]
    fn a_failed_connection_is_named_after_a_region_that_lacks_the_service() {
        let call = Operation { service: Service::Appstream, name: "DescribeImages" };
        let connection = || FetchError { operation: Some(call), ..FetchError::plain(ErrorClass::Connection, "dns") };
        let in_region = |region: &str| connection().in_region(Some(&region.parse().expect("a region"))).class;
        assert_eq!(in_region("eu-west-1"), ErrorClass::Connection);
        assert_eq!(in_region("af-south-1"), ErrorClass::UnsupportedRegion);
        assert_eq!(connection().in_region(None).class, ErrorClass::Connection);
    }

    #[test]
    fn a_detail_is_one_bounded_line() {
        let error = FetchError::plain(ErrorClass::Other, "a\nb\u{1b}[31m".repeat(1_000));
        assert!(!error.to_string().contains(['\n', '\u{1b}']));
        assert_eq!(error.detail.chars().count(), MAX_DETAIL_CHARS);
    }
}
