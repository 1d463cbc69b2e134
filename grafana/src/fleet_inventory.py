"""Everything that the fleet has, and how full each region is."""

import kinds as k
from columns import HIDDEN, NAME, NOTHING_READ, PLACE
from kinds import APPSTREAM_IMAGE, IMAGE_BUILDER, WORKSPACES_IMAGE, Kind
from look import NOT_REPORTED, Column, state_texts, table_panel
from queries import ids, in_state, listed, of, one, select, with_value

QUOTA_40 = ((None, k.GREEN), (32, k.ORANGE), (38, k.RED))
QUOTA_10 = ((None, k.GREEN), (8, k.ORANGE), (10, k.RED))


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
            24,
            9,
        ),
        (
            everything(
                APPSTREAM_IMAGE,
                "All AppStream images",
                Column("visibility", "Visibility", width=100),
                Column("platform", "Platform", width=200),
            ),
            24,
            9,
        ),
    ]


def counted(kind: Kind) -> str:
    """Own objects of each account and region."""
    own = (kind.owned,) if kind.owned else ()
    return f"count by (account_id, region) (max by ({ids(kind)}) ({select(of(kind, 'info'), *own)}))"


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
