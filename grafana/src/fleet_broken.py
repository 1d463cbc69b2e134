"""The fleet's tables of what is broken now: who, where and with which code."""

import kinds as k
from columns import APPLICATION, APPLICATION_METRIC, DAY, HIDDEN, NAME, PLACE
from kinds import APPSTREAM_IMAGE, IMAGE_BUILDER, WORKSPACES_IMAGE, Kind
from look import NOT_REPORTED, Column, state_texts, table_panel
from queries import ids, in_state, listed, of, one, select, with_label, with_value


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
            24,
            6,
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
            24,
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
