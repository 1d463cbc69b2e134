"""What the exporter asks AWS, how it keeps the answers, and how its process is."""

from kinds import GREEN, RED
from look import NOT_REPORTED, Column, Query, lines, table_panel
from queries import JOB, labels_of, one, select, with_value

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


def aws():
    """What is asked, and what is answered."""
    by_operation = f"sum by (service, operation) (rate({select(REQUESTS)}[{RATE}]))"
    workspaces = select(REQUESTS, 'service="workspaces"')
    errors = f"sum by (error) (rate({select(ERRORS)}[{RATE}]))"
    denied = f"sum by (account_id, region, service, error) (increase({select(ERRORS)}[$__range])) > 0"
    buckets = f"sum by (le, service, operation) (rate({select(LATENCY, suffix='_bucket')}[{RATE}]))"
    return [
        (
            lines(
                "Requests to AWS",
                "HTTP requests a second by operation: each page, each retry, and those of all replicas.",
                [Query(by_operation, "{{service}} {{operation}}")],
                unit="reqps",
                no_value=NO_REQUESTS,
            ),
            12,
            8,
        ),
        (
            lines(
                "WorkSpaces requests of the busiest targets",
                "WorkSpaces requests a second of the ten busiest accounts and regions. AWS allows 2 a second for "
                "everything that runs there, console included: the dashed line.",
                [
                    Query(
                        f"topk(10, sum by ({TARGET}) (rate({workspaces}[{RATE}])))",
                        "{{account_id}} {{region}}",
                    )
                ],
                unit="reqps",
                limit=((None, GREEN), (2, RED)),
                no_value=NO_REQUESTS,
            ),
            12,
            8,
        ),
        (
            lines(
                "Errors by class",
                "Failed requests a second by the class of the error, each retry counted. throttling and access_denied "
                "stand at 0 when all is well.",
                [Query(errors, "{{error}}")],
                unit="reqps",
                no_value=NO_REQUESTS,
            ),
            12,
            8,
        ),
        (
            table_panel(
                "Errors by target",
                "Failed requests in the time range by account, region, service and class.",
                [denied],
                [
                    Column("account_id", "Account id", width=140),
                    Column("region", "Region", width=130),
                    Column("service", "Service", width=130),
                    Column("error", "Error"),
                    Column("Value", "Requests", width=120, decimals=0),
                ],
                no_value="No request failed in this time range",
                sort_by="Requests",
            ),
            12,
            8,
        ),
        (
            lines(
                "Latency, 95th percentile",
                "Time in which AWS answered 95 of 100 requests, by operation; each page and each retry on its own.",
                [Query(f"histogram_quantile(0.95, {buckets})", "{{service}} {{operation}}")],
                unit="s",
                no_value=NO_REQUESTS,
            ),
            12,
            8,
        ),
        (
            lines(
                "Latency of all requests",
                "Time in which AWS answered half, 95 and 99 of 100 requests, all operations together.",
                [
                    Query(
                        f"histogram_quantile({quantile}, "
                        f"sum by (le) (rate({select(LATENCY, suffix='_bucket')}[{RATE}])))",
                        f"{quantile}",
                    )
                    for quantile in (0.5, 0.95, 0.99)
                ],
                unit="s",
                no_value=NO_REQUESTS,
            ),
            12,
            8,
        ),
    ]


def refreshes():
    """How often data is read anew, and how long that takes."""
    hits = f"sum by (collector) (rate({select(CACHE_HITS)}[{RATE}]))"
    asked = f"sum by (collector) (rate({select(CACHE_REQUESTS)}[{RATE}]))"
    buckets = f"sum by (le, collector) (rate({select(REFRESH, suffix='_bucket')}[{RATE}]))"
    slow = f"topk(10, {one('euc_exporter_collector_duration_seconds')})"
    failures = f"sum by (collector) (rate({select('euc_exporter_collector_refresh_failures_total')}[{RATE}]))"
    return [
        (
            lines(
                "Cache hits",
                "Share of the times that a scrape found data younger than its refresh interval. Scrapes more often "
                "than refreshes give a high share; none at all means that the refresh interval is shorter than the "
                "scrape interval.",
                [Query(f"{hits} / {asked}", "{{collector}}")],
                unit="percentunit",
                soft_max=1,
                no_value="No scrape in this time range",
            ),
            12,
            8,
        ),
        (
            lines(
                "Failing refreshes",
                "Refreshes a second that failed, by collector.",
                [Query(failures, "{{collector}}")],
                unit="ops",
                no_value="No refresh in this time range",
            ),
            12,
            8,
        ),
        (
            lines(
                "Duration of a refresh, 95th percentile",
                "Time in which 95 of 100 refreshes ended, good and failed ones.",
                [Query(f"histogram_quantile(0.95, {buckets})", "{{collector}}")],
                unit="s",
                no_value="No refresh in this time range",
            ),
            12,
            8,
        ),
        (
            lines(
                "Slowest targets",
                "Duration of the last refresh of the ten slowest readings at each point.",
                [Query(slow, "{{collector}} {{account_id}} {{region}}")],
                unit="s",
                no_value="No refresh has ended yet",
            ),
            12,
            8,
        ),
    ]


def process():
    """Scrapes and the process, replica by replica."""
    build = ", ".join(("instance", *labels_of("euc_exporter_build_info")))
    own = f'{JOB}, instance=~"$instance"'
    fields = f"sum by (field) (increase({select(UNRECOGNIZED)}[$__range])) > 0"
    return [
        (
            table_panel(
                "Builds",
                "Version of each exporter, and since when its process runs.",
                [
                    with_value(
                        f"max by ({build}) ({select('euc_exporter_build_info')})",
                        f"time() - max by (instance) ({select('process_start_time_seconds')})",
                        "instance",
                    )
                ],
                [
                    Column("instance", "Instance"),
                    Column("version", "Version"),
                    Column("revision", "Revision"),
                    Column("branch", "Branch"),
                    Column("rustc_version", "Compiler"),
                    Column("Value", "Up for", unit="s", texts=NOT_REPORTED),
                ],
                no_value=NO_EXPORTER,
                sort_by="Up for",
                descending=False,
            ),
            12,
            6,
        ),
        (
            table_panel(
                "Unrecognized values by field",
                "Values in AWS's answers in the time range that this build does not know, by field of the API.",
                [fields],
                [Column("field", "Field"), Column("Value", "Values", width=120, decimals=0)],
                no_value="Every value was known",
                sort_by="Values",
            ),
            12,
            6,
        ),
        (
            lines(
                "Scrape duration",
                "How long Prometheus waited for each exporter.",
                [Query(f"max by (instance) (scrape_duration_seconds{{{own}}})", "{{instance}}")],
                unit="s",
                no_value="no such scrape target",
            ),
            8,
            8,
        ),
        (
            lines(
                "Samples a scrape",
                "How many series each exporter serves: about 390 for a full target.",
                [Query(f"max by (instance) (scrape_samples_scraped{{{own}}})", "{{instance}}")],
                unit="short",
                no_value="no such scrape target",
            ),
            8,
            8,
        ),
        (
            lines(
                "HTTP requests",
                "Requests a second that the exporter answered, by handler and code.",
                [Query(f"sum by (handler, code) (rate({select(HTTP)}[{RATE}]))", "{{handler}} {{code}}")],
                unit="reqps",
                no_value="No request in this time range",
            ),
            8,
            8,
        ),
        (
            lines(
                "CPU",
                "Processor time a second: 1 is one core.",
                [Query(f"max by (instance) (rate({select('process_cpu_seconds_total')}[{RATE}]))", "{{instance}}")],
                unit="none",
                no_value=NO_EXPORTER,
            ),
            8,
            8,
        ),
        (
            lines(
                "Memory",
                "Resident memory of the process.",
                [Query(f"max by (instance) ({select('process_resident_memory_bytes')})", "{{instance}}")],
                unit="bytes",
                no_value=NO_EXPORTER,
            ),
            8,
            8,
        ),
        (
            lines(
                "Open files",
                "Share of the allowed file descriptors in use.",
                [
                    Query(
                        f"max by (instance) ({select('process_open_fds')}) / "
                        f"max by (instance) ({select('process_max_fds')})",
                        "{{instance}}",
                    )
                ],
                unit="percentunit",
                soft_max=1,
                no_value=NO_EXPORTER,
            ),
            8,
            8,
        ),
    ]
