//! Typed looks into the input of a call. A member of the wrong type is refused as unreadable, as AWS's frameworks do.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The members of an input. An explicit null is an absent member.
#[derive(Clone, Copy)]
pub(super) struct Input<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Input<'a> {
    /// A text.
    pub(super) fn text(self, member: &str) -> Result<Option<&'a str>, Refusal> {
        self.get(member).map(|value| value.as_str().ok_or_else(|| wrong_type(member, "a string"))).transpose()
    }

    /// A list of texts; an absent one is empty.
    pub(super) fn texts(self, member: &str) -> Result<Vec<&'a str>, Refusal> {
        let Some(value) = self.get(member) else { return Ok(Vec::new()) };
        let items = value.as_array().ok_or_else(|| wrong_type(member, "a list"))?;
        items.iter().map(|item| item.as_str().ok_or_else(|| wrong_type(member, "a list of strings"))).collect()
    }

    /// A whole number.
    pub(super) fn number(self, member: &str) -> Result<Option<i64>, Refusal> {
        self.get(member).map(|value| value.as_i64().ok_or_else(|| wrong_type(member, "an integer"))).transpose()
    }

    /// Whether the member is there.
    pub(super) fn has(self, member: &str) -> bool {
        self.get(member).is_some()
    }

    fn get(self, member: &str) -> Option<&'a Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }
}

fn wrong_type(member: &str, expected: &str) -> Refusal {
    Refusal::unreadable(format!("{member} must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_of_the_wrong_type_is_unreadable_and_null_is_absent() {
        let members = json!({"Text": 5, "Texts": ["a", 5], "Number": "many", "Null": null});
        let input = Input(members.as_object().expect("members"));
        assert_eq!(input.text("Text").expect_err("a number").code, "SerializationException");
        assert_eq!(input.texts("Texts").expect_err("a mixture").code, "SerializationException");
        assert_eq!(input.number("Number").expect_err("a text").code, "SerializationException");
        assert_eq!((input.text("Null"), input.has("Null")), (Ok(None), false));
    }
}
