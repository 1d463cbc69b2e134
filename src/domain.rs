//! The words of the trade: account, region, target, service, collector, error class, label text.
//!
//! A raw string becomes one of these once, at the border; nobody checks again. `Display` is the label value. Knows
//! nothing of AWS's SDK, of HTTP or of metrics.

use std::fmt;
use std::str::FromStr;

/// A twelve-digit AWS account id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl FromStr for AccountId {
    type Err = InvalidWord;

    fn from_str(raw: &str) -> Result<Self, InvalidWord> {
        if raw.len() == 12 && raw.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(InvalidWord { expected: "an AWS account id of 12 digits, in quotes" })
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A region's code, such as `eu-west-1`.
///
/// The form is checked, not a list: a region that opens tomorrow works with this build.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// The regions in which this build has seen WorkSpaces or AppStream: where suggestions come from.
    pub fn known() -> impl Iterator<Item = &'static str> {
        let mut known = [WORKSPACES_REGIONS, APPSTREAM_REGIONS].concat();
        known.sort_unstable();
        known.dedup();
        known.into_iter()
    }

    /// The partition that the region lies in: the second part of its ARNs.
    pub fn partition(&self) -> &'static str {
        match self.0.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            region if region.starts_with("us-isob-") => "aws-iso-b",
            region if region.starts_with("us-isof-") => "aws-iso-f",
            region if region.starts_with("us-iso-") => "aws-iso",
            region if region.starts_with("eu-isoe-") => "aws-iso-e",
            region if region.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        }
    }

    /// The code as AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = InvalidWord;

    fn from_str(raw: &str) -> Result<Self, InvalidWord> {
        let parts: Vec<&str> = raw.split('-').collect();
        let well_formed = match parts.as_slice() {
            [area, middle @ .., number] => {
                (2..=4).contains(&area.len())
                    && !middle.is_empty()
                    && [*area].iter().chain(middle).all(|part| is_lower_case(part))
                    && (1..=2).contains(&number.len())
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            }
            _ => false,
        };
        if well_formed {
            Ok(Self(raw.to_owned()))
        } else {
            Err(InvalidWord { expected: "a region code such as \"eu-west-1\"" })
        }
    }
}

fn is_lower_case(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// One account in one region: what a row of series is about.
///
/// Either half may be unknown for a while: the account until AWS has said whose credentials these are, the region when
/// neither configuration nor environment names one. An unknown half is an empty label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// The account that is asked.
    pub account: Option<AccountId>,
    /// The region that is asked.
    pub region: Option<Region>,
}

impl Target {
    /// The value of the label `account_id`.
    pub fn account_label(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.0)
    }

    /// The value of the label `region`.
    pub fn region_label(&self) -> &str {
        self.region.as_ref().map_or("", |region| &region.0)
    }
}

/// An AWS API that the exporter calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Amazon WorkSpaces.
    Workspaces,
    /// AppStream 2.0, sold as WorkSpaces Applications.
    Appstream,
    /// The Security Token Service.
    Sts,
}

impl Service {
    /// Whether this build knows the service to exist in the region. Only ever names an error that has already
    /// happened; a region outside the list is asked like any other.
    pub fn is_known_in(self, region: &Region) -> bool {
        match self {
            Self::Workspaces => WORKSPACES_REGIONS.contains(&region.as_str()),
            Self::Appstream => APPSTREAM_REGIONS.contains(&region.as_str()),
            Self::Sts => true,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Workspaces => "workspaces",
            Self::Appstream => "appstream",
            Self::Sts => "sts",
        })
    }
}

/// One operation of an AWS API, by AWS's own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operation {
    /// The API it belongs to.
    pub service: Service,
    /// Its name, such as `DescribeImages`.
    pub name: &'static str,
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

/// The name of a collector: the label `collector` and the key of its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CollectorName(pub &'static str);

impl fmt::Display for CollectorName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

/// Why a call or a refresh failed: the label `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorClass {
    /// AWS knows who we are and refuses.
    AccessDenied,
    /// There are no usable credentials, or AWS does not accept them.
    Credentials,
    /// AWS asks us to slow down.
    Throttling,
    /// An answer did not come in time.
    Timeout,
    /// No connection, or one that broke.
    Connection,
    /// AWS failed.
    Server,
    /// The service does not exist in the region.
    UnsupportedRegion,
    /// An answer came that is not one.
    InvalidResponse,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// The class as a label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::Credentials => "credentials",
            Self::Throttling => "throttling",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Server => "server",
            Self::UnsupportedRegion => "unsupported_region",
            Self::InvalidResponse => "invalid_response",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A text of AWS's that is fit to be a label value: not empty, at most [`Text::MAX_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Box<str>);

impl Text {
    /// The longest label value that comes from AWS, in characters.
    pub const MAX_CHARS: usize = 256;

    /// Cuts a long text at a character boundary. An empty one is absent: AWS sends `""` for "none".
    pub fn new(raw: &str) -> Option<Self> {
        if raw.is_empty() {
            return None;
        }
        let end = raw.char_indices().nth(Self::MAX_CHARS).map_or(raw.len(), |(index, _)| index);
        Some(Self(raw[..end].into()))
    }

    /// Like [`Text::new`], for a field that AWS may leave out.
    pub fn maybe(raw: Option<&str>) -> Option<Self> {
        raw.and_then(Self::new)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The label value of a text that may be absent: the empty string then.
    pub fn label(text: Option<&Self>) -> &str {
        text.map_or("", Self::as_str)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A raw string is not the word it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct InvalidWord {
    /// What was expected.
    pub expected: &'static str,
}

/// Where AWS's endpoint list had WorkSpaces in November 2026.
const WORKSPACES_REGIONS: &[&str] = &[
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-5",
    "ca-central-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-west-2",
];

/// Where AWS's endpoint list had AppStream in November 2026.
const APPSTREAM_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-5",
    "ca-central-1",
    "eu-central-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-isob-east-1",
    "us-west-2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_twelve_digits() {
        assert_eq!("012345678901".parse::<AccountId>().expect("twelve digits").to_string(), "012345678901");
        for raw in ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２"] {
            assert!(raw.parse::<AccountId>().is_err(), "{raw}");
        }
    }

    #[test]
    fn a_region_has_the_form_of_a_region() {
        for raw in Region::known().chain(["us-gov-west-1", "eusc-de-east-1", "us-isof-south-1", "mx-central-12"]) {
            assert_eq!(raw.parse::<Region>().expect(raw).as_str(), raw);
        }
        for raw in
            ["", "eu", "eu-west", "eu-1", "eu_west_1", "EU-WEST-1", "eu-west-1a", "eu--1", "-west-1", "eu-west-123"]
        {
            assert!(raw.parse::<Region>().is_err(), "{raw}");
        }
    }

    #[test]
    fn a_region_knows_its_partition() {
        for (raw, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(raw.parse::<Region>().expect(raw).partition(), partition);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters_and_empty_is_absent() {
        assert_eq!(Text::new(""), None);
        assert_eq!(Text::new(&"é".repeat(300)).expect("not empty").as_str(), "é".repeat(256));
        assert_eq!(Text::new(&"x".repeat(256)).expect("not empty").as_str(), "x".repeat(256));
    }
}
