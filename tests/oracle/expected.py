"""What a world must look like on /metrics: the metric catalogue, implemented once more.

World in, series out. Written from the catalogue's prose, not from the exporter's source, so that the two can disagree.
Knows nothing of HTTP or of text formats.
"""

import collections
import datetime

Family = collections.namedtuple("Family", "kind labels group")

RESOURCE, COLLECTOR, EXPORTER = "resource", "collector", "exporter"

COLLECTORS = (
    "workspaces_images",
    "workspaces_image_associations",
    "appstream_image_builders",
    "appstream_images",
)
ERRORS = (
    "access_denied",
    "credentials",
    "throttling",
    "timeout",
    "connection",
    "server",
    "unsupported_region",
    "invalid_response",
    "other",
)

# The states that the exporter was built with. Pinned, not read from a model: a newer model must not move them.
WORKSPACES_IMAGE_STATES = ("AVAILABLE", "PENDING", "ERROR")
BUILDER_STATES = (
    "PENDING",
    "UPDATING_AGENT",
    "RUNNING",
    "STOPPING",
    "STOPPED",
    "REBOOTING",
    "SNAPSHOTTING",
    "DELETING",
    "FAILED",
    "UPDATING",
    "PENDING_QUALIFICATION",
    "PENDING_SYNCING_APPS",
    "SYNCING_APPS",
    "PENDING_IMAGE_IMPORT",
)
APPSTREAM_IMAGE_STATES = (
    "PENDING",
    "AVAILABLE",
    "FAILED",
    "COPYING",
    "DELETING",
    "CREATING",
    "IMPORTING",
    "VALIDATING",
)
assert (len(WORKSPACES_IMAGE_STATES), len(BUILDER_STATES), len(APPSTREAM_IMAGE_STATES)) == (3, 14, 8)

LONGEST_LABEL = 256
GIBIBYTE = 2**30


def _families():
    families = {}

    def add(group, first, rows, kind="gauge"):
        for row in rows.split("\n"):
            name, _, labels = row.strip().partition(" ")
            if name:
                families[name] = Family(kind, (*first, *labels.split()), group)

    target = ("account_id", "region")
    add(
        RESOURCE,
        target,
        """
        aws_workspaces_image_info image_id image_name operating_system owner_account_id ownership required_tenancy
        aws_workspaces_image_state image_id state
        aws_workspaces_image_error image_id error_code
        aws_workspaces_image_error_details image_id error_code
        aws_workspaces_image_update_available image_id
        aws_workspaces_image_created_timestamp_seconds image_id
        aws_workspaces_image_application_state image_id application_id state
        aws_workspaces_image_application_error image_id application_id error_code
        aws_workspaces_image_application_last_updated_timestamp_seconds image_id application_id
        aws_appstream_image_builder_info image_builder agent_version image_arn instance_type platform
        aws_appstream_image_builder_state image_builder state
        aws_appstream_image_builder_state_change_reason image_builder code
        aws_appstream_image_builder_errors image_builder error_code
        aws_appstream_image_builder_last_error_timestamp_seconds image_builder error_code
        aws_appstream_image_builder_agent_up_to_date image_builder
        aws_appstream_image_builder_created_timestamp_seconds image_builder
        aws_appstream_image_builder_root_volume_size_bytes image_builder
        aws_appstream_image_info """
        """image_arn image_name visibility platform image_type agent_version base_image_arn image_builder
        aws_appstream_image_state image_arn state
        aws_appstream_image_state_change_reason image_arn code
        aws_appstream_image_errors image_arn error_code
        aws_appstream_image_last_error_timestamp_seconds image_arn error_code
        aws_appstream_image_agent_up_to_date image_arn
        aws_appstream_image_created_timestamp_seconds image_arn
        aws_appstream_image_base_image_released_timestamp_seconds image_arn
        """,
    )
    add(
        COLLECTOR,
        target,
        """
        euc_exporter_target_info account_name partition
        euc_exporter_collector_success collector
        euc_exporter_collector_error collector error
        euc_exporter_collector_duration_seconds collector
        euc_exporter_collector_last_success_timestamp_seconds collector
        """,
    )
    add(
        EXPORTER,
        (),
        """
        euc_exporter_build_info version revision branch rustc_version
        euc_exporter_collector_refresh_interval_seconds collector
        euc_exporter_config_last_reload_successful
        euc_exporter_config_last_reload_success_timestamp_seconds
        euc_exporter_http_requests_in_flight handler
        process_open_fds
        process_max_fds
        process_virtual_memory_bytes
        process_resident_memory_bytes
        process_start_time_seconds
        """,
    )
    add(
        EXPORTER,
        (),
        """
        euc_exporter_collector_refresh_failures_total collector
        euc_exporter_aws_api_requests_total account_id region service operation
        euc_exporter_aws_api_request_errors_total account_id region service operation error
        euc_exporter_cache_requests_total collector
        euc_exporter_cache_hits_total collector
        euc_exporter_unrecognized_values_total field
        euc_exporter_http_requests_total handler code
        process_cpu_seconds_total
        """,
        "counter",
    )
    add(
        EXPORTER,
        (),
        """
        euc_exporter_collector_refresh_duration_seconds collector
        euc_exporter_aws_api_request_duration_seconds service operation
        """,
        "histogram",
    )
    return families


FAMILIES = _families()

# Only once there is something to say, or once the configuration can be read anew.
OPTIONAL_FAMILIES = {
    "euc_exporter_unrecognized_values_total",
    "euc_exporter_config_last_reload_successful",
    "euc_exporter_config_last_reload_success_timestamp_seconds",
}


class Unspecified(Exception):
    """The catalogue does not say what this world looks like."""


class Series(dict):
    """Values by (family, label values in the family's order)."""

    def put(self, name, target, *labels, value=1):
        labels = (*target, *(cut(text(label) or "") for label in labels))
        assert len(labels) == len(FAMILIES[name].labels), name
        if (name, labels) in self:
            raise Unspecified(f"two values for {name}{labels}: different ones are equal once cut to {LONGEST_LABEL}")
        self[name, labels] = float(value)

    def put_moment(self, name, target, *labels, moment):
        seconds = unix_seconds(moment)
        if seconds is not None:
            self.put(name, target, *labels, value=seconds)

    def put_states(self, name, target, identifier, state, known):
        current = text(state) or "UNKNOWN"
        for each in dict.fromkeys((*known, current)):
            self.put(name, target, identifier, each, value=each == current)


def text(value):
    """A reported text, else None: AWS's empty strings mean that there is none."""
    return value or None


def cut(value):
    """A label value as long as one may be, in whole characters."""
    return value[:LONGEST_LABEL]


def unix_seconds(moment):
    """A moment of a world, a number or an ISO-8601 text, in Unix seconds."""
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment).timestamp()
    return moment


def targets(world):
    """Each (account, region) of a world."""
    return [
        (account, region)
        for account, regions in world["accounts"].items()
        for region in regions
        if region != "roles"
    ]


def inventory(world):
    """The series of all that a world has."""
    series = Series()
    for target in targets(world):
        account, region = target
        place = world["accounts"][account][region]
        workspaces, appstream = place.get("workspaces", {}), place.get("appstream", {})
        images = latest(workspaces.get("Images", []), "ImageId")
        for image in images.values():
            put_workspaces_image(series, target, image)
        for identifier in images:
            there = [each for each in workspaces.get("Associations", []) if each.get("ImageId") == identifier]
            for association in latest(there, "AssociatedResourceId").values():
                put_application(series, target, identifier, association)
        for builder in latest(appstream.get("ImageBuilders", []), "Name").values():
            put_image_builder(series, target, builder)
        for image in latest(shown(appstream.get("Images", [])), "Arn").values():
            put_appstream_image(series, target, image)
    return series


def collectors(world):
    """The constant series about targets, when all goes well."""
    series = Series()
    for target in targets(world):
        series.put("euc_exporter_target_info", target, None, partition(target[1]))
        for collector in COLLECTORS:
            series.put("euc_exporter_collector_success", target, collector)
    return series


def partition(region):
    """The partition that a region is in."""
    for prefix, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region.startswith(prefix):
            return name
    return "aws"


def unrecognized(world):
    """The fields of which something must have been counted: identifiers that were wanting, states that are new."""
    fields = set()
    for account, region in targets(world):
        place = world["accounts"][account][region]
        lists = (
            ("workspaces", "Images", "ImageId", "ErrorDetails", WORKSPACES_IMAGE_STATES),
            ("appstream", "ImageBuilders", "Name", "ImageBuilderErrors", BUILDER_STATES),
            ("appstream", "Images", "Arn", "ImageErrors", APPSTREAM_IMAGE_STATES),
        )
        for service, name, identifier, errors, states in lists:
            items = place.get(service, {}).get(name, [])
            if any(not text(item.get(identifier)) for item in shown(items)):
                fields.add(identifier)
            for item in latest(shown(items), identifier).values():
                if text(item.get("State")) not in (None, *states):
                    fields.add("State")
                if any(not text(entry.get("ErrorCode")) for entry in item.get(errors) or []):
                    fields.add("ErrorCode")
    return fields


def latest(items, identifier):
    """Objects by identifier: the later of two copies, none without one."""
    return {item[identifier]: item for item in items if text(item.get(identifier))}


def shown(images):
    """The AppStream images that are not AWS's own."""
    return [image for image in images if image.get("Visibility") != "PUBLIC"]


def counted(entries):
    """How many entries carry each error code, and the newest moment of each that has one."""
    counts, newest = collections.Counter(), {}
    for entry in entries or []:
        code = text(entry.get("ErrorCode"))
        if code is None:
            continue
        counts[code] += 1
        moment = unix_seconds(entry.get("ErrorTimestamp"))
        if moment is not None:
            newest[code] = max(moment, newest.get(code, moment))
    return counts, newest


def put_workspaces_image(series, target, image):
    identifier = image["ImageId"]
    owner = text(image.get("OwnerAccountId"))
    series.put(
        "aws_workspaces_image_info",
        target,
        identifier,
        image.get("Name"),
        (image.get("OperatingSystem") or {}).get("Type"),
        owner,
        "OWNED" if owner in (None, target[0]) else "SHARED",
        image.get("RequiredTenancy"),
    )
    series.put_states("aws_workspaces_image_state", target, identifier, image.get("State"), WORKSPACES_IMAGE_STATES)
    if text(image.get("ErrorCode")):
        series.put("aws_workspaces_image_error", target, identifier, image["ErrorCode"])
    for code, count in counted(image.get("ErrorDetails"))[0].items():
        series.put("aws_workspaces_image_error_details", target, identifier, code, value=count)
    available = (image.get("Updates") or {}).get("UpdateAvailable")
    if available is not None:
        series.put("aws_workspaces_image_update_available", target, identifier, value=available)
    series.put_moment(
        "aws_workspaces_image_created_timestamp_seconds", target, identifier, moment=image.get("Created")
    )


def put_application(series, target, image, association):
    of = (target, image, association["AssociatedResourceId"])
    series.put("aws_workspaces_image_application_state", *of, text(association.get("State")) or "UNKNOWN")
    code = text((association.get("StateReason") or {}).get("ErrorCode"))
    if code:
        series.put("aws_workspaces_image_application_error", *of, code)
    updated = association.get("LastUpdatedTime")
    series.put_moment("aws_workspaces_image_application_last_updated_timestamp_seconds", *of, moment=updated)


def put_common_of_appstream(series, family, of, item, errors, states):
    series.put_states(f"{family}_state", *of, item.get("State"), states)
    reason = text((item.get("StateChangeReason") or {}).get("Code"))
    if reason:
        series.put(f"{family}_state_change_reason", *of, reason)
    counts, newest = counted(item.get(errors))
    for code, count in counts.items():
        series.put(f"{family}_errors", *of, code, value=count)
    for code, moment in newest.items():
        series.put(f"{family}_last_error_timestamp_seconds", *of, code, value=moment)
    latest_agent = item.get("LatestAppstreamAgentVersion")
    if latest_agent in ("TRUE", "FALSE"):
        series.put(f"{family}_agent_up_to_date", *of, value=latest_agent == "TRUE")
    series.put_moment(f"{family}_created_timestamp_seconds", *of, moment=item.get("CreatedTime"))


def put_image_builder(series, target, builder):
    of = (target, builder["Name"])
    properties = ("AppstreamAgentVersion", "ImageArn", "InstanceType", "Platform")
    series.put("aws_appstream_image_builder_info", *of, *map(builder.get, properties))
    put_common_of_appstream(
        series, "aws_appstream_image_builder", of, builder, "ImageBuilderErrors", BUILDER_STATES
    )
    size = (builder.get("RootVolumeConfig") or {}).get("VolumeSizeInGb")
    if size is not None:
        series.put("aws_appstream_image_builder_root_volume_size_bytes", *of, value=size * GIBIBYTE)


def put_appstream_image(series, target, image):
    of = (target, image["Arn"])
    properties = (
        "Name",
        "Visibility",
        "Platform",
        "ImageType",
        "AppstreamAgentVersion",
        "BaseImageArn",
        "ImageBuilderName",
    )
    series.put("aws_appstream_image_info", *of, *map(image.get, properties))
    put_common_of_appstream(series, "aws_appstream_image", of, image, "ImageErrors", APPSTREAM_IMAGE_STATES)
    series.put_moment(
        "aws_appstream_image_base_image_released_timestamp_seconds",
        *of,
        moment=image.get("PublicBaseImageReleasedDate"),
    )
