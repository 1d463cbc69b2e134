//! The house rules that a compiler does not see: which floor a file stands on, and what only one floor may touch.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use euc_exporter::catalogue;

/// The floors, lowest first, by top-level module. A file uses only its own floor and lower ones.
const FLOORS: &[(&str, &[&str])] = &[
    ("words", &["domain", "catalogue", "clock"]),
    ("pure", &["exposition"]),
    ("AWS", &["aws"]),
    ("meaning", &["collectors"]),
    ("memory", &["cache", "refresh"]),
    ("speech", &["telemetry"]),
    ("HTTP", &["http"]),
    ("AWS for show", &["simulator"]),
    ("top", &["logging", "config", "cli", "reference", "app", "main", "lib"]),
];

/// A source file: its path below `src/`, its text, and its text without tests, comments and documentation.
struct Source {
    path: String,
    text: String,
    code: String,
}

impl Source {
    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().expect("a path has a first part")
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.module() == *place || self.path == *place)
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src is readable") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                let path = path.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
                found.push(Source { path, code: code_of(&text), text });
            }
        }
    }
    assert!(found.len() > 20, "found only {} sources", found.len());
    found
}

/// The text up to the unit tests, without comment lines.
fn code_of(text: &str) -> String {
    let before_tests = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = before_tests.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Fails with every file whose code has the word, unless it is in one of the places.
fn only_in(word: &str, places: &[&str]) {
    let sources = sources();
    let with_word: Vec<&Source> = sources.iter().filter(|source| source.code.contains(word)).collect();
    assert!(!with_word.is_empty(), "nothing has {word}: the rule holds nothing");
    let strangers: Vec<&str> =
        with_word.iter().filter(|source| !source.is_in(places)).map(|source| source.path.as_str()).collect();
    assert!(strangers.is_empty(), "{word} belongs to {places:?}, but is in {strangers:?}");
}

/// Fails with every file that has the word.
fn nowhere(word: &str) {
    let sources = sources();
    let found: Vec<&str> =
        sources.iter().filter(|source| source.code.contains(word)).map(|source| source.path.as_str()).collect();
    assert!(found.is_empty(), "{word} is in {found:?}");
}

#[test]
fn no_file_imports_a_higher_floor() {
    let floor_of: BTreeMap<&str, usize> = FLOORS
        .iter()
        .enumerate()
        .flat_map(|(floor, (_, modules))| modules.iter().map(move |module| (*module, floor)))
        .collect();
    let mut imports = 0;
    for source in sources() {
        let floor = *floor_of.get(source.module()).unwrap_or_else(|| panic!("{} stands on no floor", source.path));
        for import in source.code.split("crate::").skip(1) {
            let names: Vec<&str> = match import.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default().split(',').map(str::trim).collect(),
                None => vec![import],
            };
            for name in names {
                let module = name.split(|character: char| !(character.is_alphanumeric() || character == '_')).next();
                if let Some(used) = module.and_then(|module| floor_of.get(module)) {
                    imports += 1;
                    assert!(*used <= floor, "{} on floor {} uses {name:.30}", source.path, FLOORS[floor].0);
                }
            }
        }
    }
    assert!(imports > 30, "only {imports} imports seen");
}

#[test]
fn every_file_opens_with_its_purpose() {
    for source in sources() {
        assert!(source.text.starts_with("//!"), "{}", source.path);
    }
}

#[test]
fn the_sdk_is_named_where_aws_is_asked_or_played() {
    only_in("aws_sdk_", &["aws", "collectors", "simulator"]);
    only_in("aws_smithy_", &["aws", "simulator"]);
    only_in("aws_config", &["aws"]);
}

#[test]
fn hyper_is_named_where_http_is_spoken() {
    only_in("hyper::", &["http", "simulator"]);
    only_in("hyper_util", &["http", "simulator"]);
}

#[test]
fn metric_names_are_literals_of_the_catalogue_alone() {
    let sources = sources();
    for row in catalogue::ALL {
        let literal = format!("\"{}\"", row.name);
        let found: Vec<&str> =
            sources.iter().filter(|source| source.code.contains(&literal)).map(|source| source.path.as_str()).collect();
        assert_eq!(found, ["catalogue.rs"], "{literal}");
    }
}

#[test]
fn only_the_top_reads_the_environment_and_files() {
    only_in("std::env::", &["main.rs"]);
    only_in("fs::read", &["config", "main.rs"]);
}

#[test]
fn measuring_takes_no_clock() {
    for source in sources().iter().filter(|source| source.module() == "collectors") {
        for word in ["Instant", "SystemTime", "clock::"] {
            assert!(!source.code.contains(word), "{} names {word}", source.path);
        }
    }
}

#[test]
fn nothing_is_global() {
    for word in ["static mut", "LazyLock", "lazy_static", "default_registry", "thread_local!"] {
        nowhere(word);
    }
    for source in sources() {
        for line in
            source.code.lines().filter(|line| line.trim_start().starts_with("static ") || line.contains("pub static "))
        {
            for cell in ["Mutex", "RwLock", "Atomic", "OnceLock", "OnceCell", "RefCell"] {
                assert!(!line.contains(cell), "{}: {line}", source.path);
            }
        }
    }
}
