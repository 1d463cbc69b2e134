"""The codes that AWS gives to one object, and the applications on a WorkSpaces image."""

import kinds as k
from kinds import WORKSPACES_IMAGE, Kind
from look import (
    NOT_REPORTED,
    Column,
    state_texts,
    table_panel,
)
from queries import (
    ids,
    of,
    one,
    select,
    this,
    with_label,
    with_value,
)

APPLICATION = "account_id, region, image_id, application_id"


def codes(kind: Kind):
    """The codes that AWS gives, and for an image of WorkSpaces its applications."""
    if kind is not WORKSPACES_IMAGE:
        return [(appstream_codes(kind), 24, 7)]
    own = one(of(kind, "error"), this(kind))
    details = one(of(kind, "error_details"), this(kind))
    return [
        (
            table_panel(
                "Error codes",
                "The image's error code and those of its details, with the number of details that carry each.",
                [
                    " or ".join(
                        f'max by (error_code, source) (label_replace({expr}, "source", "{source}", "region", ".*"))'
                        for expr, source in ((own, "image"), (details, "details"))
                    )
                ],
                [
                    Column("error_code", "Code"),
                    Column("source", "Of", width=120),
                    Column("Value", "Entries", width=100),
                ],
                no_value="No error code on this image",
            ),
            10,
            8,
        ),
        (applications(kind), 14, 8),
    ]


def appstream_codes(kind: Kind):
    """Errors with their number and age, and the reason of the last change of state."""
    key = f"{ids(kind)}, error_code"
    errors = one(of(kind, "errors"), this(kind))
    reason = f'label_replace({one(of(kind, "state_change_reason"), this(kind))}, "error_code", "$1", "code", "(.+)")'
    newest = f"time() - {one(of(kind, 'last_error_timestamp_seconds'), this(kind))}"
    tagged = " or ".join(
        f'max by ({key}, source) (label_replace({expr}, "source", "{source}", "region", ".*"))'
        for expr, source in ((errors, "error"), (reason, "reason of the last change of state"))
    )
    return table_panel(
        "Error codes",
        "Codes of the errors that AWS keeps, the time since the newest of each, and the reason of the last change of "
        "state. Errors can linger on a healthy object: their age tells.",
        [f"max by (error_code, source) ({with_value(tagged, newest, key)})"],
        [
            Column("error_code", "Code"),
            Column("source", "Of", width=280),
            Column("Value", "Newest", width=160, unit="s", decimals=0, texts=NOT_REPORTED),
        ],
        no_value="No error code and no reason on this object",
        sort_by="Newest",
        descending=False,
    )


def applications(kind: Kind):
    """The applications on the image."""
    rows = one("aws_workspaces_image_application_state", this(kind))
    errors = f"topk by ({APPLICATION}) (1, {select('aws_workspaces_image_application_error', this(kind))})"
    touched = f"time() - {one('aws_workspaces_image_application_last_updated_timestamp_seconds', this(kind))}"
    dated = with_value(with_label(rows, errors, APPLICATION, "error_code"), touched, APPLICATION)
    return table_panel(
        "Applications",
        "Every application on this image with its state, its error code and the time since its last change.",
        [f"max by (application_id, state, error_code) ({dated})"],
        [
            Column("application_id", "Application"),
            Column("state", "State", width=220, texts=state_texts(k.APPLICATION_STATES)),
            Column("error_code", "Code", width=260),
            Column("Value", "Last change", width=120, unit="s", decimals=0, texts=NOT_REPORTED),
        ],
        no_value="No application is reported on this image",
        sort_by="State",
    )
