//! Whose credentials these are: found once, shared by every target that uses them, found anew when AWS rejects them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_sts::config::SharedHttpClient;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use aws_sdk_workspaces::config::retry::RetryPartition;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};
use tracing::info;

use super::{Attempts, FetchError, Meter, Settings};
use crate::domain::{AccountId, ErrorClass, Operation, Region, Service, Target};

const GET_CALLER_IDENTITY: Operation = Operation { service: Service::Sts, name: "GetCallerIdentity" };

/// For how long a failure to log in is everybody's answer. Shorter than any back-off, long enough that collectors that
/// start together share one failure.
const FAILURE_KEPT: Duration = Duration::from_secs(10);

/// How often rejected credentials are looked for anew.
const RENEWAL_PAUSE: Duration = Duration::from_mins(1);

/// Longest search for a region in profile and instance metadata.
const REGION_TIMEOUT: Duration = Duration::from_secs(5);

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The environment, as every AWS tool finds them: variables, profile, web identity, container, instance.
    Environment,
    /// Given keys: the simulator's.
    Keys(Credentials),
}

/// A way to credentials.
#[derive(Debug)]
pub struct Access {
    settings: Settings,
    identity: Identity,
    http: SharedHttpClient,
    attempts: Arc<dyn Attempts>,
    login: Mutex<Arc<Login>>,
}

#[derive(Debug)]
struct Login {
    begun: Instant,
    outcome: OnceCell<Result<Arc<Session>, FetchError>>,
}

/// Credentials and whose they are.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) account: AccountId,
    pub(super) config: SdkConfig,
}

impl Access {
    /// Looks for nothing yet.
    pub fn new(settings: Settings, identity: Identity, attempts: Arc<dyn Attempts>) -> Self {
        let http = http_client(settings.endpoint_url.is_some());
        Self { settings, identity, http, attempts, login: Mutex::new(Login::begin()) }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn attempts(&self) -> Arc<dyn Attempts> {
        self.attempts.clone()
    }

    /// The session, from memory or by logging in; whoever comes meanwhile waits for the same login.
    pub(super) async fn session(&self, region: Option<&Region>) -> Result<Arc<Session>, FetchError> {
        let login = {
            let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(login.outcome.get(), Some(Err(_))) && login.begun.elapsed() > FAILURE_KEPT {
                *login = Login::begin();
            }
            login.clone()
        };
        let session = login.outcome.get_or_init(|| self.log_in(region)).await.clone()?;
        self.attempts.target_known(&Target { account: Some(session.account.clone()), region: region.cloned() });
        Ok(session)
    }

    /// Forgets a session whose credentials AWS has rejected, so that the next call looks for new ones.
    pub(super) fn renew(&self, rejected: &Arc<Session>) {
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        let current = matches!(login.outcome.get(), Some(Ok(session)) if Arc::ptr_eq(session, rejected));
        if current && login.begun.elapsed() > RENEWAL_PAUSE {
            *login = Login::begin();
        }
    }

    async fn log_in(&self, region: Option<&Region>) -> Result<Arc<Session>, FetchError> {
        let config = self.load(region).await;
        if region.is_none() {
            return Err(without_region(&config).await);
        }
        let account = self.caller_account(&config, region).await?;
        if let Some(expected) = self.settings.account_id.as_ref().filter(|expected| **expected != account) {
            return Err(FetchError::plain(
                ErrorClass::Credentials,
                format!("the credentials belong to account {account}; aws.account_id wants {expected}"),
            ));
        }
        info!(account_id = %account, "found credentials");
        Ok(Arc::new(Session { account, config }))
    }

    async fn load(&self, region: Option<&Region>) -> SdkConfig {
        let region = region.map(|region| aws_config::Region::new(region.as_str().to_owned()));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .app_name(aws_config::AppName::new(env!("CARGO_PKG_NAME")).expect("a crate's name is a valid one"))
            .http_client(self.http.clone())
            .region(region.unwrap_or_else(|| aws_config::Region::from_static("us-east-1")))
            .retry_config(self.settings.retries())
            .timeout_config(self.settings.timeouts());
        if let Some(url) = &self.settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Identity::Keys(keys) = &self.identity {
            loader = loader.credentials_provider(keys.clone());
        }
        loader.load().await
    }

    async fn caller_account(&self, config: &SdkConfig, region: Option<&Region>) -> Result<AccountId, FetchError> {
        let partition = RetryPartition::new("ambient/sts");
        let sts = aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::config::Builder::from(config).retry_partition(partition).build(),
        );
        let target = Target { account: None, region: region.cloned() };
        let meter: Meter<GetCallerIdentityError> = Meter::new(GET_CALLER_IDENTITY, target, self.attempts.clone());
        let identity = sts
            .get_caller_identity()
            .customize()
            .interceptor(meter)
            .send()
            .await
            .map_err(|error| FetchError::new(GET_CALLER_IDENTITY, &error))?;
        identity
            .account()
            .and_then(|account| account.parse().ok())
            .ok_or_else(|| FetchError::invalid(GET_CALLER_IDENTITY, "the answer has no account"))
    }
}

impl Login {
    fn begin() -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), outcome: OnceCell::new() })
    }
}

/// Says what is missing when no region is known: credentials too, perhaps.
async fn without_region(config: &SdkConfig) -> FetchError {
    let wanted = "no region: set aws.regions, AWS_REGION or the profile's region";
    let Some(provider) = config.credentials_provider() else {
        return FetchError::plain(ErrorClass::Credentials, format!("no credentials; {wanted}"));
    };
    match provider.provide_credentials().await {
        Ok(_) => FetchError::plain(ErrorClass::Other, wanted),
        Err(error) => FetchError::plain(ErrorClass::Credentials, format!("{error}; {wanted}")),
    }
}

/// The region that profile or instance metadata name. `AWS_REGION` has been read with the settings.
pub async fn environment_region() -> Option<Region> {
    let chain = aws_config::meta::region::RegionProviderChain::default_provider();
    let region = timeout(REGION_TIMEOUT, chain.region()).await.ok().flatten()?;
    region.as_ref().parse().ok()
}

/// One client for all services and targets, so that they share connections. A proxy of the environment is used, but not
/// for an endpoint of our own.
fn http_client(own_endpoint: bool) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().enable_tcp_nodelay(true);
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(aws_sdk_workspaces::config::RuntimeComponents::sleep_impl));
        connector.set_proxy_config(Some(if own_endpoint { ProxyConfig::disabled() } else { ProxyConfig::from_env() }));
        connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
    })
}
