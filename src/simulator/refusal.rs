//! What AWS says when it does not do what was asked: a status, a code and a sentence, in no protocol yet.

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(400, "ResourceNotFoundException", message)
    }

    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(400, "SerializationException", message)
    }

    pub(super) fn unknown_operation() -> Self {
        Self::new(400, "UnknownOperationException", "The requested operation is not known to the service.")
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// The refusal as STS gives it: its own codes, and 403 where the caller is at fault rather than the call.
    pub(super) fn in_query_protocol(self) -> Self {
        let code = match self.code.as_str() {
            "UnrecognizedClientException" => "InvalidClientTokenId",
            "UnknownOperationException" => "InvalidAction",
            "ValidationException" => "ValidationError",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            code => code.strip_suffix("Exception").unwrap_or(code),
        };
        let status = match code {
            "InvalidClientTokenId"
            | "MissingAuthenticationToken"
            | "ExpiredToken"
            | "SignatureDoesNotMatch"
            | "AccessDenied"
                if self.status == 400 =>
            {
                403
            }
            _ => self.status,
        };
        Self { status, code: code.to_owned(), message: self.message }
    }
}

/// Gathers what is wrong with an input and words it as AWS's frameworks do.
#[derive(Debug, Default)]
pub(super) struct Constraints(Vec<String>);

impl Constraints {
    /// A member that has to be there.
    pub(super) fn missing(&mut self, member: &str) {
        self.0.push(format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"));
    }

    /// A member whose value must be otherwise; `rule` goes on from "Member must".
    pub(super) fn broken(&mut self, value: &str, member: &str, rule: &str) {
        self.0.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}"));
    }

    /// A number that must lie in a range.
    pub(super) fn range(&mut self, value: i64, member: &str, least: i64, most: Option<i64>) {
        if value < least {
            self.broken(&value.to_string(), member, &format!("have value greater than or equal to {least}"));
        }
        if let Some(most) = most.filter(|most| value > *most) {
            self.broken(&value.to_string(), member, &format!("have value less than or equal to {most}"));
        }
    }

    /// A text or list that must have a length in a range.
    pub(super) fn length(&mut self, value: &str, length: usize, member: &str, least: usize, most: usize) {
        if length < least {
            self.broken(value, member, &format!("have length greater than or equal to {least}"));
        }
        if length > most {
            self.broken(value, member, &format!("have length less than or equal to {most}"));
        }
    }

    /// One of a set of words.
    pub(super) fn word(&mut self, value: &str, member: &str, words: &[&str]) {
        if !words.contains(&value) {
            self.broken(value, member, &format!("satisfy enum value set: [{}]", words.join(", ")));
        }
    }

    /// The refusal, if anything was wrong.
    pub(super) fn check(self) -> Result<(), Refusal> {
        let Self(broken) = self;
        match broken.len() {
            0 => Ok(()),
            1 => Err(Refusal::validation(format!("1 validation error detected: {}", broken[0]))),
            many => Err(Refusal::validation(format!("{many} validation errors detected: {}", broken.join("; ")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_constraints_are_worded_as_aws_words_them() {
        let mut constraints = Constraints::default();
        constraints.range(26, "maxResults", 1, Some(25));
        let refusal = constraints.check().expect_err("26 is over 25");
        assert_eq!(
            refusal.message,
            "1 validation error detected: Value '26' at 'maxResults' failed to satisfy constraint: \
             Member must have value less than or equal to 25"
        );

        let mut constraints = Constraints::default();
        constraints.missing("imageId");
        constraints.word("DESKTOP", "associatedResourceTypes", &["APPLICATION"]);
        let refusal = constraints.check().expect_err("two are broken");
        assert!(refusal.message.starts_with("2 validation errors detected: Value null at 'imageId'"), "{refusal:?}");
    }

    #[test]
    fn sts_has_codes_of_its_own() {
        for (code, status, in_sts) in [
            ("AccessDeniedException", 403, "AccessDenied"),
            ("UnrecognizedClientException", 403, "InvalidClientTokenId"),
            ("ThrottlingException", 400, "Throttling"),
            ("ValidationException", 400, "ValidationError"),
        ] {
            let refusal = Refusal::new(400, code, "").in_query_protocol();
            assert_eq!((refusal.status, refusal.code.as_str()), (status, in_sts));
        }
    }
}
