"""The exporter that a user would write in an afternoon: boto3, prometheus_client, a loop. A peer of the benches.

Usage: afternoon.py PORT REGION...

Shows the same series of image builders as euc-exporter. After each round it prints how many builders it has read.
"""

import sys
import time

import boto3
from prometheus_client import Gauge, start_http_server

PREFIX = "aws_appstream_image_builder_"
TARGET = ["account_id", "region", "image_builder"]
STATES = (
    "DELETING EXPORTING FAILED PENDING PENDING_IMAGE_IMPORT PENDING_QUALIFICATION PENDING_SYNCING_APPS REBOOTING "
    "RUNNING SNAPSHOTTING STOPPED STOPPING SYNCING_APPS UPDATING"
).split()

PROPERTIES = ["agent_version", "image_arn", "instance_type", "platform"]
INFO = Gauge(PREFIX + "info", "Properties of the builder.", TARGET + PROPERTIES)
STATE = Gauge(PREFIX + "state", "1 for the current state.", TARGET + ["state"])
ERRORS = Gauge(PREFIX + "errors", "Errors by code.", TARGET + ["error_code"])
LAST_ERROR = Gauge(PREFIX + "last_error_timestamp_seconds", "The newest error.", TARGET + ["error_code"])
UP_TO_DATE = Gauge(PREFIX + "agent_up_to_date", "1 if the agent is current.", TARGET)
CREATED = Gauge(PREFIX + "created_timestamp_seconds", "When it was made.", TARGET)
VOLUME = Gauge(PREFIX + "root_volume_size_bytes", "Size of its root volume.", TARGET)
GAUGES = (INFO, STATE, ERRORS, LAST_ERROR, UP_TO_DATE, CREATED, VOLUME)
INTERVAL = 3600


def pages(client):
    answer = client.describe_image_builders()
    yield answer["ImageBuilders"]
    while answer.get("NextToken"):
        answer = client.describe_image_builders(NextToken=answer["NextToken"])
        yield answer["ImageBuilders"]


def show(target, builder):
    labels = (*target, builder["Name"])
    INFO.labels(
        *labels, builder["AppstreamAgentVersion"], builder["ImageArn"], builder["InstanceType"], builder["Platform"]
    ).set(1)
    for state in STATES:
        STATE.labels(*labels, state).set(builder["State"] == state)
    for error in builder.get("ImageBuilderErrors", []):
        ERRORS.labels(*labels, error["ErrorCode"]).inc()
        LAST_ERROR.labels(*labels, error["ErrorCode"]).set(error["ErrorTimestamp"].timestamp())
    UP_TO_DATE.labels(*labels).set(builder["LatestAppstreamAgentVersion"] == "TRUE")
    CREATED.labels(*labels).set(builder["CreatedTime"].timestamp())
    VOLUME.labels(*labels).set(builder["RootVolumeConfig"]["VolumeSizeInGb"] * 2**30)


def collect(regions):
    account = boto3.client("sts", region_name=regions[0]).get_caller_identity()["Account"]
    for gauge in GAUGES:
        gauge.clear()
    count = 0
    for region in regions:
        for builders in pages(boto3.client("appstream", region_name=region)):
            count += len(builders)
            for builder in builders:
                show((account, region), builder)
    return count


def main():
    port, *regions = sys.argv[1:]
    start_http_server(int(port), addr="127.0.0.1")
    while True:
        try:
            print(collect(regions), flush=True)
        except Exception as error:
            print(f"failed: {error}", file=sys.stderr, flush=True)
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main()
