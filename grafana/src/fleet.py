"""The fleet: what is broken, what waits, what costs; then how it went, and everything there is."""

import kinds as k
from kinds import APPSTREAM_IMAGE, IMAGE_BUILDER, WORKSPACES_IMAGE, Kind
from look import (
    FEW_ARE_FINE,
    NONE_IS_GOOD,
    NOT_REPORTED,
    YES_NO,
    Column,
    Query,
    lines,
    ranking,
    stat_panel,
    state_texts,
    table_panel,
    timeline,
)
from page import EXPORTER, FLEET, KEEP, Section, any_target, page, page_link, variables
from queries import (
    ids,
    in_state,
    info,
    least,
    listed,
    of,
    one,
    or_zero,
    owned,
    select,
    state_code,
    with_label,
    with_value,
    within,
)

HOUR = 3600
DAY = 86400
STEPS_AN_HOUR = 6

NOTHING_READ = "no data: see the exporter's dashboard"
APPLICATION = "account_id, region, image_id, application_id"
RUNNING = 'state="RUNNING"'
APPLICATION_METRIC = "aws_workspaces_image_application_state"

DETAIL = (
    "Show it alone",
    "/d/${__data.fields.page}?var-object=${__data.fields.object}&var-account=${__data.fields.account_id}"
    f"&var-region=${{__data.fields.region}}&{KEEP}",
)
BUILDER_DETAIL = (
    "Show it alone",
    f"/d/{IMAGE_BUILDER.page}?var-object=${{__field.labels.image_builder}}&var-account=${{__field.labels.account_id}}"
    f"&var-region=${{__field.labels.region}}&{KEEP}",
)

NAME = Column("name", "Name", width=210, link=DETAIL)
KIND = Column("kind", "Kind", width=130)
PLACE = (
    Column("account_name", "Account", width=120),
    Column("account_id", "Account id", width=120),
    Column("region", "Region", width=115),
)
KEYS = (Column("object", "object", hidden=True), Column("page", "page", hidden=True))
HIDDEN = (*KEYS, Column("kind", "kind", hidden=True))
ALWAYS_1 = Column("Value", "value", hidden=True)


def dashboard():
    """The dashboard."""
    return page(
        FLEET,
        "EUC golden images: fleet",
        "Golden images of AWS End User Computing: WorkSpaces images, AppStream image builders and images. "
        "What has to be done stands on top; a click on a name shows that object alone.",
        variables=[*variables("euc_exporter_target_info"), *any_target()],
        links=[page_link("Exporter", EXPORTER, "How fresh the data is, and what AWS answered")],
        since="now-24h",
        sections=[
            Section("At a glance", at_a_glance()),
            Section("Broken now", broken_now()),
            Section("Waiting for someone", waiting()),
            Section("Builders", builders()),
            Section("Trends", trends()),
            Section("Everything there is", inventory()),
        ],
    )


def at_a_glance():
    """One number for each thing that can be wrong."""
    applications = one(APPLICATION_METRIC, by=tuple(APPLICATION.split(", ")))
    not_done = one(APPLICATION_METRIC, f'state!~"{k.APPLICATION_DONE}"', by=tuple(APPLICATION.split(", ")))
    agents = " or ".join(owned(kind, one(of(kind, "agent_up_to_date"))) for kind in (IMAGE_BUILDER, APPSTREAM_IMAGE))
    always_running = f"min_over_time({select(of(IMAGE_BUILDER, 'state'), RUNNING)}[2h])"
    long_running = f"sum(max by ({ids(IMAGE_BUILDER)}) ({always_running}))"
    updates = of(WORKSPACES_IMAGE, "update_available")
    stats = [
        broken_count(WORKSPACES_IMAGE, "WorkSpaces images in ERROR"),
        broken_count(IMAGE_BUILDER, "Image builders FAILED"),
        broken_count(APPSTREAM_IMAGE, "AppStream images FAILED"),
        stat_panel(
            "Applications not completed",
            "Applications on WorkSpaces images in any state but COMPLETED and REMOVED. Listed below.",
            or_zero(f"count({not_done})", applications),
            steps=FEW_ARE_FINE,
            no_value="no applications reported",
        ),
        stat_panel(
            "Updates waiting",
            "WorkSpaces images of which AWS says that an update is available. AWS reports this only for images that "
            "it can update (Windows 10 and Server).",
            f"sum({owned(WORKSPACES_IMAGE, one(updates))})",
            steps=FEW_ARE_FINE,
            no_value="no image can be updated",
        ),
        stat_panel(
            "Agents out of date",
            "Image builders and own AppStream images of which AWS says that the AppStream agent is not the latest.",
            f"sum(1 - ({agents}))",
            steps=FEW_ARE_FINE,
            no_value="no agents reported",
        ),
        stat_panel(
            "Builders running over 2 h",
            "Image builders that were RUNNING in every scrape of the last two hours. Each hour is billed, used or not.",
            long_running,
            steps=FEW_ARE_FINE,
            no_value="no builders reported",
        ),
        stat_panel(
            "Failing readings",
            "Collectors of which the last refresh of a target failed: what this page shows of them is old. The "
            "exporter's dashboard says why.",
            f"sum(1 - {least('euc_exporter_collector_success')})",
            steps=NONE_IS_GOOD,
            no_value="exporter not seen",
            link=("Show the exporter", f"/d/{EXPORTER}?{KEEP}"),
        ),
    ]
    return [(stat, 3, 4) for stat in stats]


def broken(kind: Kind) -> str:
    """1 for each own object that is broken, 0 for the others."""
    matcher = f'state="{kind.broken}"'
    return owned(kind, one(of(kind, "state"), matcher))


def broken_count(kind: Kind, title: str):
    """How many objects of the kind are in their broken state."""
    return stat_panel(
        title,
        f"Own objects in the state {kind.broken}: {kind.title.lower()}s of other accounts are their owners' concern. "
        "Listed below.",
        f"sum({broken(kind)})",
        steps=NONE_IS_GOOD,
        no_value="none of them reported",
    )


def broken_now():
    """Who, where and with which code."""
    codes = Column("error_code", "Code", width=330)
    newest_error = Column("Value", "Newest error", unit="s", decimals=0, texts=NOT_REPORTED)
    image_age = Column("Value", "Image age", unit="s", decimals=0, texts=NOT_REPORTED)
    return [
        (
            table_panel(
                "WorkSpaces images in ERROR",
                "Own images in ERROR, one row for each code: the image's own and those of its details. An image stays "
                "in ERROR until someone deletes it. A dash as code: AWS names none.",
                [listed(WORKSPACES_IMAGE, image_errors(), "error_code", "required_tenancy")],
                [NAME, codes, *PLACE, Column("required_tenancy", "Tenancy", width=100), image_age, *HIDDEN],
                no_value="No WorkSpaces image is in ERROR",
                sort_by="Image age",
                descending=False,
            ),
            24,
            7,
        ),
        (
            table_panel(
                "Image builders FAILED, or with an error of the last 24 hours",
                "Builders that are FAILED now, and others with an error not older than a day (joining the domain, "
                "network, IAM). Errors can linger on a healthy builder: their age tells.",
                [listed(IMAGE_BUILDER, appstream_errors(IMAGE_BUILDER), "error_code", "state")],
                [
                    NAME,
                    Column("state", "State", width=130, texts=state_texts(IMAGE_BUILDER.states)),
                    codes,
                    *PLACE,
                    newest_error,
                    *HIDDEN,
                ],
                no_value="No image builder is FAILED or had an error in the last 24 hours",
                sort_by="State",
                descending=False,
            ),
            24,
            7,
        ),
        (
            table_panel(
                "AppStream images FAILED",
                "Own images that are FAILED now, with the codes of their errors and of the last change of state.",
                [listed(APPSTREAM_IMAGE, appstream_errors(APPSTREAM_IMAGE), "error_code", "state")],
                [
                    NAME,
                    Column("state", "State", width=130, texts=state_texts(APPSTREAM_IMAGE.states)),
                    codes,
                    *PLACE,
                    newest_error,
                    *HIDDEN,
                ],
                no_value="No AppStream image is FAILED",
            ),
            12,
            7,
        ),
        (
            table_panel(
                "Applications not completed",
                "Applications on own WorkSpaces images that are neither COMPLETED nor REMOVED, and since when AWS "
                "last touched them.",
                [listed(WORKSPACES_IMAGE, open_applications(), "application_id", "state", "error_code")],
                [
                    NAME,
                    Column("application_id", "Application", width=150),
                    Column("state", "State", width=150, texts=state_texts(k.APPLICATION_STATES)),
                    Column("error_code", "Code", width=230),
                    *PLACE,
                    Column("Value", "Last change", unit="s", decimals=0, texts=NOT_REPORTED),
                    *HIDDEN,
                ],
                no_value="Every application is completed, or no application is reported",
                sort_by="Last change",
            ),
            12,
            7,
        ),
    ]


def image_errors() -> str:
    """A row for each image in ERROR and each of its codes; the value is the image's age."""
    key = ids(WORKSPACES_IMAGE)
    broken = in_state(WORKSPACES_IMAGE, "ERROR")
    codes = f"({one(of(WORKSPACES_IMAGE, 'error'))} or {one(of(WORKSPACES_IMAGE, 'error_details'))})"
    rows = f"({codes} and on ({key}) ({broken})) or ({broken}) unless on ({key}) {codes}"
    return with_value(rows, f"time() - {one(of(WORKSPACES_IMAGE, 'created_timestamp_seconds'))}", key)


def appstream_errors(kind: Kind) -> str:
    """A row for each failed object and each of its codes; the value is the age of the newest error of that code."""
    key = ids(kind)
    broken = in_state(kind, kind.broken)
    age = f"time() - {one(of(kind, 'last_error_timestamp_seconds'))}"
    reasons = f'label_replace({one(of(kind, "state_change_reason"))}, "error_code", "$1", "code", "(.+)")'
    codes = f"max by ({key}, error_code) ({one(of(kind, 'errors'))} or {reasons})"
    rows = f"({codes} and on ({key}) ({broken})) or ({broken}) unless on ({key}) {codes}"
    if kind is IMAGE_BUILDER:
        rows = f"({rows}) or ({codes} and on ({key}, error_code) ({age} < {DAY}))"
    now = f"topk by ({key}) (1, {one(of(kind, 'state'))} == 1)"
    plain = f"max by ({key}, error_code) ({rows})"
    return f"{with_value(plain, age, f'{key}, error_code')} * on ({key}) group_left (state) {now}"


def open_applications() -> str:
    """A row for each application that is not done; the value is the time since its last change."""
    rows = one(APPLICATION_METRIC, f'state!~"{k.APPLICATION_DONE}"')
    codes = f"topk by ({APPLICATION}) (1, {select('aws_workspaces_image_application_error')})"
    touched = f"time() - {one('aws_workspaces_image_application_last_updated_timestamp_seconds')}"
    return with_value(with_label(rows, codes, APPLICATION, "error_code"), touched, APPLICATION)


def waiting():
    """What nobody is alarmed by, and somebody should do."""
    month = 30 * DAY
    outdated = " or ".join(
        listed(kind, f"{one(of(kind, 'agent_up_to_date'))} == 0", "agent_version", "platform")
        for kind in (IMAGE_BUILDER, APPSTREAM_IMAGE)
    )
    passing = " or ".join(listed(kind, passing_time(kind), "state") for kind in k.KINDS)
    states = {**state_texts(IMAGE_BUILDER.states), **state_texts(APPSTREAM_IMAGE.states)}
    updatable = with_value(
        f"{one(of(WORKSPACES_IMAGE, 'update_available'))} == 1",
        f"time() - {one(of(WORKSPACES_IMAGE, 'created_timestamp_seconds'))}",
        ids(WORKSPACES_IMAGE),
    )
    return [
        (
            table_panel(
                "In a passing state",
                "Own objects on their way from one state to the next, and how long of the last 12 hours they were in "
                "that state (to 5 minutes). Beyond two hours something may be stuck; only UPDATING, "
                "PENDING_QUALIFICATION and images of DEDICATED tenancy may take longer.",
                [passing],
                [
                    KIND,
                    NAME,
                    Column("state", "State", width=180, texts=states),
                    Column(
                        "Value",
                        "In it for",
                        width=100,
                        unit="s",
                        steps=((None, k.GREEN), (HOUR, k.YELLOW), (2 * HOUR, k.ORANGE), (6 * HOUR, k.RED)),
                    ),
                    *PLACE,
                    *KEYS,
                ],
                no_value="Nothing is in a passing state",
                sort_by="In it for",
            ),
            12,
            8,
        ),
        (
            table_panel(
                "Updates waiting",
                "Own WorkSpaces images of which AWS says that an update is available, oldest image first.",
                [listed(WORKSPACES_IMAGE, updatable)],
                [
                    NAME,
                    *PLACE,
                    Column(
                        "Value",
                        "Image age",
                        unit="s",
                        texts=NOT_REPORTED,
                        steps=((None, k.GREEN), (3 * month, k.YELLOW), (6 * month, k.ORANGE)),
                    ),
                    *HIDDEN,
                ],
                no_value="No update is waiting, or no image can be updated by AWS",
                sort_by="Image age",
            ),
            12,
            8,
        ),
        (
            table_panel(
                "Agents out of date",
                "Builders and own AppStream images of which AWS says that the AppStream agent is not the latest. The "
                "version is text: AWS writes it as a date or as LATEST.",
                [outdated],
                [
                    KIND,
                    NAME,
                    Column("agent_version", "Agent", width=110),
                    Column("platform", "Platform", width=180),
                    *PLACE,
                    ALWAYS_1,
                    *KEYS,
                ],
                no_value="Every agent of which AWS reports it is the latest",
                sort_by="Agent",
                descending=False,
            ),
            12,
            9,
        ),
        (
            ranking(
                "Base image age in days",
                "Days since AWS released the base image from which an own AppStream image was made: the 15 oldest. "
                "After 90 days patches are missing, after 180 it is time to rebuild. An image without a bar: AWS "
                "reports no release date.",
                Query(
                    f"sort_desc(topk(15, (time() - {one(of(APPSTREAM_IMAGE, 'base_image_released_timestamp_seconds'))})"
                    f" / {DAY} * on ({ids(APPSTREAM_IMAGE)}) group_left (image_name)"
                    f" {info(APPSTREAM_IMAGE, APPSTREAM_IMAGE.owned)}))",
                    "{{image_name}} · {{account_id}} · {{region}}",
                ),
                unit="none",
                steps=((None, k.GREEN), (90, k.YELLOW), (180, k.RED)),
                top=365,
                no_value="AWS reports no base image release date",
                link=(
                    "Show it alone",
                    f"/d/{APPSTREAM_IMAGE.page}?var-object=${{__field.labels.image_arn}}"
                    "&var-account=${__field.labels.account_id}"
                    f"&var-region=${{__field.labels.region}}&{KEEP}",
                ),
            ),
            12,
            9,
        ),
    ]


def passing_time(kind: Kind) -> str:
    """Seconds of the last 12 hours in the state that each object passes through now."""
    now = in_state(kind, ".+", f'state!~"{kind.settled}"')
    seconds = f"count_over_time({within('12h', '5m', now)}) * 300"
    return f"({seconds}) and on ({ids(kind)}, state) ({now})"


def running(kind: Kind = IMAGE_BUILDER) -> str:
    """1 for each builder that is running, 0 for the others."""
    return one(of(kind, "state"), RUNNING, by=("account_id", "region", kind.id))


def running_for() -> str:
    """Seconds that each running builder has run without a stop, as far as two days show."""
    stopped = f"max_over_time({within('2d', '5m', f'timestamp({running()} == 0)')})"
    since_seen = f"count_over_time({within('2d', '5m', running())}) * 300"
    return f"((time() - {stopped}) or ({since_seen})) and ({running()} == 1)"


def running_hours(*, top: int) -> str:
    """Hours that each builder was running in the last seven days, the most first."""
    hours = f"sum_over_time({within('7d', '10m', running())}) / {STEPS_AN_HOUR}"
    return f"sort_desc(topk({top}, {hours} > 0))"


def builders():
    """What builders do and what they cost."""
    return [
        (
            timeline(
                "Image builder states",
                "The state of each builder over time. Blue is RUNNING, which is billed; grey is STOPPED; red is FAILED; "
                "yellow, orange and purple pass. 20 builders a page: choose an account or a region to see fewer.",
                Query(state_code(IMAGE_BUILDER), "{{image_builder}} · {{account_id}} · {{region}}"),
                IMAGE_BUILDER.states,
                no_value="No image builder is reported",
                link=BUILDER_DETAIL,
            ),
            24,
            12,
        ),
        (
            table_panel(
                "Running now",
                "Builders in the state RUNNING and for how long without a stop (to 5 minutes; at most two days are "
                "looked at). Orange after 2 hours, red after 12: has someone forgotten it?",
                [listed(IMAGE_BUILDER, running_for(), "instance_type")],
                [
                    NAME,
                    Column("instance_type", "Instance type", width=200),
                    Column(
                        "Value",
                        "Running for",
                        width=110,
                        unit="s",
                        steps=((None, k.GREEN), (2 * HOUR, k.ORANGE), (12 * HOUR, k.RED)),
                    ),
                    *PLACE,
                    *HIDDEN,
                ],
                no_value="No image builder is running",
                sort_by="Running for",
            ),
            12,
            9,
        ),
        (
            ranking(
                "Running hours in the last 7 days",
                "Hours in the state RUNNING in the last seven days, whatever the time range above (to 10 minutes): the "
                "15 builders with the most. A week has 168.",
                Query(running_hours(top=15), "{{image_builder}} · {{account_id}} · {{region}}"),
                unit="none",
                steps=((None, k.GREEN), (40, k.YELLOW), (80, k.RED)),
                top=168,
                no_value="No image builder ran in the last 7 days",
                link=BUILDER_DETAIL,
            ),
            12,
            9,
        ),
    ]


def trends():
    """How many of what over time."""
    panels = []
    for kind, title in (
        (WORKSPACES_IMAGE, "WorkSpaces images by state"),
        (IMAGE_BUILDER, "Image builders by state"),
        (APPSTREAM_IMAGE, "AppStream images by state"),
    ):
        panels.append(
            lines(
                title,
                "How many objects were in each state, shared ones included. States in which there was none are left out.",
                [Query(f"sum by (state) ({one(of(kind, 'state'))}) > 0", "{{state}}")],
                unit="none",
                stacked=True,
                steady=True,
                colours=kind.states,
                no_value=NOTHING_READ,
            )
        )
    problems = [Query(f"sum({broken(kind)})", f"{kind.title}s {kind.broken}") for kind in k.KINDS]
    failed = one(APPLICATION_METRIC, 'state="ERROR"', by=tuple(APPLICATION.split(", ")))
    problems.append(Query(f"sum({failed})", "Applications ERROR"))
    panels.append(
        lines(
            "Broken objects",
            "Own objects in ERROR or FAILED over time: does it get better?",
            problems,
            unit="none",
            steady=True,
            no_value=NOTHING_READ,
        )
    )
    return [(panel, 12, 8) for panel in panels]


def inventory():
    """Every object, healthy and shared ones too, and how full each region is."""
    quota = Column("Value #A", "WorkSpaces images (of 40)", gauge=(0, 40), steps=QUOTA_40)
    return [
        (
            table_panel(
                "Against the default quotas",
                "Own objects of each account and region against what AWS allows unless it was raised: 40 WorkSpaces "
                "images, 10 builders, 10 AppStream images. A full quota fails the next image.",
                [counted(kind) for kind in k.KINDS],
                [
                    Column("account_id", "Account id", width=140),
                    Column("region", "Region", width=140),
                    quota,
                    Column("Value #B", "Image builders (of 10)", gauge=(0, 10), steps=QUOTA_10),
                    Column("Value #C", "AppStream images (of 10)", gauge=(0, 10), steps=QUOTA_10),
                ],
                no_value=NOTHING_READ,
                sort_by="WorkSpaces images (of 40)",
            ),
            24,
            7,
        ),
        (
            everything(
                WORKSPACES_IMAGE,
                "All WorkSpaces images",
                Column("operating_system", "System", width=100),
                Column("ownership", "Ownership", width=100),
            ),
            24,
            9,
        ),
        (
            everything(
                IMAGE_BUILDER,
                "All image builders",
                Column("instance_type", "Instance type", width=200),
                Column("platform", "Platform", width=200),
            ),
            12,
            9,
        ),
        (
            everything(
                APPSTREAM_IMAGE,
                "All AppStream images",
                Column("visibility", "Visibility", width=100),
                Column("platform", "Platform", width=200),
            ),
            12,
            9,
        ),
    ]


QUOTA_40 = ((None, k.GREEN), (32, k.ORANGE), (38, k.RED))
QUOTA_10 = ((None, k.GREEN), (8, k.ORANGE), (10, k.RED))


def counted(kind: Kind) -> str:
    """Own objects of each account and region."""
    return f"count by (account_id, region) (max by ({ids(kind)}) ({select(of(kind, 'info'), *filter(None, [kind.owned]))}))"


def everything(kind: Kind, title: str, *more: Column):
    """All objects of the kind with their state and age."""
    rows = with_value(in_state(kind, ".+"), f"time() - {one(of(kind, 'created_timestamp_seconds'))}", ids(kind))
    return table_panel(
        title,
        "Every object that the exporter was shown, shared ones included. A click on a name shows it alone.",
        [listed(kind, rows, "state", *(column.source for column in more), only_owned=False)],
        [
            NAME,
            Column("state", "State", width=150, texts=state_texts(kind.states)),
            *more,
            *PLACE,
            Column("Value", "Age", unit="s", texts=NOT_REPORTED),
            *HIDDEN,
        ],
        no_value="None is reported: " + NOTHING_READ,
        sort_by="Name",
        descending=False,
        filterable=True,
    )
