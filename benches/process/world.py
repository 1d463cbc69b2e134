"""Worlds for the simulator: image builders with twenty series each, spread over regions."""

import json

ACCOUNT = "111122223333"
SERIES_OF_A_BUILDER = 20
CREATED = 1_791_202_381


def builder(region, number):
    return {
        "Name": f"win11-finance-{number:06}",
        "Arn": f"arn:aws:appstream:{region}:{ACCOUNT}:image-builder/win11-finance-{number:06}",
        "ImageArn": f"arn:aws:appstream:{region}::image/AppStream-WinServer2022-{number % 40:02}",
        "InstanceType": "stream.standard.medium",
        "Platform": "WINDOWS_SERVER_2022",
        "State": "STOPPED",
        "CreatedTime": CREATED + number * 60,
        "AppstreamAgentVersion": "10-06-2026",
        "LatestAppstreamAgentVersion": "TRUE",
        "RootVolumeConfig": {"VolumeSizeInGb": 200},
        "ImageBuilderErrors": [
            {"ErrorCode": "INTERNAL_SERVICE_ERROR", "ErrorMessage": "It broke.", "ErrorTimestamp": CREATED + number}
        ],
    }


def image(region, number, state):
    return {
        "Name": f"cad-{number:04}",
        "Arn": f"arn:aws:appstream:{region}:{ACCOUNT}:image/cad-{number:04}",
        "State": state,
        "Visibility": "PRIVATE",
        "Platform": "WINDOWS_SERVER_2022",
        "CreatedTime": CREATED + number * 60,
    }


def region_names(count):
    directions = ("west", "east", "north", "south", "central", "northeast", "southeast", "southwest")
    return [f"eu-{directions[number % 8]}-{number // 8 + 1}" for number in range(count)]


class World:
    """So many builders, shared evenly among regions; images, if any, are in the first and in one state."""

    def __init__(self, folder, builders, regions=1, images=0, state="AVAILABLE"):
        self.builders = builders
        self.regions = region_names(regions)
        self.path = folder / f"world-{builders}-{regions}-{images}-{state}.json"
        if not self.path.exists():
            self.path.write_text(json.dumps({"accounts": {ACCOUNT: self._places(images, state)}}))

    def _places(self, images, state):
        places = {}
        for index, region in enumerate(self.regions):
            numbers = range(index, self.builders, len(self.regions))
            places[region] = {"appstream": {"ImageBuilders": [builder(region, number) for number in numbers]}}
        first = self.regions[0]
        places[first]["appstream"]["Images"] = [image(first, number, state) for number in range(images)]
        return places
