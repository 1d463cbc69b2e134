//! One request, read: which protocol, which operation, who asks, with what input. Judges nothing that needs a world.

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, USER_AGENT};
use hyper::http::request::Parts;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::{cbor, operation};
use crate::domain::{Operation, Region, Service};

/// A wire protocol of AWS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AWS JSON 1.1.
    Json,
    /// Smithy RPC v2 CBOR.
    Cbor,
    /// The query protocol: a form in, XML out. STS only.
    Query,
}

/// A request as far as it can be understood by itself.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) protocol: Protocol,
    pub(super) service: Option<Service>,
    pub(super) operation: Option<Operation>,
    /// The operation's name as the caller wrote it.
    pub(super) called: String,
    pub(super) credential: Result<Credential, Refusal>,
    pub(super) session_token: Option<String>,
    pub(super) user_agent: String,
    pub(super) input: Result<Map<String, Value>, Refusal>,
}

/// The credential scope of a Signature Version 4 header. The signature itself is not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) access_key: String,
    pub(super) region: Region,
    pub(super) signing_name: String,
}

impl Call {
    pub(super) fn read(parts: &Parts, body: &Bytes) -> Self {
        let form = || form_urlencoded::parse(body).into_owned();
        let (protocol, service, called) = match Address::of(parts) {
            Address::Cbor { service, called } => {
                (Protocol::Cbor, operation::service_called(service), called.to_owned())
            }
            Address::Json { service, called } => {
                (Protocol::Json, operation::service_called(service), called.to_owned())
            }
            Address::Query => {
                let action = form().find(|(name, _)| name == "Action").map(|(_, action)| action);
                (Protocol::Query, Some(Service::Sts), action.unwrap_or_default())
            }
        };
        let input = match protocol {
            Protocol::Json | Protocol::Cbor if body.is_empty() => Ok(Map::new()),
            Protocol::Json => object(serde_json::from_slice(body).ok()),
            Protocol::Cbor => object(cbor::decode(body)),
            Protocol::Query => Ok(form().map(|(name, value)| (name, Value::String(value))).collect()),
        };
        Self {
            protocol,
            service,
            operation: service.and_then(|service| operation::find(service, &called)),
            called,
            credential: Credential::read(&parts.headers),
            session_token: text(&parts.headers, "x-amz-security-token").map(str::to_owned),
            user_agent: text(&parts.headers, USER_AGENT.as_str()).unwrap_or_default().to_owned(),
            input,
        }
    }

    /// A member of the input that is a text, if the input could be read at all.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.input.as_ref().ok()?.get(member)?.as_str()
    }
}

/// How the three protocols say which operation is meant.
enum Address<'a> {
    Cbor { service: &'a str, called: &'a str },
    Json { service: &'a str, called: &'a str },
    Query,
}

impl<'a> Address<'a> {
    fn of(parts: &'a Parts) -> Self {
        let speaks_cbor = text(&parts.headers, "smithy-protocol") == Some("rpc-v2-cbor");
        let steps: Vec<&str> = parts.uri.path().split('/').collect();
        if let ["", "service", service, "operation", called] = steps[..] {
            return Self::Cbor { service: if speaks_cbor { service } else { "" }, called };
        }
        if let Some(target) = text(&parts.headers, "x-amz-target") {
            let (service, called) = target.rsplit_once('.').unwrap_or(("", target));
            return Self::Json { service, called };
        }
        match text(&parts.headers, CONTENT_TYPE.as_str()) {
            Some(media) if media.starts_with("application/x-www-form-urlencoded") => Self::Query,
            _ => Self::Json { service: "", called: "" },
        }
    }
}

impl Credential {
    fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(header) = text(headers, AUTHORIZATION.as_str()) else {
            return Err(Refusal::new(400, "MissingAuthenticationTokenException", "Missing Authentication Token"));
        };
        Self::parse(header).ok_or_else(|| {
            let message = "Authorization header requires 'Credential' parameter of five parts.";
            Refusal::new(400, "IncompleteSignatureException", message)
        })
    }

    fn parse(header: &str) -> Option<Self> {
        let parameters = header.strip_prefix("AWS4-HMAC-SHA256")?.split(',');
        let scope = parameters.map(str::trim).find_map(|parameter| parameter.strip_prefix("Credential="))?;
        let [access_key, _date, region, signing_name, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self {
            access_key: access_key.to_owned(),
            region: region.parse().ok()?,
            signing_name: signing_name.to_owned(),
        })
    }
}

fn object(value: Option<Value>) -> Result<Map<String, Value>, Refusal> {
    match value {
        Some(Value::Object(members)) => Ok(members),
        _ => Err(Refusal::unreadable("The request's body is not an object in the request's protocol.")),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    const SCOPE: &str = "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-west-1/workspaces/aws4_request, Signature=x";

    fn read(path: &str, headers: &[(&str, &str)], body: &'static str) -> Call {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Call::read(&request.body(()).expect("a request").into_parts().0, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn each_protocol_names_its_operation_in_its_own_way() {
        let json = read("/", &[("x-amz-target", "WorkspacesService.DescribeWorkspaceImages")], "{}");
        assert_eq!((json.protocol, json.operation), (Protocol::Json, Some(operation::DESCRIBE_WORKSPACE_IMAGES)));

        let path = "/service/PhotonAdminProxyService/operation/DescribeImages";
        let cbor = read(path, &[("smithy-protocol", "rpc-v2-cbor")], "\u{0}");
        assert_eq!((cbor.protocol, cbor.operation), (Protocol::Cbor, Some(operation::DESCRIBE_IMAGES)));
        assert!(cbor.input.is_err(), "the body is the number 0");
        assert_eq!(read(path, &[], "").operation, None, "the protocol's header is missing");

        let form = [("content-type", "application/x-www-form-urlencoded")];
        let query = read("/", &form, "Action=AssumeRole&RoleSessionName=a%2Bb&Version=2011-06-15");
        assert_eq!((query.protocol, query.operation), (Protocol::Query, Some(operation::ASSUME_ROLE)));
        assert_eq!(query.text("RoleSessionName"), Some("a+b"));
    }

    #[test]
    fn the_scope_of_the_signature_says_who_asks_and_where() {
        let credential = read("/", &[("authorization", SCOPE)], "").credential.expect("a scope");
        assert_eq!((credential.access_key.as_str(), credential.region.as_str()), ("AKID", "eu-west-1"));
        let code = |headers: &[(&str, &str)]| read("/", headers, "").credential.expect_err("no scope").code;
        assert_eq!(code(&[]), "MissingAuthenticationTokenException");
        assert_eq!(code(&[("authorization", "Basic eDp5")]), "IncompleteSignatureException");
    }
}
