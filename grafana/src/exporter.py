"""The exporter itself: is the data fresh, what fails and why, what AWS answers, how the process is.

Here a replica is not a duplicate: each asks AWS on its own, so requests of all of them add up, as they do for AWS.
"""

from exporter_traffic import aws, process, refreshes
from kinds import GREEN, ORANGE, RED, YELLOW
from look import INFORM, NONE_IS_GOOD, Column, Query, lines, stat_panel, table_panel
from page import EXPORTER, FLEET, Section, any_target, page, page_link, variables
from queries import JOB, account_names, least, one, select, with_value

TARGET = "account_id, region"
READING = "account_id, region, collector"
LAST_SUCCESS = "euc_exporter_collector_last_success_timestamp_seconds"
INTERVAL = "euc_exporter_collector_refresh_interval_seconds"
REQUESTS = "euc_exporter_aws_api_requests_total"
ERRORS = "euc_exporter_aws_api_request_errors_total"
LATENCY = "euc_exporter_aws_api_request_duration_seconds"
REFRESH = "euc_exporter_collector_refresh_duration_seconds"
CACHE_REQUESTS = "euc_exporter_cache_requests_total"
CACHE_HITS = "euc_exporter_cache_hits_total"
HTTP = "euc_exporter_http_requests_total"
UNRECOGNIZED = "euc_exporter_unrecognized_values_total"

RATE = "$__rate_interval"
NO_EXPORTER = "exporter not seen"
NO_REQUESTS = "no request was counted in this time range"


def dashboard():
    """The dashboard."""
    return page(
        EXPORTER,
        "EUC golden images: exporter",
        "How fresh the data of the other dashboards is, which readings fail and why, what AWS answers, and how the "
        "process is.",
        variables=[*variables("euc_exporter_build_info"), *any_target()],
        links=[page_link("Fleet", FLEET, "All images and builders")],
        since="now-6h",
        sections=[
            Section("At a glance", at_a_glance()),
            Section("Readings", readings()),
            Section("AWS", aws()),
            Section("Cache and refreshes", refreshes()),
            Section("HTTP and process", process()),
        ],
    )


def increase(counter: str, *matchers: str) -> str:
    """How much the counter rose in the time range, over all replicas."""
    return f"sum(increase({select(counter, *matchers)}[$__range]))"


def age() -> str:
    """Seconds since each reading's data was read; of several replicas the slowest."""
    return f"(time() - {least(LAST_SUCCESS)})"


def behind() -> str:
    """The same in refresh intervals."""
    return f"{age()} / on (collector) group_left () {one(INTERVAL)}"


def at_a_glance():
    """One number for each thing that can be wrong."""
    targets = f"max by ({TARGET}) ({select('euc_exporter_target_info')})"
    never = f"({targets} unless on ({TARGET}) {select(LAST_SUCCESS)})"
    stats = [
        stat_panel(
            "Exporters down",
            "Scrape targets of the chosen jobs and instances that Prometheus could not read. It needs no metric of the "
            "exporter, so it also works when the process is dead.",
            f'sum(1 - max by (job, instance) (up{{{JOB}, instance=~"$instance"}}))',
            steps=NONE_IS_GOOD,
            no_value="no such scrape target",
        ),
        stat_panel(
            "Targets",
            "Accounts times regions that the exporter reads.",
            f"count({targets})",
            steps=INFORM,
            no_value=NO_EXPORTER,
        ),
        stat_panel(
            "Failing readings",
            "Collectors of which the last refresh of a target failed. Listed below with the class of the error.",
            f"sum(1 - {least('euc_exporter_collector_success')})",
            steps=NONE_IS_GOOD,
            no_value="no refresh has ended yet",
        ),
        stat_panel(
            "Targets never read",
            "Targets of which no collector has ever been read since the exporter started.",
            f"count({never}) or 0 * count({targets})",
            steps=NONE_IS_GOOD,
            no_value=NO_EXPORTER,
        ),
        stat_panel(
            "Intervals behind",
            "The reading furthest behind, in refresh intervals of its collector: 1 is normal, above 3 the data is "
            "stale.",
            f"max({behind()})",
            decimals=1,
            steps=((None, GREEN), (2, YELLOW), (3, RED)),
            no_value="nothing was read yet",
        ),
        stat_panel(
            "AWS errors",
            "Share of the requests to AWS in the time range that failed, each retry counted.",
            f"{increase(ERRORS)} / {increase(REQUESTS)}",
            unit="percentunit",
            decimals=1,
            steps=((None, GREEN), (0.01, YELLOW), (0.1, RED)),
            no_value=NO_REQUESTS,
        ),
        stat_panel(
            "Throttled",
            "Requests in the time range that AWS refused because there were too many, each retry counted.",
            increase(ERRORS, 'error="throttling"'),
            decimals=0,
            steps=((None, GREEN), (1, YELLOW), (100, ORANGE)),
            no_value=NO_REQUESTS,
        ),
        stat_panel(
            "Unrecognized values",
            "Values in AWS's answers in the time range that this build does not know, and entries skipped for want of "
            "an identifier. Time for an update of the exporter?",
            increase(UNRECOGNIZED),
            decimals=0,
            steps=((None, GREEN), (1, ORANGE)),
            no_value="none so far",
        ),
    ]
    return [(stat, 3, 4) for stat in stats]


def readings():
    """Which target's data is old, and why."""
    fails = one("euc_exporter_collector_error")
    place = (
        Column("account_name", "Account", width=130),
        Column("account_id", "Account id", width=130),
        Column("region", "Region", width=120),
        Column("collector", "Collector", width=240),
    )
    named = f"* on ({TARGET}) group_left (account_name) {account_names()}"
    oldest = f"topk(50, {age()})"
    return [
        (
            table_panel(
                "Failing now",
                "Readings of which the last refresh failed, the class of the error, and how old the data is that is "
                "shown instead.",
                [f"max by (account_name, {READING}, error) ({with_value(fails, age(), READING)} {named})"],
                [
                    *place,
                    Column("error", "Error", texts={"access_denied": ("access_denied", RED)}),
                    Column("Value", "Data age", width=120, unit="s", texts={"-1": ("never read", RED)}),
                ],
                no_value="No reading fails",
                sort_by="Data age",
            ),
            24,
            7,
        ),
        (
            table_panel(
                "Data age by target",
                "The 50 oldest readings, in time and in refresh intervals of their collector: up to 2 is normal, above "
                "3 is stale. Of several replicas the slowest counts.",
                [
                    f"max by (account_name, {READING}) ({oldest} {named})",
                    f"max by (account_name, {READING}) ({behind()} {named} and on ({READING}) {oldest})",
                ],
                [
                    *place,
                    Column("Value #A", "Data age", width=120, unit="s"),
                    Column(
                        "Value #B",
                        "Intervals",
                        decimals=1,
                        steps=((None, GREEN), (2, YELLOW), (3, RED)),
                    ),
                ],
                no_value="Nothing was read yet",
                sort_by="Intervals",
            ),
            24,
            7,
        ),
        (
            lines(
                "Data age by collector",
                "The age of the oldest data of each collector. A saw-tooth up to the refresh interval is healthy, a "
                "rising line is a reading that fails.",
                [Query(f"max by (collector) {age()}", "{{collector}}")],
                unit="s",
                no_value="Nothing was read yet",
            ),
            12,
            8,
        ),
        (
            lines(
                "Failing readings by error",
                "How many readings fail over time, by the class of the error.",
                [Query(f"count by (error) ({fails})", "{{error}}")],
                unit="none",
                stacked=True,
                steady=True,
                no_value="No reading failed in this time range",
            ),
            12,
            8,
        ),
    ]
