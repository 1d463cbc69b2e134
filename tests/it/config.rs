//! A bad configuration is refused with all of its mistakes; each mistake has a file with its message pinned beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use euc_exporter::config::{Config, Problems};
use euc_exporter::domain::Region;

const NOTHING: [(&str, &str); 0] = [];

fn environment<const N: usize>(variables: [(&str, &str); N]) -> [(String, String); N] {
    variables.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn from_file(path: &Path) -> Result<Config, Problems> {
    Config::load(Some(path), environment(NOTHING), &[])
}

fn from_environment<const N: usize>(variables: [(&str, &str); N]) -> Result<Config, Problems> {
    Config::load(None, environment(variables), &[])
}

fn from_flag(name: &'static str, values: &[&str]) -> Result<Config, Problems> {
    Config::load(None, environment(NOTHING), &[(name, values.iter().map(ToString::to_string).collect())])
}

fn refused(loaded: Result<Config, Problems>) -> String {
    loaded.expect_err("a bad configuration").to_string()
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), text).expect("a writable file");
    file
}

fn regions(codes: &[&str]) -> Vec<Region> {
    codes.iter().map(|code| code.parse().expect(code)).collect()
}

/// The files of a directory below tests/it/config, named as from the root of the repository.
fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let directory = Path::new("tests/it/config").join(directory);
    let entries = fs::read_dir(&directory).expect("the directory exists");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

#[test]
fn every_bad_file_is_refused_with_its_pinned_message() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for path in files("bad", "toml") {
        let problems = from_file(&path).expect_err(&path.display().to_string());
        let (said, pinned) = (format!("{problems}\n"), path.with_extension("txt"));
        if update {
            fs::write(&pinned, &said).expect("the repository can be written to");
        }
        let expected = fs::read_to_string(&pinned).unwrap_or_default();
        assert_eq!(said, expected, "{}: UPDATE_GOLDEN=1 rewrites it", pinned.display());
    }
}

#[test]
fn every_pinned_message_has_its_bad_file() {
    let stems = |extension| -> BTreeSet<PathBuf> {
        files("bad", extension).into_iter().map(|path| path.with_extension("")).collect()
    };
    assert_eq!(stems("txt"), stems("toml"));
    assert!(stems("toml").len() >= 30);
}

#[test]
fn every_bad_file_but_the_crowded_one_has_one_mistake() {
    for path in files("bad", "toml").iter().filter(|path| !path.ends_with("many_mistakes.toml")) {
        let problems = from_file(path).expect_err(&path.display().to_string());
        assert_eq!(problems.iter().count(), 1, "{}", path.display());
    }
}

#[test]
fn every_good_file_is_taken() {
    for path in files("good", "toml") {
        assert!(from_file(&path).is_ok(), "{}: {}", path.display(), refused(from_file(&path)));
    }
}

#[test]
fn a_missing_file_is_no_empty_one() {
    let said = refused(from_file(Path::new("tests/it/config/no_such.toml")));
    let expected = "configuration: 1 problem\n\
        flag --config.file: cannot read tests/it/config/no_such.toml: No such file or directory (os error 2)";
    assert_eq!(said, expected);
    assert!(from_file(Path::new("tests/it/config")).is_err(), "a directory");
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), b"[web]\n# \xff\n").expect("a writable file");
    assert!(from_file(file.path()).is_err(), "not UTF-8");
}

#[test]
fn an_empty_file_and_no_file_are_the_defaults() {
    assert_eq!(from_file(written("").path()), Ok(Config::default()));
    assert_eq!(from_environment(NOTHING), Ok(Config::default()));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = written("[web]\ntelemetry_path = \"/file\"\nmax_requests = 1\n[log]\nlevel = \"error\"\n");
    let variables = [("EUC_EXPORTER__WEB__TELEMETRY_PATH", "/environment"), ("EUC_EXPORTER__WEB__MAX_REQUESTS", "2")];
    let flags = [("web.telemetry-path", vec!["/flag".to_owned()])];
    let config = Config::load(Some(file.path()), environment(variables), &flags).expect("a good configuration");
    assert_eq!((config.http.telemetry_path.as_str(), config.http.max_requests), ("/flag", 2));
    assert_eq!(config.logging.level, euc_exporter::logging::Level::Error);
}

#[test]
fn a_mistake_that_a_higher_layer_covers_is_none() {
    let file = written("[web]\nmax_requests = 0\n");
    let variables = environment([("EUC_EXPORTER__WEB__MAX_REQUESTS", "2")]);
    assert_eq!(Config::load(Some(file.path()), variables, &[]).expect("covered").http.max_requests, 2);
}

#[test]
fn the_environment_speaks_every_kind_of_value() {
    let config = from_environment([
        ("EUC_EXPORTER__AWS__REGIONS", r#"["eu-west-1", "us-east-1"]"#),
        ("EUC_EXPORTER__AWS__ACCOUNT_ID", "012345678901"),
        ("EUC_EXPORTER__AWS__RATE__WORKSPACES__PER_SECOND", "2"),
        ("EUC_EXPORTER__AWS__MAX_ATTEMPTS", "1"),
        ("EUC_EXPORTER__COLLECTORS__APPSTREAM_IMAGE_BUILDERS__ENABLED", "false"),
        ("EUC_EXPORTER__COLLECTORS__APPSTREAM_IMAGES__VISIBILITY", "PUBLIC"),
        ("EUC_EXPORTER__WEB__LISTEN_ADDRESS", "[::1]:10046"),
        ("EUC_EXPORTER__WEB__MAX_SCRAPE_WAIT", "1500ms"),
    ])
    .expect("a good environment");
    assert_eq!(config.aws.regions, regions(&["eu-west-1", "us-east-1"]));
    assert_eq!(config.aws.account_id.map(|id| id.to_string()).as_deref(), Some("012345678901"));
    assert_eq!((config.aws.workspaces_rate.per_second, config.aws.max_attempts), (2.0, 1));
    assert_eq!((config.collectors[2].enabled, config.collectors[3].chosen.as_slice()), (false, &["PUBLIC"][..]));
    assert_eq!(config.http.listen_addresses[0].to_string(), "[::1]:10046");
    assert_eq!(config.refresh.max_scrape_wait.as_millis(), 1500);
}

#[test]
fn one_item_needs_no_brackets_in_the_environment_and_none_is_an_empty_list() {
    let of = |raw| from_environment([("EUC_EXPORTER__AWS__REGIONS", raw)]).expect(raw).aws.regions;
    assert_eq!(of("eu-west-1"), regions(&["eu-west-1"]));
    assert_eq!(of(""), regions(&[]));
    assert_eq!(of("[]"), regions(&[]));
}

#[test]
fn mistakes_of_the_environment_name_their_variable() {
    for (name, value, expected) in [
        (
            "EUC_EXPORTER__WEB__MAX_REQUEST",
            "1",
            "environment variable EUC_EXPORTER__WEB__MAX_REQUEST: no key of the configuration has this variable; did you mean EUC_EXPORTER__WEB__MAX_REQUESTS?",
        ),
        (
            "EUC_EXPORTER__WEB__MAX_REQUESTS",
            "many",
            "web.max_requests = a text (environment variable EUC_EXPORTER__WEB__MAX_REQUESTS): expected a whole number from 1 to 100000",
        ),
        (
            "EUC_EXPORTER__COLLECTORS__APPSTREAM_IMAGES__ENABLED",
            "yes",
            "collectors.appstream_images.enabled = \"yes\" (environment variable EUC_EXPORTER__COLLECTORS__APPSTREAM_IMAGES__ENABLED): expected true or false",
        ),
        (
            "EUC_EXPORTER__AWS__REGIONS",
            "eu-wset-1",
            "aws.regions = \"eu-wset-1\" (environment variable EUC_EXPORTER__AWS__REGIONS): expected a list of region codes such as [\"eu-west-1\"]; did you mean \"eu-west-1\"?",
        ),
        (
            "AWS_REGION",
            "Ireland",
            "aws.regions = \"Ireland\" (environment variable AWS_REGION): expected a list of region codes such as [\"eu-west-1\"]",
        ),
        (
            "AWS_ENDPOINT_URL",
            "http://example.com",
            "aws.endpoint_url = \"http://example.com\" (environment variable AWS_ENDPOINT_URL): plain http would send signed requests in the clear, and is for loopback only; expected a URL such as \"https://vpce.example.com\" without user, query or fragment, or \"\" for AWS's own; did you mean \"https://example.com\"?",
        ),
    ] {
        assert_eq!(refused(from_environment([(name, value)])), format!("configuration: 1 problem\n{expected}"));
    }
}

#[test]
fn mistakes_of_the_command_line_name_their_flag() {
    for (flag, values, expected) in [
        (
            "web.listen-address",
            &["10046", ":1"][..],
            "web.listen_address = \"10046\" (flag --web.listen-address): expected a list of addresses such as \"127.0.0.1:10046\" or \":10046\", at least one; did you mean \":10046\"?",
        ),
        (
            "web.telemetry-path",
            &["metrics"],
            "web.telemetry_path = \"metrics\" (flag --web.telemetry-path): expected a path such as \"/metrics\" of letters, digits and / - . _ ~; did you mean \"/metrics\"?",
        ),
        (
            "web.max-requests",
            &["0"],
            "web.max_requests = 0 (flag --web.max-requests): expected a whole number from 1 to 100000",
        ),
        (
            "log.level",
            &["warning"],
            "log.level = \"warning\" (flag --log.level): expected \"debug\", \"info\", \"warn\" or \"error\"; did you mean \"warn\"?",
        ),
        (
            "log.format",
            &["JSON"],
            "log.format = \"JSON\" (flag --log.format): expected \"logfmt\" or \"json\"; did you mean \"json\"?",
        ),
    ] {
        assert_eq!(refused(from_flag(flag, values)), format!("configuration: 1 problem\n{expected}"));
    }
}

#[test]
fn the_mistakes_of_all_layers_are_reported_together() {
    let file = written("[web]\nmax_requests = 0\n");
    let variables = environment([("EUC_EXPORTER__AWS__MAX_ATTEMPTS", "11"), ("EUC_EXPORTER__X", "1")]);
    let problems = Config::load(Some(file.path()), variables, &[("log.level", vec!["loud".to_owned()])])
        .expect_err("four mistakes");
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["web.max_requests", "aws.max_attempts", "", "log.level"]);
}

#[test]
fn the_region_and_the_endpoint_of_the_environment_stand_in() {
    let config = from_environment([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
    ])
    .expect("a good environment");
    assert_eq!(config.aws.regions, regions(&["eu-west-1"]));
    assert_eq!(config.aws.endpoint_url.as_deref(), Some("http://127.0.0.1:4566"));
    let config = from_environment([("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-east-1")]).expect("good");
    assert_eq!(config.aws.regions, regions(&["us-east-1"]));
}

#[test]
fn what_is_configured_wins_over_the_region_and_the_endpoint_of_the_environment() {
    let config = from_environment([
        ("AWS_REGION", "nonsense"),
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("EUC_EXPORTER__AWS__REGIONS", "us-east-1"),
        ("EUC_EXPORTER__AWS__ENDPOINT_URL", "https://example.com"),
    ])
    .expect("nobody reads the nonsense");
    assert_eq!(config.aws.regions, regions(&["us-east-1"]));
    assert_eq!(config.aws.endpoint_url.as_deref(), Some("https://example.com"));
}

#[test]
fn variables_of_others_are_ignored() {
    let config = from_environment([
        ("EUC_EXPORTER_PORT", "tcp://10.0.0.1:10046"),
        ("EUC_EXPORTER_SERVICE_HOST", "10.0.0.1"),
        ("PATH", "/bin"),
    ]);
    assert_eq!(config, Ok(Config::default()));
}

#[test]
fn a_secret_in_the_wrong_place_is_never_shown() {
    const SECRETS: [&str; 5] = [
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AKIAIOSFODNN7EXAMPLE",
        "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQDx",
        "$2y$10$wJalrXUtnFEMIabPxRfiCuYEXAMPLEKEYwJalrXUtnFEMIabPxR",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ];
    for secret in SECRETS {
        for key in euc_exporter::config::keys::all() {
            let variable = key.variable();
            let said = refused(from_environment([(variable.as_str(), secret)]));
            assert!(said.contains(&key.path) && !said.contains(secret), "{said}");
            for text in [format!("{} = '{secret}'", key.path), format!("{} = ['{secret}']", key.path)] {
                let said = refused(from_file(written(&text).path()));
                assert!(said.contains(&key.path) && !said.contains(secret), "{said}");
            }
        }
        for text in [
            format!("secret_access_key = '{secret}'"),
            format!("'{secret}' = 1"),
            format!("[aws]\npassword = ['{secret}']"),
            format!("[aws]\nendpoint_url = 'https://user:{secret}@example.com'"),
            format!("[aws]\nregions = {{ '{secret}' = 1 }}"),
            format!("[web]\nmax_requests = '{secret}\n"),
            format!("[web]\nmax_requests = {secret}\n"),
            format!("'{secret}' = 1\n'{secret}' = 2\n"),
        ] {
            let said = refused(from_file(written(&text).path()));
            assert!(!said.contains(secret), "{text}: {said}");
        }
    }
}

#[test]
fn a_short_password_is_not_shown_where_no_text_belongs() {
    for key in
        ["web.max_requests", "aws.max_attempts", "cache.stale_after", "aws.rate.appstream.burst", "web", "secret"]
    {
        for value in ["'hunter2'", "['hunter2']", "{ x = 'hunter2' }", "{ hunter = 'hunter2' }"] {
            let said = refused(from_file(written(&format!("{key} = {value}")).path()));
            assert!(said.contains(key) && !said.contains("hunter2"), "{said}");
        }
    }
    let said =
        refused(from_environment([("EUC_EXPORTER__WEB__MAX_REQUESTS", "hunter2"), ("EUC_EXPORTER__X", "hunter2")]));
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_problem_is_one_line_whatever_is_in_the_value() {
    let said = refused(from_environment([("EUC_EXPORTER__LOG__LEVEL", "a\nb\u{1b}[31m\u{2028}")]));
    assert_eq!(said.lines().count(), 2);
    assert!(said.contains(r#"log.level = "a\nb\u{1b}[31m\u{2028}" ("#), "{said}");
}
