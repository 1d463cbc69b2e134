"""What the fleet's builders do and what they cost."""

import kinds as k
from columns import BUILDER_DETAIL, HIDDEN, HOUR, NAME, PLACE, RUNNING, STEPS_AN_HOUR
from kinds import IMAGE_BUILDER, Kind
from look import JUST_NOW, Column, Query, ranking, table_panel, timeline
from queries import listed, of, one, state_code, within


def builders():
    """What builders do and what they cost."""
    return [
        (
            timeline(
                "Image builder states",
                "The state of each builder over time. Blue is RUNNING, which is billed; grey STOPPED; red FAILED; "
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
                "Builders in the state RUNNING and for how long without a stop (to 10 minutes; at most one day is "
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
                        texts=JUST_NOW,
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
                decimals=1,
                top=168,
                no_value="No look of the last 7 days, one in 10 minutes, found one running",
                link=BUILDER_DETAIL,
            ),
            12,
            9,
        ),
    ]


def running(kind: Kind = IMAGE_BUILDER) -> str:
    """1 for each builder that is running, 0 for the others."""
    return one(of(kind, "state"), RUNNING, by=("account_id", "region", kind.id))


def running_for() -> str:
    """Seconds that each running builder has run without a stop, as far as one day shows."""
    stopped = f"max_over_time({within('1d', '10m', f'timestamp({running()} == 0)')})"
    since_seen = f"count_over_time({within('1d', '10m', running())}) * 600"
    return f"(((time() - {stopped}) or ({since_seen}) or 0 * {running()}) and ({running()} == 1))"


def running_hours(*, top: int) -> str:
    """Hours that each builder was running in the last seven days, the most first."""
    hours = f"sum_over_time({within('7d', '10m', running())}) / {STEPS_AN_HOUR}"
    return f"sort_desc(topk({top}, {hours} > 0))"
