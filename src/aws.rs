//! One target's way to AWS: its clients, its pace, its errors.
//!
//! Flows in: settings and, through [`Access`], credentials. Flows out: pages of SDK types, or a [`FetchError`] that
//! knows its class. Every call that a collector makes goes through [`Aws::call`] or [`Aws::list`], which pace, meter and
//! classify it. Knows nothing of metrics' names, caches or HTTP servers.

mod error;
mod limit;
mod meter;
mod pages;
mod session;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_workspaces::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_workspaces::config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use tokio::sync::watch;

use crate::domain::{AccountId, ErrorClass, Operation, Region, Service, Target};
pub use aws_credential_types::Credentials;
use error::Failure;
pub use error::FetchError;
use limit::Pace;
pub use meter::{Attempt, Attempts, Meter};
pub use pages::Page;
use session::Session;
pub use session::{Access, Identity, environment_region};

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

impl Settings {
    fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect_timeout)
            .operation_attempt_timeout(self.attempt_timeout)
            .operation_timeout(self.operation_timeout)
            .build()
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig::standard().with_max_attempts(self.max_attempts)
    }
}

/// Pace of calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls a second in the long run; 0 is no limit.
    pub per_second: f64,
    /// Calls that may go at once after a rest, 1 or more.
    pub burst: u32,
}

/// One target's clients.
#[derive(Debug)]
pub struct Aws {
    access: Arc<Access>,
    region: Option<Region>,
    ready: Mutex<Option<(Arc<Session>, Clients)>>,
    workspaces_pace: Pace,
    appstream_pace: Pace,
    workspace_images: watch::Sender<Option<Result<Arc<[String]>, FetchError>>>,
}

/// The SDK's clients for one target. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    /// WorkSpaces.
    pub workspaces: aws_sdk_workspaces::Client,
    /// AppStream.
    pub appstream: aws_sdk_appstream::Client,
}

impl Aws {
    /// Makes no call yet.
    pub fn new(access: Arc<Access>, region: Option<Region>) -> Self {
        Self {
            workspaces_pace: Pace::new(access.settings().workspaces_rate),
            appstream_pace: Pace::new(access.settings().appstream_rate),
            access,
            region,
            ready: Mutex::default(),
            workspace_images: watch::Sender::default(),
        }
    }

    /// The target, as far as it is known: the account is not before the first call has succeeded.
    pub fn target(&self) -> Target {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        Target { account: ready.as_ref().map(|(session, _)| session.account.clone()), region: self.region.clone() }
    }

    /// Makes one call, with its retries.
    ///
    /// # Errors
    /// The class of the last attempt's error, or why there are no credentials.
    pub async fn call<T, E, Sent>(
        &self,
        operation: Operation,
        send: impl FnOnce(Clients, Meter<E>) -> Sent,
    ) -> Result<T, FetchError>
    where
        E: Failure,
        Sent: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (session, clients) = self.clients().await?;
        self.pace(operation.service).wait().await;
        let meter = Meter::new(operation, self.target(), self.access.attempts());
        send(clients, meter).await.map_err(|error| {
            let error = FetchError::new(operation, &error).in_region(self.region.as_ref());
            if error.class == ErrorClass::Credentials {
                self.access.renew(&session);
            }
            error
        })
    }

    /// Walks the pages of a list and hands every item to `keep`.
    ///
    /// # Errors
    /// As [`Aws::call`], and [`ErrorClass::InvalidResponse`] for a list that does not end or is none.
    pub async fn list<T, E, Sent>(
        &self,
        operation: Operation,
        send: impl Fn(Clients, Option<String>, Meter<E>) -> Sent,
        keep: impl FnMut(T),
    ) -> Result<(), FetchError>
    where
        E: Failure,
        Sent: Future<Output = Result<Page<T>, SdkError<E, HttpResponse>>>,
    {
        let send = &send;
        let page = |token| self.call(operation, move |clients, meter| send(clients, token, meter));
        pages::walk(operation, &self.target(), page, keep).await
    }

    /// Lets the collectors that work image by image know what images there are. A failure does not take back an
    /// earlier list.
    pub fn publish_workspace_images(&self, images: Result<Arc<[String]>, FetchError>) {
        self.workspace_images.send_if_modified(|known| {
            let news = images.is_ok() || !matches!(known, Some(Ok(_)));
            if news {
                *known = Some(images);
            }
            news
        });
    }

    /// The identifiers of the WorkSpaces images, as last published; waits for the first time.
    ///
    /// # Errors
    /// Why the images could not be listed.
    pub async fn workspace_images(&self) -> Result<Arc<[String]>, FetchError> {
        let mut known = self.workspace_images.subscribe();
        let images = known.wait_for(Option::is_some).await.expect("self holds the sender");
        images.clone().expect("waited for some")
    }

    async fn clients(&self) -> Result<(Arc<Session>, Clients), FetchError> {
        let session = self.access.session(self.region.as_ref()).await?;
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, clients)) = ready.as_ref()
            && Arc::ptr_eq(known, &session)
        {
            return Ok((session, clients.clone()));
        }
        let clients = self.build_clients(&session);
        *ready = Some((session.clone(), clients.clone()));
        Ok((session, clients))
    }

    fn build_clients(&self, session: &Session) -> Clients {
        let region = self.region.as_ref().map(|region| aws_config::Region::new(region.as_str().to_owned()));
        let partition = |service: Service| {
            let region = self.region.as_ref().map_or("", Region::as_str);
            RetryPartition::new(format!("{}/{region}/{service}", session.account))
        };
        Clients {
            workspaces: aws_sdk_workspaces::Client::from_conf(
                aws_sdk_workspaces::config::Builder::from(&session.config)
                    .region(region.clone())
                    .retry_partition(partition(Service::Workspaces))
                    .build(),
            ),
            appstream: aws_sdk_appstream::Client::from_conf(
                aws_sdk_appstream::config::Builder::from(&session.config)
                    .region(region)
                    .retry_partition(partition(Service::Appstream))
                    .build(),
            ),
        }
    }

    fn pace(&self, service: Service) -> &Pace {
        match service {
            Service::Workspaces | Service::Sts => &self.workspaces_pace,
            Service::Appstream => &self.appstream_pace,
        }
    }
}
