//! The landing page: where to go, and how every collector is doing, with AWS's own words about what is in trouble.

use std::fmt::Write as _;

use super::Settings;
use crate::refresh::SlotStatus;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2024}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;\
vertical-align:top;overflow-wrap:anywhere}td:first-child{white-space:nowrap}.bad{color:#b3261e}.good{color:#1b6e3c}";

/// The page as it is now.
pub(super) fn landing(version: &str, settings: &Settings, slots: &[SlotStatus]) -> String {
    let metrics = escape(&settings.telemetry_path);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>euc-exporter</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
         <h1>euc-exporter {}</h1>\n<p>Golden images of Amazon WorkSpaces and AppStream 2.0, for Prometheus.</p>\n\
         <ul><li><a href=\"{metrics}\">{metrics}</a>: the metrics</li>\
         <li><a href=\"/-/healthy\">/-/healthy</a>: the process works</li>\
         <li><a href=\"/-/ready\">/-/ready</a>: it takes scrapes</li></ul>\n",
        escape(version)
    );
    write_slots(&mut page, slots);
    write_notes(&mut page, slots);
    page.push_str("</body></html>\n");
    page
}

fn write_slots(page: &mut String, slots: &[SlotStatus]) {
    page.push_str(
        "<h2>Collectors</h2>\n<table><tr><th>account</th><th>region</th><th>collector</th><th>objects</th>\
         <th>last refresh</th></tr>\n",
    );
    for SlotStatus { target, collector, success, error, objects, .. } in slots {
        let (class, outcome) = match success {
            None => ("", "none yet: the first scrape starts it".to_owned()),
            Some(true) => ("good", "good".to_owned()),
            Some(false) => ("bad", escape(error.as_deref().unwrap_or("failed"))),
        };
        write_row(
            page,
            &[
                escape(target.account_label()),
                escape(target.region_label()),
                collector.to_string(),
                objects.to_string(),
                format!("<span class=\"{class}\">{outcome}</span>"),
            ],
        );
    }
    page.push_str("</table>\n");
}

fn write_notes(page: &mut String, slots: &[SlotStatus]) {
    let notes = slots.iter().flat_map(|slot| slot.notes.iter().map(move |note| (&slot.target, note)));
    page.push_str(
        "<h2>What AWS says</h2>\n<table><tr><th>region</th><th>object</th><th>code</th><th>message</th></tr>\n",
    );
    for (target, note) in notes {
        let cells = [target.region_label(), &note.object, &note.code, &note.message].map(escape);
        write_row(page, &cells);
    }
    page.push_str("</table>\n");
}

fn write_row(page: &mut String, cells: &[String]) {
    page.push_str("<tr>");
    for cell in cells {
        write!(page, "<td>{cell}</td>").expect("a String takes any text");
    }
    page.push_str("</tr>\n");
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CollectorName, Target};
    use crate::exposition::Note;

    #[test]
    fn nothing_that_aws_says_becomes_markup() {
        let hostile = "<script>alert(\"1\")</script>&'";
        let slot = SlotStatus {
            target: Target::default(),
            collector: CollectorName("c"),
            success: Some(false),
            error: Some(hostile.to_owned()),
            objects: 3,
            last_success: None,
            notes: vec![Note { object: hostile.to_owned(), code: hostile.to_owned(), message: hostile.to_owned() }],
        };
        let settings =
            Settings { listen_addresses: Vec::new(), telemetry_path: "/metrics\"".to_owned(), max_requests: 1 };
        let page = landing("1.0", &settings, &[slot]);
        assert!(!page.contains("<script>") && !page.contains("metrics\"\""), "{page}");
        assert_eq!(page.matches("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;").count(), 4);
    }
}
