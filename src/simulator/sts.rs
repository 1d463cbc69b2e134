//! GetCallerIdentity and AssumeRole.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::identity::{Caller, Sessions, role_id};
use super::refusal::{Constraints, Refusal};
use super::time::format_iso;
use super::world::World;
use crate::domain::AccountId;

/// How long a role's sessions may last unless its owner says otherwise, and those of a role that assumes another.
const ONE_HOUR: i64 = 3600;

/// Whose credentials these are.
pub(super) fn get_caller_identity(caller: &Caller) -> Value {
    json!({"Arn": caller.arn(), "UserId": caller.user_id(), "Account": caller.account.to_string()})
}

/// Opens a session of a role, if the role exists, the external id is its own and the session is well described.
pub(super) fn assume_role(
    world: &World,
    sessions: &mut Sessions,
    caller: &Caller,
    input: &Map<String, Value>,
    now_unix: f64,
) -> Result<Value, Refusal> {
    let Wish { role_arn, session, external_id, seconds } = Wish::read(input)?;
    if seconds > ONE_HOUR {
        return Err(Refusal::validation(if caller.role.is_some() {
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        } else {
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        }));
    }
    let role = parse_role(role_arn).filter(|(account, name)| {
        let role = world.accounts.get(account).and_then(|account| account.roles.get(*name));
        role.is_some_and(|role| role.external_id.is_none() || role.external_id.as_deref() == external_id)
    });
    let Some((account, name)) = role else {
        let arn = caller.arn();
        let message = format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}");
        return Err(Refusal::new(403, "AccessDeniedException", message));
    };
    let lasting = u64::try_from(seconds).unwrap_or_default();
    let keys = sessions.open(account.clone(), (name.to_owned(), session.to_owned()), Duration::from_secs(lasting));
    let partition = caller.region.partition();
    Ok(json!({
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{}:{session}", role_id(&account)),
            "Arn": format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
        },
        "Credentials": {
            "AccessKeyId": keys.access_key,
            "SecretAccessKey": keys.secret,
            "SessionToken": keys.token,
            "Expiration": format_iso(whole_seconds(now_unix) + seconds),
        },
    }))
}

#[expect(clippy::cast_possible_truncation, reason = "the seconds since 1970 are far below 2^53")]
fn whole_seconds(unix: f64) -> i64 {
    unix as i64
}

/// The input of AssumeRole within its limits.
struct Wish<'a> {
    role_arn: &'a str,
    session: &'a str,
    external_id: Option<&'a str>,
    seconds: i64,
}

impl<'a> Wish<'a> {
    fn read(input: &'a Map<String, Value>) -> Result<Self, Refusal> {
        let text = |member: &str| input.get(member).and_then(Value::as_str);
        let mut constraints = Constraints::default();
        let mut within = |member: &str, name: &str, least, most, marks: &str| {
            let value = text(member)?;
            constraints.length(value, value.chars().count(), name, least, most);
            let is_allowed =
                |character: char| character.is_ascii_alphanumeric() || marks.contains(character) || marks.is_empty();
            if !value.chars().all(is_allowed) {
                constraints.broken(value, name, &format!("satisfy regular expression pattern: [\\w{marks}]*"));
            }
            Some(value)
        };
        let role_arn = within("RoleArn", "roleArn", 20, 2048, "");
        let session = within("RoleSessionName", "roleSessionName", 2, 64, "_+=,.@-");
        let external_id = within("ExternalId", "externalId", 2, 1224, "_+=,.@:\\/-");
        for (value, member) in [(role_arn, "roleArn"), (session, "roleSessionName")] {
            if value.is_none() {
                constraints.missing(member);
            }
        }
        let seconds = text("DurationSeconds").map_or(Ok(ONE_HOUR), |text| {
            text.parse().map_err(|_| Refusal::new(400, "MalformedInputException", "DurationSeconds is not a number"))
        })?;
        constraints.range(seconds, "durationSeconds", 900, Some(43_200));
        constraints.check()?;
        Ok(Self { role_arn: role_arn.unwrap_or_default(), session: session.unwrap_or_default(), external_id, seconds })
    }
}

/// The account and name in `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
fn parse_role(arn: &str) -> Option<(AccountId, &str)> {
    let ["arn", _partition, "iam", "", account, resource] = arn.splitn(6, ':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
    Some((account.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assume(input: &Value) -> Result<Value, Refusal> {
        let world = World::new()
            .account("111122223333", |hub| hub)
            .account("444455556666", |member| member.role("open", None).role("locked", Some("a-secret:word/1")));
        let caller = Caller {
            account: "111122223333".parse().expect("an account"),
            region: "eu-west-1".parse().expect("a region"),
            role: None,
        };
        let input = input.as_object().expect("an input");
        assume_role(&world, &mut Sessions::default(), &caller, input, 1_791_202_381.9)
    }

    #[tokio::test]
    async fn a_role_gives_keys_of_its_account() {
        let input = json!({"RoleArn": "arn:aws:iam::444455556666:role/path/open", "RoleSessionName": "se"});
        let output = assume(&input).expect("anyone may assume it");
        assert_eq!(output["AssumedRoleUser"]["Arn"], "arn:aws:sts::444455556666:assumed-role/open/se");
        assert_eq!(output["Credentials"]["Expiration"], "2026-10-05T13:13:01Z");
    }

    #[tokio::test]
    async fn a_role_is_refused_without_its_external_id_as_if_it_did_not_exist() {
        for role in ["locked", "missing", "open/else"] {
            let arn = format!("arn:aws:iam::444455556666:role/{role}");
            let refusal = assume(&json!({"RoleArn": arn, "RoleSessionName": "se", "ExternalId": "wrong"}));
            let refusal = refusal.expect_err("nobody may assume it");
            assert_eq!((refusal.status, refusal.code.as_str()), (403, "AccessDeniedException"));
        }
    }

    #[tokio::test]
    async fn a_session_must_be_well_described() {
        for (member, value) in [
            ("RoleSessionName", json!("s")),
            ("RoleSessionName", json!("a b")),
            ("RoleSessionName", json!(null)),
            ("RoleArn", json!("arn:aws:iam::1")),
            ("DurationSeconds", json!("899")),
            ("DurationSeconds", json!("43201")),
            ("DurationSeconds", json!("3601")),
            ("ExternalId", json!("x")),
        ] {
            let mut input = json!({"RoleArn": "arn:aws:iam::444455556666:role/open", "RoleSessionName": "se"});
            input[member] = value;
            assert_eq!(assume(&input).expect_err(member).code, "ValidationException", "{input}");
        }
    }
}
