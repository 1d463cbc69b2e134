//! Who asks: access keys made from account ids, and the temporary ones that roles give. Verifies no signature.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::call::{Call, Credential};
use super::refusal::Refusal;
use super::world::World;
use crate::domain::{AccountId, Region, Service};

const LASTING: &str = "AKIASIM0";
const PASSING: &str = "ASIASIM0";

/// The access key id and secret access key that the simulator takes for an account's own.
pub fn credentials(account: &AccountId) -> (String, String) {
    (format!("{LASTING}{account}"), format!("simulated-and-not-a-secret-0{account}"))
}

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) account: AccountId,
    pub(super) region: Region,
    /// The role and the session's name; `None` for the account's lasting key.
    pub(super) role: Option<(String, String)>,
}

impl Caller {
    /// The caller's ARN as GetCallerIdentity gives it.
    pub(super) fn arn(&self) -> String {
        let (partition, account) = (self.region.partition(), &self.account);
        match &self.role {
            None => format!("arn:{partition}:iam::{account}:user/simulator"),
            Some((role, session)) => format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}"),
        }
    }

    /// The caller's unique id as GetCallerIdentity gives it.
    pub(super) fn user_id(&self) -> String {
        match &self.role {
            None => format!("AIDASIM0{}", self.account),
            Some((_, session)) => format!("{}:{session}", role_id(&self.account)),
        }
    }
}

/// The unique id of a role of the account.
pub(super) fn role_id(account: &AccountId) -> String {
    format!("AROASIM0{account}")
}

/// The temporary credentials that were handed out.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    given: BTreeMap<String, Session>,
    count: u64,
}

#[derive(Debug)]
struct Session {
    account: AccountId,
    role: (String, String),
    token: String,
    ends: Instant,
}

/// A temporary key, for the one who assumed the role.
pub(super) struct Keys {
    pub(super) access_key: String,
    pub(super) secret: String,
    pub(super) token: String,
}

impl Sessions {
    /// Opens a session of a role.
    pub(super) fn open(&mut self, account: AccountId, role: (String, String), lasting: Duration) -> Keys {
        self.count += 1;
        let access_key = format!("{PASSING}{:012}", self.count);
        let token = format!("simulated-session-token/{:012}==", self.count);
        let secret = format!("simulated-and-not-a-secret-1{:012}", self.count);
        let session = Session { account, role, token: token.clone(), ends: Instant::now() + lasting };
        self.given.insert(access_key.clone(), session);
        Keys { access_key, secret, token }
    }

    /// Ends all sessions now, as if their time were over.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        for session in self.given.values_mut() {
            session.ends = session.ends.min(now);
        }
    }

    /// Who a call comes from.
    pub(super) fn identify(&self, world: &World, call: &Call) -> Result<Caller, Refusal> {
        let credential = call.credential.clone()?;
        check_service(call.service, &credential)?;
        let Credential { access_key, region, .. } = credential;
        if let Some(session) = self.given.get(&access_key) {
            if call.session_token.as_ref() != Some(&session.token) {
                return Err(unrecognized());
            }
            if session.ends <= Instant::now() {
                let message = "The security token included in the request is expired";
                return Err(Refusal::new(400, "ExpiredTokenException", message));
            }
            return Ok(Caller { account: session.account.clone(), region, role: Some(session.role.clone()) });
        }
        let account = account_of(&access_key).filter(|account| world.accounts.contains_key(account));
        account.map(|account| Caller { account, region, role: None }).ok_or_else(unrecognized)
    }

    /// The account that an access key belongs to, whatever else is wrong with the call.
    pub(super) fn account(&self, access_key: &str) -> Option<AccountId> {
        let session = self.given.get(access_key).map(|session| session.account.clone());
        session.or_else(|| account_of(access_key))
    }
}

fn check_service(service: Option<Service>, credential: &Credential) -> Result<(), Refusal> {
    match service {
        Some(service) if service.to_string() != credential.signing_name => {
            let message = format!("Credential should be scoped to correct service: '{service}'.");
            Err(Refusal::new(400, "InvalidSignatureException", message))
        }
        _ => Ok(()),
    }
}

fn account_of(access_key: &str) -> Option<AccountId> {
    access_key.strip_prefix(LASTING)?.parse().ok()
}

fn unrecognized() -> Refusal {
    Refusal::new(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_lengths_of_real_ones_and_look_fake() {
        let (access_key, secret) = credentials(&"111122223333".parse().expect("an account"));
        assert_eq!(access_key, "AKIASIM0111122223333");
        assert_eq!((access_key.len(), secret.len()), (20, 40));
        assert!(secret.contains("not-a-secret"), "{secret}");
    }
}
