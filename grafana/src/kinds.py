"""The three kinds of object: what tells them apart, which states they have and how each state looks.

States stand in order of urgency: a state's place is its code in `queries.state_code`, where the highest wins when
two exporters briefly disagree.
"""

from dataclasses import dataclass

GREEN = "green"
YELLOW = "yellow"
ORANGE = "orange"
RED = "red"
BLUE = "blue"
PURPLE = "purple"
GREY = "#8e8e8e"


@dataclass(frozen=True)
class State:
    """A state as AWS names it, and its colour everywhere."""

    name: str
    colour: str


@dataclass(frozen=True)
class Kind:
    """What a dashboard needs to know of one kind of object."""

    title: str
    prefix: str
    id: str
    name: str
    page: str
    console: str
    broken: str
    settled: str
    states: tuple[State, ...]
    owned: str = ""


WORKSPACES_IMAGE = Kind(
    title="WorkSpaces image",
    prefix="aws_workspaces_image",
    id="image_id",
    name="image_name",
    page="euc-workspaces-image",
    console="workspaces/v2/home?region=${region}",
    broken="ERROR",
    settled="AVAILABLE|ERROR",
    states=(State("AVAILABLE", GREEN), State("PENDING", YELLOW), State("ERROR", RED)),
    owned='ownership="OWNED"',
)

IMAGE_BUILDER = Kind(
    title="Image builder",
    prefix="aws_appstream_image_builder",
    id="image_builder",
    name="image_builder",
    page="euc-image-builder",
    console="appstream2/home?region=${region}#/images",
    broken="FAILED",
    settled="RUNNING|STOPPED|FAILED",
    states=(
        State("STOPPED", GREY),
        State("RUNNING", BLUE),
        State("DELETING", YELLOW),
        State("STOPPING", YELLOW),
        State("REBOOTING", YELLOW),
        State("PENDING", YELLOW),
        State("PENDING_IMAGE_IMPORT", YELLOW),
        State("PENDING_SYNCING_APPS", YELLOW),
        State("SYNCING_APPS", YELLOW),
        State("SNAPSHOTTING", PURPLE),
        State("UPDATING_AGENT", ORANGE),
        State("UPDATING", ORANGE),
        State("PENDING_QUALIFICATION", ORANGE),
        State("FAILED", RED),
    ),
)

APPSTREAM_IMAGE = Kind(
    title="AppStream image",
    prefix="aws_appstream_image",
    id="image_arn",
    name="image_name",
    page="euc-appstream-image",
    console="appstream2/home?region=${region}#/images",
    broken="FAILED",
    settled="AVAILABLE|FAILED",
    states=(
        State("AVAILABLE", GREEN),
        State("DELETING", YELLOW),
        State("COPYING", YELLOW),
        State("CREATING", YELLOW),
        State("IMPORTING", YELLOW),
        State("VALIDATING", YELLOW),
        State("PENDING", YELLOW),
        State("FAILED", RED),
    ),
    owned='visibility="PRIVATE"',
)

KINDS = (WORKSPACES_IMAGE, IMAGE_BUILDER, APPSTREAM_IMAGE)

APPLICATION_STATES = (
    State("COMPLETED", GREEN),
    State("REMOVED", GREY),
    State("INSTALLING", BLUE),
    State("UNINSTALLING", BLUE),
    State("PENDING_INSTALL", YELLOW),
    State("PENDING_INSTALL_DEPLOYMENT", YELLOW),
    State("PENDING_UNINSTALL", YELLOW),
    State("PENDING_UNINSTALL_DEPLOYMENT", YELLOW),
    State("ERROR", RED),
)
APPLICATION_DONE = "COMPLETED|REMOVED"
