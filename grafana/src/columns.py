"""Columns and names that the tables of the fleet share."""

from kinds import IMAGE_BUILDER
from look import Column
from page import KEEP

HOUR = 3600
DAY = 86400
STEPS_AN_HOUR = 6

NOTHING_READ = "no data: see the exporter's dashboard"
APPLICATION = "account_id, region, image_id, application_id"
RUNNING = 'state="RUNNING"'
PASSING = "passing"
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
PLACE = (Column("account", "Account", width=125), Column("region", "Region", width=115))
KEYS = tuple(Column(label, label, hidden=True) for label in ("object", "page", "account_id"))
HIDDEN = (*KEYS, Column("kind", "kind", hidden=True))
ALWAYS_1 = Column("Value", "value", hidden=True)
