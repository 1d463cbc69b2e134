"""The fleet's tables of what waits for someone: no alarm, but work."""

import kinds as k
from columns import ALWAYS_1, DAY, HIDDEN, HOUR, KEYS, KIND, NAME, PLACE
from kinds import APPSTREAM_IMAGE, IMAGE_BUILDER, WORKSPACES_IMAGE, Kind
from look import JUST_NOW, NOT_REPORTED, Column, Query, ranking, state_texts, table_panel
from page import KEEP
from queries import ids, in_state, info, listed, of, one, with_value, within


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
                "Own objects on their way from one state to the next, and how long of the last 8 hours they were in "
                "that state (to 10 minutes). Beyond two hours something may be stuck; only UPDATING, "
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
                        texts=JUST_NOW,
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
                "WorkSpaces images with an update waiting",
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
                "Builders and images with an old agent",
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
    """Seconds of the last 8 hours in the state that each object passes through now."""
    now = in_state(kind, ".+", f'state!~"{kind.settled}"')
    seconds = f"count_over_time({within('8h', '10m', now)}) * 600"
    return f"(({seconds}) and on ({ids(kind)}, state) ({now})) or 0 * ({now})"
