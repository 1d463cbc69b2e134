//! Whose credentials these are: found once, shared by every target that uses them, found anew when AWS rejects them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// How long a region waits for the login that another has begun before it tries by itself.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(2);

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
    /// The last login through each region. One success is enough for all.
    logins: Mutex<BTreeMap<Option<Region>, Arc<Login>>>,
}

#[derive(Debug)]
struct Login {
    through: Option<Region>,
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
        Self { settings, identity, http, attempts, logins: Mutex::default() }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn attempts(&self) -> Arc<dyn Attempts> {
        self.attempts.clone()
    }

    /// The session, from memory or by logging in; whoever comes meanwhile waits for the same login.
    pub(super) async fn session(&self, region: Option<&Region>) -> Result<Arc<Session>, FetchError> {
        let session = match self.session_of_others(region).await {
            Some(session) => session,
            None => self.outcome_of(&self.own_login(region)).await.clone()?,
        };
        self.attempts.target_known(&Target { account: Some(session.account.clone()), region: region.cloned() });
        Ok(session)
    }

    /// The session that a login through another region has come to, or comes to soon. A region in trouble must not
    /// take the others with it: what fails there is tried here.
    async fn session_of_others(&self, region: Option<&Region>) -> Option<Arc<Session>> {
        let logins: Vec<Arc<Login>> = {
            let logins = self.logins();
            let others = logins.iter().filter(|(through, _)| through.as_ref() != region);
            others.map(|(_, login)| login.clone()).collect()
        };
        if let Some(session) = logins.iter().find_map(|login| login.session()) {
            return Some(session);
        }
        let begun = logins.into_iter().find(|login| login.outcome.get().is_none())?;
        timeout(PATIENCE_WITH_OTHERS, self.outcome_of(&begun)).await.ok()?.as_ref().ok().cloned()
    }

    /// How a login ends; if whoever began it has gone away, the next who waits goes on with it.
    async fn outcome_of<'a>(&self, login: &'a Login) -> &'a Result<Arc<Session>, FetchError> {
        login.outcome.get_or_init(|| self.log_in(login.through.as_ref())).await
    }

    fn own_login(&self, region: Option<&Region>) -> Arc<Login> {
        let mut logins = self.logins();
        let login = logins.entry(region.cloned()).or_insert_with(|| Login::through(region));
        if matches!(login.outcome.get(), Some(Err(_))) && login.begun.elapsed() > FAILURE_KEPT {
            *login = Login::through(region);
        }
        login.clone()
    }

    /// Forgets a session whose credentials AWS has rejected, so that the next call looks for new ones.
    pub(super) fn renew(&self, rejected: &Arc<Session>) {
        self.logins().retain(|_, login| {
            let current = login.session().is_some_and(|session| Arc::ptr_eq(&session, rejected));
            !current || login.begun.elapsed() <= RENEWAL_PAUSE
        });
    }

    fn logins(&self) -> MutexGuard<'_, BTreeMap<Option<Region>, Arc<Login>>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn through(region: Option<&Region>) -> Arc<Self> {
        Arc::new(Self { through: region.cloned(), begun: Instant::now(), outcome: OnceCell::new() })
    }

    fn session(&self) -> Option<Arc<Session>> {
        self.outcome.get().and_then(|outcome| outcome.as_ref().ok()).cloned()
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
