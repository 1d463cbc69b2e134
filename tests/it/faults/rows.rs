//! Every promise for a bad day, and where it is tried.
//!
//! A row that is tried in full has survived when its tests pass. One that holds only in part says what does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

struct Row {
    id: &'static str,
    fault: &'static str,
    state: State,
}

enum State {
    /// By these tests: `FILE::TEST`, files below `tests/it` or `src`.
    Tried(&'static [&'static str]),
    /// By these tests, but for this.
    InPart(&'static [&'static str], &'static str),
    /// For this reason.
    NotYet(&'static str),
}

const fn tried(id: &'static str, fault: &'static str, tests: &'static [&'static str]) -> Row {
    Row { id, fault, state: State::Tried(tests) }
}

const fn in_part(id: &'static str, fault: &'static str, tests: &'static [&'static str], lacks: &'static str) -> Row {
    Row { id, fault, state: State::InPart(tests, lacks) }
}

const fn not_yet(id: &'static str, fault: &'static str, why: &'static str) -> Row {
    Row { id, fault, state: State::NotYet(why) }
}

/// How many rows each group has: one that is lost is noticed.
const GROUPS: &[(char, usize)] = &[
    ('A', 11),
    ('B', 12),
    ('C', 12),
    ('D', 9),
    ('E', 12),
    ('F', 9),
    ('G', 17),
    ('H', 13),
    ('I', 11),
    ('J', 5),
    ('K', 6),
    ('L', 9),
];

#[rustfmt::skip] // A row is read as a row.
const ROWS: &[Row] = &[
    tried("A01", "throttling, finite", &["failing::a_passing_throttle_is_invisible_but_counted"]),
    in_part("A02", "throttling, endless", &["faults/aws::endless_throttling_costs_no_more_attempts_than_configured", "failing::a_failing_list_is_asked_ever_less_often_but_once_an_interval"], "the pause ends at one interval, so a failing list costs a refresh an interval, not a fifth of the healthy rate"),
    tried("A03", "one op throttled, others fine", &["faults/aws::one_throttled_operation_leaves_the_other_families_fresh"]),
    tried("A04", "Retry-After 30 s", &["faults/aws::the_operation_deadline_wins_over_what_aws_asks_to_wait"]),
    tried("A05", "500 burst", &["faults/aws::a_burst_of_500_is_retried_and_well"]),
    tried("A06", "500 endless", &["faults/aws::after_endless_500_the_first_refresh_is_well"]),
    tried("A07", "503 HTML body", &["failing::every_failure_has_its_class", "faults/payloads::of_a_page_that_is_none_no_word_is_logged"]),
    tried("A08", "AccessDenied on one op", &["faults/aws::a_denied_operation_is_not_retried_and_logged_once"]),
    tried("A09", "AccessDenied on every op of a scope", &["failing::a_region_in_trouble_does_not_take_the_others_with_it", "faults/aws::a_scope_where_all_is_denied_leaves_the_others_alone"]),
    tried("A10", "ResourceNotFound between list and describe", &["failing::an_image_without_associations_to_tell_is_no_failure"]),
    in_part("A12", "service absent in region", &["src/aws/error::a_failed_connection_is_named_after_a_region_that_lacks_the_service"], "the SDK tries an unresolved name as often as configured, not once; one endpoint stands for all regions here"),
    tried("B01", "connect refused", &["faults/transport::a_refused_connection_fails_and_keeps_the_old_data"]),
    tried("B02", "SYN dropped", &["faults/transport::a_connection_that_nobody_accepts_ends_by_its_own_deadline"]),
    tried("B03", "hang before headers", &["failing::every_failure_has_its_class", "serving::a_hanging_aws_costs_a_scrape_its_deadline_and_no_more"]),
    tried("B04", "hang mid-body", &["failing::every_failure_has_its_class"]),
    tried("B05", "drip body", &["failing::every_failure_has_its_class"]),
    tried("B06", "RST", &["faults/transport::a_reset_is_tried_as_often_as_configured_and_then_fails"]),
    tried("B08", "truncated body", &["paging::half_a_body_is_no_page"]),
    tried("B09", "DNS failure", &["faults/transport::a_name_that_does_not_resolve_fails_and_the_page_is_served"]),
    not_yet("B10", "TLS: wrong CA / expired / wrong name", "needs a fake endpoint with bad certificates"),
    tried("B11", "redirect 307 to metadata address", &["faults/transport::a_redirect_is_not_followed"]),
    tried("B13", "all endpoints hang at once", &["faults/transport::while_all_scopes_hang_a_warm_scrape_waits_for_none"]),
    tried("B14", "slow endpoint under budget", &["faults/transport::a_slow_list_completes_and_never_overlaps_itself", "faults/transport::a_list_slower_than_its_budget_is_given_up_and_that_is_said"]),
    tried("C01", "empty 200 body", &["failing::an_empty_body_is_no_empty_account", "faults/payloads::an_empty_body_keeps_the_old_objects"]),
    tried("C02", "'{}' and null list", &["paging::an_answer_without_a_list_is_not_an_empty_account"]),
    tried("C03", "true empty list", &["faults/payloads::a_true_empty_list_is_no_objects_at_once"]),
    tried("C04", "HTML 200 (captive portal)", &["paging::an_answer_that_is_none_leaves_what_was_whole", "faults/payloads::of_a_page_that_is_none_no_word_is_logged"]),
    tried("C06", "wrong types", &["faults/payloads::wrong_types_fail_the_page_without_a_panic"]),
    tried("C07", "null / empty elements", &["faults/payloads::an_object_without_identifier_is_left_out_and_counted"]),
    tried("C08", "unknown enum value", &["failing::values_newer_than_this_build_are_shown_and_counted"]),
    tried("C09", "missing optional fields, every one in turn", &["faults/payloads::every_optional_field_may_be_missing"]),
    in_part("C10", "extreme numbers", &["faults/payloads::an_extreme_number_is_shown_as_it_is_or_not_at_all"], "a number outside of i32 fails the page in the SDK; the item alone cannot be dropped"),
    tried("C12", "deep nesting", &["faults/payloads::deep_nesting_ends_in_an_error_not_in_the_stack"]),
    in_part("C13", "huge page", &["faults/payloads::a_huge_page_is_refused"], "a page that does not announce its length is read whole; memory is not measured"),
    tried("C14", "invalid UTF-8 / lone surrogate", &["faults/payloads::broken_text_fails_the_page"]),
    tried("D01", "same token again", &["paging::a_repeated_token_is_an_error_not_an_end"]),
    tried("D02", "token cycle A,B,A,B", &["paging::a_repeated_token_is_an_error_not_an_end"]),
    tried("D03", "endless unique tokens", &["src/aws/pages::a_list_that_does_not_end_is_cut"]),
    tried("D05", "empty-string token", &["faults/paging::an_empty_token_is_the_end_of_every_list"]),
    tried("D06", "item deleted between pages", &["faults/paging::an_object_deleted_between_pages_costs_at_most_one_other"]),
    tried("D07", "item on two pages", &["paging::an_object_on_two_pages_is_one_object_and_the_later_copy_wins"]),
    tried("D09", "page 3 of 5 fails", &["paging::a_failure_on_a_late_page_publishes_nothing_of_it"]),
    not_yet("D10", "100k items", "100,000 items: to be measured with a release build"),
    tried("D13", "list op without SDK paginator", &["paging::a_repeated_token_is_an_error_not_an_end", "src/aws/pages::a_list_that_does_not_end_is_cut", "faults/paging::an_empty_token_is_the_end_of_every_list"]),
    tried("E01", "no credentials at all", &["process::without_credentials_it_serves_and_says_what_is_wrong"]),
    tried("E02", "IMDS hang", &["faults/identity::a_hanging_metadata_service_does_not_keep_the_listener_down"]),
    tried("E03", "ExpiredToken from server, clock fine", &["faults/identity::expired_credentials_are_looked_for_anew_and_it_is_well"]),
    tried("E04", "InvalidClientTokenId/UnrecognizedClient", &["faults/identity::credentials_that_stay_refused_are_no_storm"]),
    not_yet("E05", "AssumeRole denied", "no roles yet"),
    not_yet("E06", "AssumeRole hang", "no roles yet"),
    not_yet("E07", "AssumeRole throttled", "no roles yet"),
    tried("E08", "50 parallel ops, cold identity", &["budget::a_cold_scrape_costs_pages_and_images_and_the_rest_cost_nothing", "budget::fifty_cold_scrapes_at_once_cost_those_of_one"]),
    tried("E09", "wrong account behind a role", &["failing::credentials_of_another_account_are_refused"]),
    tried("E10", "retry quota shared", &["faults/identity::a_region_that_has_used_up_its_retries_leaves_the_others_theirs"]),
    not_yet("E11", "clock skew +-1 h", "no metric of the clock's skew"),
    not_yet("E14", "hostile env", "AWS_ENDPOINT_URL is honoured as documented: the promise contradicts the configuration"),
    in_part("F01", "cold cache herd", &["budget::fifty_cold_scrapes_at_once_cost_those_of_one", "faults/scheduling::a_cold_herd_costs_one_refresh_and_everybody_is_answered"], "tried with 400: the cap on connections is 512, and by default 40 scrapes are answered at once (G08)"),
    tried("F02", "scrapes while upstream hangs", &["faults/transport::while_all_scopes_hang_a_warm_scrape_waits_for_none"]),
    tried("F03", "refresh slower than interval", &["faults/scheduling::a_refresh_slower_than_its_interval_is_not_overtaken_by_the_next"]),
    tried("F05", "handler panic", &["src/http/server/tests::a_panic_is_500_and_ends_only_its_own_connection"]),
    tried("F07", "stale limit", &["failing::last_good_data_is_shown_until_it_is_too_old_and_the_collector_always"]),
    tried("F08", "deleted item", &["failing::what_is_gone_in_aws_is_gone_after_the_next_refresh"]),
    tried("F09", "one of 50 scopes failing", &["faults/scheduling::one_failing_scope_of_many_leaves_all_others_fresh"]),
    tried("F10", "one of 50 scopes slow", &["faults/scheduling::one_hanging_scope_of_many_leaves_all_others_on_time"]),
    not_yet("F11", "200 scopes, concurrency 8", "no cap across scopes yet: comes with many accounts"),
    not_yet("G01", "silent connection", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G02", "partial header", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G03", "dripping header", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G04", "idle keep-alive", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G05", "5,000 half-open headers", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G06", "slow readers", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G08", "too many scrapes", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G09", "64 KiB / 1 MiB header, 200 headers, 70 KB URI", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G10", "request body", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G11", "methods", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G13", "smuggling set", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G15", "fd exhaustion", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G16", "XSS on / and 404", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G17", "debug endpoints", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("G18", "SSRF via /probe", "no probe yet"),
    not_yet("G19", "HTTP/2 rapid reset, CONTINUATION flood, empty DATA flood", "no HTTP/2 yet"),
    not_yet("G21", "fuzzed HTTP", "not matched yet with the tests in src/http/server/tests.rs"),
    not_yet("H01", "toolkit YAML table", "no TLS, users or web configuration yet"),
    not_yet("H02", "toolkit server table", "no TLS, users or web configuration yet"),
    not_yet("H03", "toolkit users table + cache + fake + bypass + headers + reload", "no TLS, users or web configuration yet"),
    not_yet("H04", "CVE-2022-46146", "no TLS, users or web configuration yet"),
    not_yet("H06", "bcrypt flood", "no TLS, users or web configuration yet"),
    not_yet("H07", "password > 72 bytes", "no TLS, users or web configuration yet"),
    not_yet("H08", "bad hash in file", "no TLS, users or web configuration yet"),
    not_yet("H09", "TLS floor", "no TLS, users or web configuration yet"),
    not_yet("H10", "TLS handshake stall", "no TLS, users or web configuration yet"),
    not_yet("H11", "client cert modes", "no TLS, users or web configuration yet"),
    not_yet("H12", "cert rotation", "no TLS, users or web configuration yet"),
    not_yet("H13", "web-config broken at run time", "no TLS, users or web configuration yet"),
    not_yet("H15", "rate_limit", "no TLS, users or web configuration yet"),
    not_yet("I01", "SIGHUP bad YAML", "no reload yet"),
    not_yet("I02", "SIGHUP good", "no reload yet"),
    not_yet("I04", "reload during refresh", "no reload yet"),
    tried("I05", "missing --config file", &["config::a_missing_file_is_no_empty_one", "process::bad_configurations_and_command_lines_leave_with_64"]),
    tried("I06", "unknown key", &["config::every_bad_file_is_refused_with_its_pinned_message"]),
    tried("I07", "secret in wrong-typed key", &["config::a_secret_in_the_wrong_place_is_never_shown"]),
    tried("I09", "SIGTERM idle", &["process::a_signal_ends_it_cleanly"]),
    tried("I10", "SIGTERM during hung refresh + 20 scrapes in flight", &["faults/lifecycle::told_to_stop_while_aws_hangs_it_finishes_every_scrape_and_drops_the_refresh"]),
    tried("I12", "second SIGTERM / SIGINT", &["faults/identity::a_second_signal_ends_it_at_once_and_not_well"]),
    tried("I13", "port in use / not permitted", &["process::a_taken_port_is_one_clear_line"]),
    not_yet("I15", "stdout closed / full pipe", "stdout is not used while it serves; a full stderr is not tried"),
    not_yet("J01", "series churn", "needs a soak"),
    not_yet("J02", "soak healthy", "needs a soak"),
    not_yet("J03", "soak faulty", "needs a soak"),
    not_yet("J04", "memory limit", "needs a soak"),
    not_yet("J08", "auth cache", "needs a soak"),
    tried("K01", "label escape set", &["faults/names::any_name_comes_out_as_it_went_in"]),
    tried("K02", "long values", &["faults/names::a_long_name_is_cut_at_256_characters"]),
    tried("K04", "log injection", &["faults/names::a_hostile_text_is_one_event_on_one_line"]),
    in_part("K05", "secret canaries", &["faults/names::no_key_and_no_token_is_in_the_log_or_on_a_page", "src/logging::libraries_that_log_secrets_are_held_at_info"], "there is no external id, password or hash to leak yet"),
    tried("K06", "PII in errors", &["faults/payloads::of_a_page_that_is_none_no_word_is_logged"]),
    tried("K07", "log flood", &["faults/names::an_hour_of_failures_a_second_apart_is_a_few_lines"]),
    not_yet("L01", "advisories", "not a matter of the running program"),
    not_yet("L02", "licences, bans, sources", "not a matter of the running program"),
    not_yet("L03", "lockfile", "not a matter of the running program"),
    not_yet("L04", "reproducible", "not a matter of the running program"),
    not_yet("L05", "unsafe", "not a matter of the running program"),
    not_yet("L06", "systemd unit", "not a matter of the running program"),
    not_yet("L07", "image", "not a matter of the running program"),
    not_yet("L08", "IAM policy equality", "not a matter of the running program"),
    not_yet("L09", "SBOM", "not a matter of the running program"),
];

impl Row {
    fn tests(&self) -> &'static [&'static str] {
        match self.state {
            State::Tried(tests) | State::InPart(tests, _) => tests,
            State::NotYet(_) => &[],
        }
    }

    fn group(&self) -> char {
        self.id.chars().next().expect("an id has a group")
    }
}

/// The text of the file that a test is in.
fn source(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = if file.starts_with("src/") { file.to_owned() } else { format!("tests/it/{file}") };
    fs::read_to_string(root.join(format!("{path}.rs"))).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_row_is_listed_once() {
    let ids: BTreeSet<&str> = ROWS.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), ROWS.len());
    let mut groups = BTreeMap::new();
    for row in ROWS {
        *groups.entry(row.group()).or_insert(0_usize) += 1;
        assert!(!row.fault.is_empty(), "{}", row.id);
    }
    assert_eq!(groups.into_iter().collect::<Vec<_>>(), GROUPS);
}

#[test]
fn every_row_names_tests_that_exist_and_every_test_here_has_its_row() {
    let mut named = BTreeSet::new();
    for row in ROWS {
        assert!(row.tests().is_empty() == matches!(row.state, State::NotYet(_)), "{}", row.id);
        for test in row.tests() {
            let (file, name) = test.rsplit_once("::").expect("FILE::TEST");
            assert!(source(file).contains(&format!("fn {name}(")), "{}: there is no {test}", row.id);
            if file.starts_with("faults/") {
                assert!(source(file).contains(row.id), "{}: {file} does not name it", row.id);
                named.insert(name);
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults");
    for entry in fs::read_dir(folder).expect("this folder") {
        let path = entry.expect("an entry").path();
        if path.ends_with("rows.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source is text");
        for test in text.split("test]\n").skip(1).filter_map(|rest| rest.split("fn ").nth(1)?.split('(').next()) {
            assert!(named.contains(test), "no row names {test} of {}", path.display());
        }
    }
}

/// Shown with `cargo test -- the_score --nocapture`.
#[test]
#[expect(clippy::print_stdout, reason = "the score is there to be read")]
fn the_score() {
    let (mut survived, mut partly, mut missing) = (0, 0, 0);
    for (group, rows) in GROUPS {
        let of_group = || ROWS.iter().filter(|row| row.group() == *group);
        let whole = of_group().filter(|row| matches!(row.state, State::Tried(_))).count();
        println!("faults: {group} {whole} of {rows}");
        for Row { id, fault, state } in of_group() {
            match state {
                State::Tried(_) => survived += 1,
                State::InPart(_, lacks) => {
                    partly += 1;
                    println!("  {id} {fault}: in part: {lacks}");
                }
                State::NotYet(why) => {
                    missing += 1;
                    println!("  {id} {fault}: not yet: {why}");
                }
            }
        }
    }
    println!("faults: {survived} of {} rows survived, {partly} in part, {missing} not yet built", ROWS.len());
    assert_eq!(survived + partly + missing, ROWS.len());
}
