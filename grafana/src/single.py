"""One object alone: its state and codes, what it is, how it went, and the way to the AWS console.

The three kinds have a dashboard each, made by the same functions, so that none has panels that stay empty.
"""

import kinds as k
from kinds import APPSTREAM_IMAGE, IMAGE_BUILDER, WORKSPACES_IMAGE, Kind
from look import (
    NEUTRAL,
    YES_NO,
    Column,
    Query,
    lines,
    stat_panel,
    state_codes,
    table_panel,
    timeline,
)
from page import (
    EXPORTER,
    FLEET,
    KEEP,
    Section,
    choice,
    hidden,
    one_target,
    outside_link,
    page,
    page_link,
    variables,
)
from queries import (
    INSTANCE,
    JOB,
    console_host,
    info,
    labels_of,
    matching,
    of,
    one,
    select,
    state_code,
    this,
    within,
)
from single_codes import codes

HOUR = 3600
DAY = 86400
MONTH = 30 * DAY
GONE = "not reported: gone, or never read"
COLLECTORS = {
    WORKSPACES_IMAGE: "workspaces_images",
    IMAGE_BUILDER: "appstream_image_builders",
    APPSTREAM_IMAGE: "appstream_images",
}
APPLICATION = "account_id, region, image_id, application_id"
TITLES = {
    "account_id": "Account id",
    "agent_version": "Agent",
    "base_image_arn": "Base image",
    "image_arn": "Image ARN",
    "image_builder": "Image builder",
    "image_id": "Image id",
    "image_name": "Name",
    "image_type": "Image type",
    "instance_type": "Instance type",
    "operating_system": "System",
    "owner_account_id": "Owner",
    "ownership": "Ownership",
    "platform": "Platform",
    "region": "Region",
    "required_tenancy": "Tenancy",
    "visibility": "Visibility",
}


def dashboard(kind: Kind):
    """The dashboard of the kind."""
    scope = f'{JOB}, {INSTANCE}, account_id=~"$account", region=~"$region"'
    return page(
        kind.page,
        f"EUC golden images: {kind.title[0].lower() + kind.title[1:] if kind is IMAGE_BUILDER else kind.title}",
        f"One {kind.title} alone: its state, its codes and its past. The fleet's dashboard leads here.",
        variables=[
            *variables("euc_exporter_target_info"),
            *one_target(),
            choice(
                "object",
                kind.title,
                f"label_values({of(kind, 'info')}{{{scope}}}, {kind.id})",
                "The object that this page shows.",
            ),
            hidden(
                "console",
                console_host("$region"),
                '/console="([^"]+)"/',
                "Host name of the AWS console of the region's partition.",
            ),
        ],
        links=[
            page_link("Fleet", FLEET, "All images and builders"),
            page_link("Exporter", EXPORTER, "How fresh the data is, and what AWS answered"),
            outside_link(
                "AWS console",
                f"https://${{console}}/{kind.console}",
                "The console in this region; sign in to the account first",
            ),
        ],
        since="now-7d",
        sections=[
            Section("Now", now(kind)),
            Section("Codes", codes(kind)),
            Section("Past", past(kind)),
        ],
    )


def now(kind: Kind):
    """The stat row, and what the object is."""
    stats = [
        stat_panel(
            "State",
            "The state that AWS reported last. How long it is in it: see the past below.",
            state_code(kind, this(kind)),
            texts=state_codes(kind.states),
            no_value=GONE,
        ),
        *(STATS[kind](kind)),
        age(
            "Age",
            "Time since AWS created it.",
            f"time() - {one(of(kind, 'created_timestamp_seconds'), this(kind))}",
        ),
        age(
            "Data age",
            "Time since the exporter read the data that this page shows. Much more than the refresh interval: see the "
            "exporter's dashboard.",
            f"time() - {one('euc_exporter_collector_last_success_timestamp_seconds', collector(kind))}",
            steps=((None, k.GREEN), (900, k.YELLOW), (HOUR, k.RED)),
        ),
    ]
    return [
        *((stat, width, 4) for stat, width in zip(stats, widths(len(stats)), strict=True)),
        (properties(kind), 24, 4),
    ]


def widths(count: int) -> list[int]:
    """As many widths as fill a row, the wider ones first."""
    return [24 // count + (place < 24 % count) for place in range(count)]


def collector(kind: Kind) -> str:
    """The matcher of the collector that reads the kind."""
    return matching("collector", COLLECTORS[kind])


def age(title: str, description: str, expr: str, steps=NEUTRAL, no_value: str = "not reported"):
    """A time span."""
    return stat_panel(
        title, description, expr, unit="s", decimals=1, steps=steps, no_value=no_value, coloured=steps is not NEUTRAL
    )


def workspaces_image_stats(kind: Kind):
    """Update, and applications."""
    state = "aws_workspaces_image_application_state"
    by = tuple(APPLICATION.split(", "))
    not_done = f'state!~"{k.APPLICATION_DONE}"'
    return [
        stat_panel(
            "Update available",
            "Whether AWS says that the image can be updated; AWS reports it only for Windows 10 and Server images.",
            one(of(kind, "update_available"), this(kind)),
            texts=YES_NO,
        ),
        stat_panel(
            "Applications not completed",
            "Applications on this image in any state but COMPLETED and REMOVED.",
            f"count({one(state, this(kind), not_done, by=by)}) or 0 * count({one(state, this(kind), by=by)})",
            steps=((None, k.GREEN), (1, k.ORANGE)),
            no_value="no applications",
        ),
    ]


def image_builder_stats(kind: Kind):
    """Money, and agent."""
    return [
        stat_panel(
            "Hours in 7 days",
            "Hours in the state RUNNING in the last seven days, whatever the time range above (to 10 minutes).",
            f"sum_over_time({within('7d', '10m', running(kind))}) / 6 or 0 * {running(kind)}",
            unit="none",
            decimals=1,
            steps=((None, k.GREEN), (40, k.YELLOW), (80, k.RED)),
            no_value="no past",
        ),
        agent(kind),
        stat_panel(
            "Root volume",
            "Size of the root volume.",
            one(of(kind, "root_volume_size_bytes"), this(kind)),
            unit="bytes",
            coloured=False,
            no_value="not reported",
        ),
    ]


def appstream_image_stats(kind: Kind):
    """Agent, and base image."""
    return [
        agent(kind),
        age(
            "Base image age",
            "Time since AWS released the base image: yellow after 90 days, red after 180.",
            f"time() - {one(of(kind, 'base_image_released_timestamp_seconds'), this(kind))}",
            steps=((None, k.GREEN), (3 * MONTH, k.YELLOW), (6 * MONTH, k.RED)),
        ),
    ]


STATS = {
    WORKSPACES_IMAGE: workspaces_image_stats,
    IMAGE_BUILDER: image_builder_stats,
    APPSTREAM_IMAGE: appstream_image_stats,
}


def agent(kind: Kind):
    """Whether the AppStream agent is the latest."""
    return stat_panel(
        "Agent up to date",
        "Whether AWS says that the AppStream agent is the latest; not reported when AWS says neither.",
        one(of(kind, "agent_up_to_date"), this(kind)),
        texts={"0": ("no", k.ORANGE), "1": ("yes", k.GREEN)},
        no_value="not reported",
    )


def running(kind: Kind) -> str:
    """1 while it is running, else 0."""
    return one(of(kind, "state"), this(kind), 'state="RUNNING"', by=("account_id", "region", kind.id))


def properties(kind: Kind):
    """What AWS says that it is."""
    links = {"image_builder": IMAGE_BUILDER} if kind is APPSTREAM_IMAGE else {}
    return table_panel(
        "Properties",
        "What AWS says of it. A dash: AWS reports nothing.",
        [f"max by ({', '.join(labels_of(of(kind, 'info')))}) ({info(kind, this(kind))})"],
        [
            *(
                Column(
                    label,
                    TITLES[label],
                    hidden=label in ("account_id", "region"),
                    link=(
                        "Show the builder",
                        f"/d/{links[label].page}?var-object=${{__data.fields.image_builder}}&var-account=$account"
                        f"&var-region=$region&{KEEP}",
                    )
                    if label in links
                    else None,
                )
                for label in sorted(labels_of(of(kind, "info")), key=order)
            ),
            Column("Value", "value", hidden=True),
        ],
        no_value=GONE,
    )


def order(label: str) -> tuple[bool, str]:
    """Names first."""
    return (label not in ("image_name", "image_id", "image_builder"), label)


def past(kind: Kind):
    """The state over time, and what else has a past."""
    panels = [
        (
            timeline(
                "State over time",
                "The state of this object. A gap: it was not reported.",
                Query(state_code(kind, this(kind)), "state"),
                kind.states,
                no_value=GONE,
            ),
            24,
            4,
        )
    ]
    if kind is WORKSPACES_IMAGE:
        terms = " or ".join(
            f"{select('aws_workspaces_image_application_state', this(kind), matching('state', state.name))} * {code}"
            for code, state in enumerate(k.APPLICATION_STATES, start=1)
        )
        panels.append(
            (
                timeline(
                    "Applications over time",
                    "The state of each application on this image.",
                    Query(f"max by (application_id) ({terms})", "{{application_id}}"),
                    k.APPLICATION_STATES,
                    no_value="No application is reported on this image",
                ),
                24,
                7,
            )
        )
    if kind is IMAGE_BUILDER:
        panels.append(
            (
                lines(
                    "Running hours a day",
                    "Hours in the state RUNNING in the 24 hours before each point (to 10 minutes).",
                    [Query(f"sum_over_time({within('1d', '10m', running(kind))}) / 6 or 0 * {running(kind)}", "hours")],
                    unit="none",
                    bars=True,
                    interval="1d",
                    soft_max=24,
                    no_value=GONE,
                ),
                24,
                7,
            )
        )
    if kind is APPSTREAM_IMAGE:
        panels.append(
            (
                lines(
                    "Base image age in days",
                    "Days since AWS released the base image: 90 and 180 are drawn. It falls only when the image is "
                    "built anew under the same name.",
                    [
                        Query(
                            f"(time() - {one(of(kind, 'base_image_released_timestamp_seconds'), this(kind))}) / {DAY}",
                            "days",
                        )
                    ],
                    unit="none",
                    limit=((None, k.GREEN), (90, k.YELLOW), (180, k.RED)),
                    no_value="AWS reports no base image release date",
                ),
                24,
                7,
            )
        )
    return panels
