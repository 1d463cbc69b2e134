//! docs/configuration.md and config.example.toml, from the table of keys.
//!
//! Results of `write!` are dropped: writing to a String never fails.

use std::fmt::Write;

use super::GENERATED;
use crate::config::keys::{self, Key};
use crate::config::{Config, Text};

/// The text of docs/configuration.md.
pub fn configuration() -> String {
    let mut out = format!("{GENERATED}\n{}", introduction());
    for (table, keys) in tables(&keys::all()) {
        let sections: String = keys.into_iter().map(section).collect();
        let _ = write!(out, "\n## `[{table}]`\n{sections}");
    }
    out
}

/// The text of config.example.toml.
pub fn example() -> String {
    let mut out = "# Every setting of euc-exporter with its default. docs/configuration.md says more.\n".to_owned();
    for (table, keys) in tables(&keys::all()) {
        let _ = write!(out, "\n[{table}]\n");
        for Key { path, default, expected, help, .. } in keys {
            let (help, name) = (help.replace('`', ""), path.rsplit('.').next().unwrap_or_default());
            let _ = write!(out, "# {help} Expected: {expected}.\n{name} = {default}\n");
        }
    }
    out
}

/// The keys by the table of the file that they stand in, both in the order of the list.
fn tables(keys: &[Key]) -> Vec<(&str, Vec<&Key>)> {
    let mut tables: Vec<(&str, Vec<&Key>)> = Vec::new();
    for key in keys {
        let table = key.path.rsplit_once('.').map_or("", |(table, _)| table);
        match tables.last_mut() {
            Some((last, keys)) if *last == table => keys.push(key),
            _ => tables.push((table, vec![key])),
        }
    }
    tables
}

fn section(key: &Key) -> String {
    let Key { path, default, expected, help, flag, .. } = key;
    let mut out = format!("\n### `{path}`\n\n{help}\n\n- Default: `{default}`\n- Expected: {expected}\n");
    let _ = writeln!(out, "- Environment variable: `{}`", key.variable());
    if let Some(flag) = flag {
        let _ = writeln!(out, "- Flag: `--{flag}`");
    }
    out
}

fn introduction() -> String {
    let prefix = keys::ENVIRONMENT_PREFIX;
    format!(
        r#"# Configuration

The exporter runs without any configuration: it takes the credentials and the region that every AWS tool finds, and
reads everything. [config.example.toml](../config.example.toml) shows each setting with its default.

A setting is looked for in four places. The first one that has it wins:

1. a flag of the command line, for those settings that have one;
2. an environment variable: `{prefix}`, then the setting's name in upper case with two underscores for each dot;
3. the TOML file that `--config.file` names; a file that is named and cannot be read is an error;
4. the default.

A list is replaced as a whole, never added to. In the environment a list is written as in the file
(`["eu-west-1", "us-east-1"]`), or bare if it has one item (`eu-west-1`); an empty variable is an empty list. A flag
that takes a list is given once for each item. Variables that begin with `EUC_EXPORTER_` and a single underscore are
not the exporter's: Kubernetes sets such variables for a service of that name.

Two settings fall back on what AWS's own tools read, when nothing above sets them: `aws.regions` on `AWS_REGION`, then
`AWS_DEFAULT_REGION`, and `aws.endpoint_url` on `AWS_ENDPOINT_URL`. Credentials are never part of this configuration.

Durations are written with their unit: `500ms`, `9s`, `5m`, `1h 30m`. Note that `M` is a month.

## Mistakes

`euc-exporter --config.check` reads all of it, says what is wrong and exits with code 0 or 64. The exporter itself does
the same before it starts. Every mistake is reported at once, with the line of the file, the variable or the flag that
it is in, what is expected there, and the nearest right spelling:

```text
{mistakes}
```

Unknown settings are mistakes too, in the file and in the environment. What looks like a key, a token or a password is
not shown, and neither is the value of an unknown setting.

Keep the scrape interval of Prometheus at two minutes or less. It looks back five minutes for the last sample, and one
failed scrape at a longer interval leaves a gap in every graph.
"#,
        mistakes = mistakes()
    )
}

/// What the exporter itself says of a bad configuration.
fn mistakes() -> String {
    let text = "[web]\ntelemetry_pth = \"/metrics\"\nmax_requests = 0\n\n[aws]\nregions = [\"eu_west_1\"]\n";
    let file = Text { name: "euc.toml", text };
    let environment = [("EUC_EXPORTER__AWS__ATTEMPT_TIMEOUT".to_owned(), "45s".to_owned())];
    let flags = [("log.level", vec!["warning".to_owned()])];
    Config::of_text(Some(file), environment, &flags, Vec::new())
        .err()
        .map_or(String::new(), |problems| problems.to_string())
}
