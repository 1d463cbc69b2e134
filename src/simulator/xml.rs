//! JSON values as the XML of the query protocol.

use serde_json::Value;
use std::fmt::Write as _;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// A successful answer: `<OPResponse><OPResult>…</OPResult>…`.
pub(super) fn success(operation: &str, result: &Value, request_id: &str) -> String {
    let mut out = format!("<{operation}Response xmlns=\"{NAMESPACE}\">");
    element(&mut out, &format!("{operation}Result"), result);
    out.push_str("<ResponseMetadata>");
    text_element(&mut out, "RequestId", request_id);
    let _ = write!(out, "</ResponseMetadata></{operation}Response>");
    out
}

/// An error answer.
pub(super) fn refusal(kind: &str, code: &str, message: &str, request_id: &str) -> String {
    let mut out = format!("<ErrorResponse xmlns=\"{NAMESPACE}\"><Error>");
    text_element(&mut out, "Type", kind);
    text_element(&mut out, "Code", code);
    text_element(&mut out, "Message", message);
    out.push_str("</Error>");
    text_element(&mut out, "RequestId", request_id);
    out.push_str("</ErrorResponse>");
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            let _ = write!(out, "<{name}>");
            for (name, member) in members {
                element(out, name, member);
            }
            let _ = write!(out, "</{name}>");
        }
        Value::String(text) => text_element(out, name, text),
        other => text_element(out, name, &other.to_string()),
    }
}

fn text_element(out: &mut String, name: &str, text: &str) {
    let _ = write!(out, "<{name}>");
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(character),
            '\r' => out.push_str("&#xD;"),
            // XML 1.0 has no way to write the other control characters.
            control if control.is_ascii_control() => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
    }
    let _ = write!(out, "</{name}>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn markup_in_a_text_stays_text() {
        let xml = success("AssumeRole", &json!({"Credentials": {"AccessKeyId": "<a&\"b\">\r\u{1}"}}), "id");
        assert!(xml.contains("<AccessKeyId>&lt;a&amp;&quot;b&quot;&gt;&#xD;\u{fffd}</AccessKeyId>"), "{xml}");
        assert!(xml.starts_with("<AssumeRoleResponse xmlns=") && xml.ends_with("</AssumeRoleResponse>"), "{xml}");
    }
}
