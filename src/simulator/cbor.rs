//! JSON values as CBOR and back: the body of the Smithy RPC v2 protocol. Numbers under a timestamp's name get tag 1.

use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value as Json};

use super::time::is_timestamp;

/// Encodes a value.
pub(super) fn encode(value: &Json) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&to_cbor(value, false), &mut bytes).expect("writing to memory cannot fail");
    bytes
}

/// Decodes a value that JSON can hold; anything else is `None`.
pub(super) fn decode(bytes: &[u8]) -> Option<Json> {
    to_json(ciborium::from_reader(bytes).ok()?)
}

fn to_cbor(value: &Json, timestamp: bool) -> Cbor {
    match value {
        Json::Null => Cbor::Null,
        Json::Bool(truth) => Cbor::Bool(*truth),
        Json::Number(number) if timestamp => Cbor::Tag(1, Box::new(number_to_cbor(number))),
        Json::Number(number) => number_to_cbor(number),
        Json::String(text) => Cbor::Text(text.clone()),
        Json::Array(items) => Cbor::Array(items.iter().map(|item| to_cbor(item, false)).collect()),
        Json::Object(members) => Cbor::Map(
            members
                .iter()
                .map(|(name, member)| (Cbor::Text(name.clone()), to_cbor(member, is_timestamp(name))))
                .collect(),
        ),
    }
}

fn number_to_cbor(number: &Number) -> Cbor {
    if let Some(number) = number.as_i64() {
        Cbor::Integer(number.into())
    } else if let Some(number) = number.as_u64() {
        Cbor::Integer(number.into())
    } else {
        Cbor::Float(number.as_f64().unwrap_or_default())
    }
}

fn to_json(value: Cbor) -> Option<Json> {
    match value {
        Cbor::Null => Some(Json::Null),
        Cbor::Bool(truth) => Some(Json::Bool(truth)),
        Cbor::Integer(number) => {
            let number = i128::from(number);
            let signed = i64::try_from(number).map(Json::from);
            signed.or_else(|_| u64::try_from(number).map(Json::from)).ok()
        }
        Cbor::Float(number) => Number::from_f64(number).map(Json::Number),
        Cbor::Text(text) => Some(Json::String(text)),
        Cbor::Tag(1, moment) => to_json(*moment),
        Cbor::Array(items) => items.into_iter().map(to_json).collect(),
        Cbor::Map(members) => {
            let members = members.into_iter().map(|(name, member)| Some((name.into_text().ok()?, to_json(member)?)));
            members.collect::<Option<Map<String, Json>>>().map(Json::Object)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_json_can_say_survives_the_way_there_and_back() {
        let value = json!({
            "Text": "a\"b\\c\n\u{0}é漢😀",
            "Numbers": [0, -1, 25, i64::MIN, u64::MAX, 0.5, 1e308, 1_791_202_381.123],
            "Truth": [true, false, null],
            "Created": 1_791_202_381.123,
            "Nested": {"CreatedTime": 1_791_202_381, "": {}},
        });
        assert_eq!(decode(&encode(&value)), Some(value));
    }

    #[test]
    fn a_number_under_a_timestamps_name_has_tag_1() {
        assert_eq!(encode(&json!({"Created": 5})), b"\xa1\x67Created\xc1\x05");
        assert_eq!(encode(&json!({"Creator": 5})), b"\xa1\x67Creator\x05");
        assert_eq!(encode(&json!({"Created": "x"})), b"\xa1\x67Created\x61x");
    }

    #[test]
    fn garbage_is_no_value() {
        for bytes in [b"".as_slice(), b"\xff\xfe", b"<html>", b"\x41\x00"] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
