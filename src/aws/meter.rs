//! Counts and times every HTTP attempt: the SDK's retries are invisible to whoever makes the call.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_workspaces::config::ConfigBag;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::time::Instant;

use super::error::{Failure, OversizedAnswer, class_of_attempt};
use crate::domain::{ErrorClass, Operation, Target};

/// One HTTP request to AWS and how it ended.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Who was asked.
    pub target: &'a Target,
    /// What was asked.
    pub operation: Operation,
    /// From sending to the end of the answer.
    pub elapsed: Duration,
    /// Why it failed, if it did.
    pub error: Option<ErrorClass>,
}

/// Takes note of attempts.
pub trait Attempts: fmt::Debug + Send + Sync {
    /// A target's account has become known: its counters can start at zero.
    fn target_known(&self, target: &Target);
    /// An attempt has ended.
    fn attempt(&self, attempt: Attempt<'_>);
}

/// The largest answer that is read. 25 objects of a page come to some 100 KiB.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// An interceptor for one call, whose error type is `E`. Also refuses answers too large to read.
pub struct Meter<E> {
    operation: Operation,
    target: Target,
    attempts: Arc<dyn Attempts>,
    sent: Mutex<Option<Instant>>,
    error: PhantomData<fn() -> E>,
}

impl<E> Meter<E> {
    pub(super) fn new(operation: Operation, target: Target, attempts: Arc<dyn Attempts>) -> Self {
        Self { operation, target, attempts, sent: Mutex::default(), error: PhantomData }
    }
}

impl<E> fmt::Debug for Meter<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Meter").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl<E: Failure> Intercept for Meter<E> {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let length = context.response().headers().get("content-length").and_then(|length| length.parse().ok());
        match length {
            Some(bytes) if bytes > MAX_ANSWER_BYTES => Err(OversizedAnswer { bytes }.into()),
            _ => Ok(()),
        }
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // An attempt that was never sent, for want of credentials, is none.
        let Some(sent) = self.sent.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        let error = match context.output_or_error() {
            Some(Ok(_)) => None,
            Some(Err(error)) => Some(class_of_attempt::<E>(error, context.response())),
            None => Some(ErrorClass::Timeout),
        };
        let Self { operation, target, attempts, .. } = self;
        attempts.attempt(Attempt { target, operation: *operation, elapsed: sent.elapsed(), error });
        Ok(())
    }
}
