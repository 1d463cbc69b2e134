//! docs/metrics.md, from the catalogue.

use std::fmt::Write;

use super::GENERATED;
use crate::catalogue::{self, Group, Kind, Row, Stability};

/// The text of docs/metrics.md.
pub fn metrics() -> String {
    let sections = [
        (
            Group::Resource,
            "Resources",
            "What AWS has. The labels `account_id` and `region` come first on each of these and are left out of the table.",
        ),
        (
            Group::Collector,
            "Collectors",
            "How the reading of each account and region goes. These series are there whatever AWS says; the labels `account_id` and `region` come first here too.",
        ),
        (
            Group::Exporter,
            "The exporter itself",
            "The process that you scrape. A histogram has the usual series with `_bucket`, `_sum` and `_count`.",
        ),
    ];
    let mut out = format!("{GENERATED}\n{}", introduction());
    for (group, title, text) in sections {
        // Writing to a String never fails.
        let _ = write!(out, "\n## {title}\n\n{text}\n\n{}", table(group));
    }
    out
}

fn table(group: Group) -> String {
    let rows = catalogue::ALL.iter().filter(|row| row.group == group).map(table_row);
    let head = "| Metric | Kind | Labels | Meaning | Source | Stability |\n|---|---|---|---|---|---|\n".to_owned();
    rows.fold(head, |table, row| table + &row)
}

fn table_row(row: &Row) -> String {
    let Row { name, kind, group, labels, source, help, stability } = row;
    let implied = if *group == Group::Exporter { 0 } else { 2 };
    let labels: Vec<String> = labels[implied..].iter().map(|label| format!("`{label}`")).collect();
    let stability = match stability {
        Stability::Stable => "stable",
    };
    format!("| `{name}` | {} | {} | {help} | {source} | {stability} |\n", kind.as_str(), labels.join(", "))
}

fn introduction() -> String {
    let count = |kind| catalogue::ALL.iter().filter(|row| row.kind == kind).count();
    format!(
        r#"# Metrics

{gauges} gauges, {counters} counters and {histograms} histograms. *Stable* means that name, labels and meaning stay: a
change comes as a new metric and is announced in the changelog.

## How to read them

**Cached.** A scrape is answered from memory. Each collector reads AWS anew when a scrape finds its data older than the
refresh interval, and `{last_success}` says when the data shown was read. No
sample carries a timestamp of its own. When a refresh fails, the last whole set of data stays until `cache.stale_after`
intervals have passed, and is then withdrawn; a list that came only in part is never shown.

**Absent is not 0.** A series is there when AWS reports the value, and is absent when it does not. There is no -1 and no
NaN, and no 0 that nobody reported. The series of an image that was deleted end with the next refresh. So compare with `== 0`
where AWS says no, and use `absent()` or `unless` where it says nothing.

**States.** A `_state` metric of an image or builder has one series for each state that this build knows; the current one is
1, all others are 0. A state that AWS invents later appears under its own name, next to the known ones at 0, and is counted
in `{unrecognized}`. If AWS reports no state at all, `state="UNKNOWN"` is 1. The state of
an application on an image is one series only, that of the current state.

**Names live in `_info`.** Value series carry identifiers only. An `_info` series is always 1 and has the properties as
labels; one that AWS does not report is the empty string. Multiply to bring a label over, here the name of every image
that failed:

```promql
  ({state}{{state="ERROR"}} == 1)
* on (instance, account_id, region, image_id) group_left (image_name)
  {info}
```

With `instance` in `on ()` the query stays right when two exporters read the same account.

**Whose image.** `ownership` is OWNED if AWS names no owner or the account that was asked, else SHARED. AppStream's PUBLIC
images, which are AWS's own, are read only if `collectors.appstream_images.visibility` says so.

**Texts.** Codes, platforms and agent versions pass through as AWS writes them, cut at 256 characters. Error messages and
descriptions are never labels; they are logged. An object without its identifier is left out and counted in
`{unrecognized}`; one that AWS lists twice is shown once.
"#,
        gauges = count(Kind::Gauge),
        counters = count(Kind::Counter),
        histograms = count(Kind::Histogram),
        last_success = catalogue::COLLECTOR_LAST_SUCCESS.name,
        unrecognized = catalogue::UNRECOGNIZED_VALUES.name,
        state = catalogue::WORKSPACES_IMAGE_STATE.name,
        info = catalogue::WORKSPACES_IMAGE_INFO.name,
    )
}
