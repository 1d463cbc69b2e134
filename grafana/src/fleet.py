"""The fleet: what is broken, what waits, what costs; then how it went, and everything there is."""

import kinds as k
from columns import APPLICATION, APPLICATION_METRIC, NOTHING_READ, PASSING
from fleet_broken import broken_now
from fleet_builders import builders, running
from fleet_inventory import inventory
from fleet_waiting import waiting
from kinds import APPSTREAM_IMAGE, IMAGE_BUILDER, WORKSPACES_IMAGE, Kind
from look import FEW_ARE_FINE, NONE_IS_GOOD, Query, lines, stat_panel
from page import EXPORTER, FLEET, KEEP, Section, any_target, page, page_link, variables
from queries import least, of, one, or_zero, owned, within


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
        refresh="5m",
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
    # Twelve looks of ten minutes that all found it running, and it still is: a younger one, or one that is gone, is none.
    looks = f"sum_over_time({within('2h', '10m', running())})"
    long_running = or_zero(f"count(({looks} >= 12) and ({running()} == 1))", running())
    updates = of(WORKSPACES_IMAGE, "update_available")
    stats = [
        broken_count(WORKSPACES_IMAGE, "Images in ERROR"),
        broken_count(IMAGE_BUILDER, "Builders FAILED"),
        broken_count(APPSTREAM_IMAGE, "AppStream FAILED"),
        stat_panel(
            "Apps not completed",
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
            "Running over 2 h",
            "Image builders that are RUNNING and were so in the last two hours whenever we looked, every 10 minutes. Each "
            "hour is billed, used or not. Listed below.",
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
        f"{kind.title}s of this account in the state {kind.broken}; shared ones are their owners' concern. "
        "Listed below.",
        f"sum({broken(kind)})",
        steps=NONE_IS_GOOD,
        no_value="none of them reported",
    )


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
                "How many objects were in each state, shared ones included; all states that pass are one colour.",
                [Query(by_phase(kind), "{{phase}}")],
                unit="none",
                stacked=True,
                steady=True,
                colours=(*kind.states, k.State(PASSING, k.YELLOW)),
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


def by_phase(kind: Kind) -> str:
    """How many objects are in each state, where the states that pass count as one."""
    passing = "|".join(state.name for state in kind.states if state.name not in kind.settled.split("|"))
    named = f'label_replace({one(of(kind, "state"))}, "phase", "$1", "state", "(.+)")'
    return f'sum by (phase) (label_replace({named}, "phase", "{PASSING}", "state", "{passing}"))'
