"""The world of the controlled exporter: a small account whose objects break and are mended on command."""

import json
import subprocess
import time
from pathlib import Path

from stack import Program

ACCOUNT, STRANGER, HERE, THERE = "111111111111", "444455556666", "eu-west-1", "us-east-1"


def world() -> dict:
    """All is well, but for one builder: no build has heard of its state."""
    return {"accounts": {ACCOUNT: {HERE: _place("one", "HIBERNATING"), THERE: _place("two", "RUNNING")}}}


def _place(tag: str, odd_state: str) -> dict:
    return {
        "workspaces": {
            "Images": [_image(f"wsi-{tag}000001", f"win11-{tag}"), _image(f"wsi-{tag}000002", f"win10-{tag}"),
                       _image(f"wsi-{tag}000003", f"shared-{tag}", STRANGER)],
            "Associations": [{"ImageId": f"wsi-{tag}000001", "AssociatedResourceId": "wsa-office", "State": "COMPLETED",
                              "AssociatedResourceType": "APPLICATION", "LastUpdatedTime": "2026-10-01T12:00:00Z"}],
        },
        "appstream": {
            "ImageBuilders": [_builder(f"builder-{tag}", "RUNNING"), _builder(f"odd-{tag}", odd_state)],
            "Images": [{"Arn": f"arn:aws:appstream:{HERE}:{ACCOUNT}:image/office-{tag}", "Name": f"office-{tag}",
                        "State": "AVAILABLE", "Visibility": "PRIVATE", "CreatedTime": time.time()}],
        },
    }


def _image(identifier: str, name: str, owner: str = ACCOUNT) -> dict:
    return {"ImageId": identifier, "Name": name, "State": "AVAILABLE", "OwnerAccountId": owner, "RequiredTenancy": "DEFAULT",
            "OperatingSystem": {"Type": "WINDOWS"}, "Created": "2026-10-01T12:00:00Z"}


def _builder(name: str, state: str) -> dict:
    return {"Name": name, "Arn": f"arn:aws:appstream:{HERE}:{ACCOUNT}:image-builder/{name}", "State": state,
            "InstanceType": "stream.standard.large", "Platform": "WINDOWS_SERVER_2022", "LatestAppstreamAgentVersion": "TRUE"}


def images(state: dict, region: str = HERE) -> list[dict]:
    """The WorkSpaces images of a region, to be changed."""
    return state["accounts"][ACCOUNT][region]["workspaces"]["Images"]


def builders(state: dict, region: str = HERE) -> list[dict]:
    """The builders of a region, to be changed."""
    return state["accounts"][ACCOUNT][region]["appstream"]["ImageBuilders"]


class Simulator(Program):
    """A running examples/simulator that takes commands."""

    def __init__(self, folder: Path, binary: Path, state: dict) -> None:
        file = folder / "world.json"
        file.write_text(json.dumps(state), encoding="utf-8")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        super().__init__(folder, "simulator", [binary, file], **pipes)
        started = json.loads(self.process.stdout.readline())
        self.url, self.keys = started["url"], started["credentials"][ACCOUNT]

    def tell(self, **command) -> None:
        """Gives one command and waits until it is done."""
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if answer != {"done": True}:
            raise ValueError(f"{command}: {answer}")


CONFIG = """\
[web]
listen_address = ["127.0.0.1:{port}"]
[aws]
regions = ["{here}", "{there}"]
[aws.rate.workspaces]
per_second = 0
[aws.rate.appstream]
per_second = 0
"""


def exporter(folder: Path, binary: Path, simulator: Simulator, port: int) -> Program:
    """The exporter as it runs in earnest, with the simulator for AWS, reading anew every second."""
    config = folder / "euc.toml"
    collectors = ("workspaces_images", "workspaces_image_associations", "appstream_image_builders", "appstream_images")
    intervals = "".join(f'[collectors.{name}]\nrefresh_interval = "1s"\n' for name in collectors)
    config.write_text(CONFIG.format(port=port, here=HERE, there=THERE) + intervals, encoding="utf-8")
    environment = {
        "AWS_ENDPOINT_URL": simulator.url,
        "AWS_ACCESS_KEY_ID": simulator.keys["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": simulator.keys["secret_access_key"],
        "AWS_REGION": HERE,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return Program(folder, "exporter", [binary, "--config.file", config], environment)
