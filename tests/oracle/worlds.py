"""Makes worlds that an exporter could stumble over, as JSON files: worlds.py DIRECTORY.

botocore's service models say what an object looks like, so an enum value or a field that AWS adds comes along with the
next botocore. No chance is involved: the same botocore makes the same files.

hostile  two regions; every enum value, values newer than any model, missing, null and empty members, hostile texts
empty    two regions without anything
plain    a few ordinary objects in another partition
"""

import itertools
import json
import pathlib
import sys

import botocore.session

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGIONS = ("eu-west-1", "us-east-1")

HOSTILE_TEXTS = (
    'say "hello"',
    '"',
    '"""',
    "back\\slash",
    "C:\\new\\table",
    "ends in a backslash\\",
    "ends in two\\\\",
    "\\",
    'backslash and quote \\"',
    'ends in backslash and quote\\"',
    "\\n written out",
    "two\nlines",
    "\n",
    "ends in a newline\n",
    '},{a="b"} 1',
    '"} 1\nup 0\n# EOF\n',
    'x",state="AVAILABLE',
    "# HELP up Not so.",
    "# EOF",
    " # {} 1",
    "tab\there",
    "carriage\rreturn",
    "both\r\n",
    "nul\0inside",
    "\0",
    "".join(map(chr, range(1, 32))),
    "\x7f\x80\x85\x9f",
    "line\u2028separator\u2029",
    "\u202eright to left\u202c",
    "\u0635\u0648\u0631\u0629 \u05ea\u05de\u05d5\u05e0\u05d4",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467 and flag \U0001f1ee\U0001f1ea",
    "\u65e5\u672c\u8a9e",
    "combining e\u0301\u0323\u0308",
    "Z" + "\u0351" * 40,
    "\ufeffbyte order mark",
    "\ufffd replaced, \ufffe and \uffff no characters, \U0010ffff the last",
    " leading space",
    "trailing space ",
    "  ",
    "\u00a0\u200b",
    "{curly} [square] (round) <angle> $1 %s {{ .Name }} `tick` 'single'",
    "NaN",
    "0",
    "null",
    "UNKNOWN",
    "__name__",
    "a" * 256,
    "b" * 257,
    "c" * 10_240,
    "\u00e9" * 256,
    "\u00fc" * 257,
    "\U0001f600" * 256,
    "\U0001f47b" * 2_560,
    "d" * 255 + "e\u0301",
    "f" * 255 + '"',
    "g" * 255 + "\\",
    "h" * 254 + "\\\\\\",
    "i" * 255 + "\n" * 300,
    "j" * 256 + " ",
)

# Seconds and fractions, the epoch and before it, far away, and as texts.
MOMENTS = (
    1_791_202_381,
    1_791_202_381.123,
    1_700_000_000.001,
    1_650_000_000.999,
    "2026-10-05T14:13:01+02:00",
    "2024-02-29T23:59:59.250Z",
    0,
    0.001,
    -1,
    -86_400.5,
    253_402_300_799,
    253_402_300_799.999,
    1e9,
    4_294_967_296,
)

NUMBERS = (200, 0, 1, 500, 2_147_483_647, 16_384)

NEWER = ("ADDED_AFTER_THIS_BUILD", "lower case, with \"quotes\", \\ and\nlines", "LONG_" + "W" * 300)

# Answers of the question that was asked, or of a filter: AWS would not send a value that it does not name.
NEVER_NEWER = {"VisibilityType", "ImageAssociatedResourceType"}


class Filler:
    """Fills the shapes of one service with values, each in its turn."""

    def __init__(self, service):
        loader = botocore.session.get_session().get_component("data_loader")
        self.shapes = loader.load_service_model(service, "service-2")["shapes"]
        self.turns = {}

    def members(self, shape):
        """The members of a structure, with their shapes."""
        return {name: member["shape"] for name, member in self.shapes[shape]["members"].items()}

    def enum(self, shape):
        """The values of an enum that the model knows."""
        return tuple(self.shapes[shape].get("enum", ()))

    def object(self, shape, without=(), **given):
        """A structure with every member, apart from those that are given or left out."""
        members = self.members(shape)
        assert not (set(given) | set(without)) - set(members), f"{shape} has no {set(given) - set(members)}"
        return {
            name: given[name] if name in given else self.value(member, (shape, name))
            for name, member in members.items()
            if name not in without
        }

    def value(self, shape, place):
        """The next value of a shape at one place, which is a member of a structure."""
        kind = self.shapes[shape]["type"]
        if kind == "structure":
            return self.object(shape)
        if kind == "list":
            each = self.shapes[shape]["member"]["shape"]
            count = self.turn((*place, "length"), (0, 1, 2, 3))
            return [self.value(each, place) for _ in range(count)]
        if kind == "map":
            return {"key": "value"}
        return self.turn(place, self.values(shape, kind))

    def values(self, shape, kind):
        """All the values that a simple shape takes in turn."""
        if self.enum(shape):
            return self.enum(shape) + (() if shape in NEVER_NEWER else NEWER)
        if shape == "WorkspaceImageErrorCode":
            return (*self.enum("WorkspaceImageErrorDetailCode"), "", *NEWER)
        if shape == "AwsAccount":
            return (ACCOUNT, OTHER_ACCOUNT, "amazon")
        return {"timestamp": MOMENTS, "boolean": (True, False), "string": HOSTILE_TEXTS}.get(kind, NUMBERS)

    def turn(self, place, values):
        """Each value in its turn."""
        return next(self.turns.setdefault(place, itertools.cycle(values)))


def crooked(filler, shape, identifier, count):
    """Objects of a shape with hostile identifiers: each member once missing, once null, each text once empty."""
    members = {name: member for name, member in filler.members(shape).items() if name != identifier}
    texts = [name for name, member in members.items() if filler.shapes[member]["type"] == "string"]
    # What filters answers cannot be empty: null is the most that is left out.
    texts = [name for name in texts if name != "Visibility"]
    for index in range(count):
        name = identifiers(index)
        if index < len(members):
            missing = list(members)[index]
            yield filler.object(shape, without={missing}, **{identifier: name})
        elif index < 2 * len(members):
            null = list(members)[index - len(members)]
            given = {null: None}
            empty = texts[index % len(texts)]
            given.setdefault(empty, "")
            yield filler.object(shape, **given, **{identifier: name})
        else:
            yield filler.object(shape, **{identifier: name})


def identifiers(index):
    """A hostile identifier that no other index has, not even once both are cut."""
    hostile = HOSTILE_TEXTS[index % len(HOSTILE_TEXTS)]
    return hostile if index < len(HOSTILE_TEXTS) else f"{index} {hostile}"


def nameless(filler, shape, identifier):
    """Objects without an identifier, in the three ways to be without one."""
    yield filler.object(shape, without={identifier})
    yield filler.object(shape, **{identifier: None})
    yield filler.object(shape, **{identifier: ""})


def copies(filler, shape, identifier, first, **given):
    """A later copy of an object, which is unlike it."""
    return filler.object(shape, **{identifier: first[identifier]}, **given)


def entries(**members):
    """Error entries as AWS should not send them: codes that repeat, with and without a moment, and none at all."""
    stamped = [1_700_000_300, 1_700_000_900.5, None, 1_700_000_600]
    repeated = [{"ErrorCode": "INTERNAL_SERVICE_ERROR", "ErrorTimestamp": moment, **members} for moment in stamped]
    return [
        *repeated,
        {"ErrorCode": "INTERNAL_SERVICE_ERROR"},
        {"ErrorCode": "NO_MOMENT", **members},
        {"ErrorCode": "BEFORE_THE_EPOCH", "ErrorTimestamp": -5},
        {"ErrorCode": "BEFORE_THE_EPOCH", "ErrorTimestamp": -7.5},
        {"ErrorMessage": "no code", "ErrorTimestamp": 1_700_000_000},
        {"ErrorCode": "", "ErrorTimestamp": 1_700_000_000},
        {"ErrorCode": None},
        {},
    ]


def workspaces_images(filler):
    shape, identifier, count = "WorkspaceImage", "ImageId", 60
    images = list(crooked(filler, shape, identifier, count - 6))
    mine = {"OwnerAccountId": ACCOUNT}
    images[40]["ErrorDetails"] = [
        {"ErrorCode": "OfficeInstalled"},
        {"ErrorCode": "OfficeInstalled", "ErrorMessage": "again"},
        {"ErrorCode": "DomainJoined"},
        {"ErrorMessage": "no code"},
        {"ErrorCode": ""},
        {"ErrorCode": None},
        {},
    ]
    images[41]["Updates"] = {}
    images[42]["Updates"] = {"UpdateAvailable": None, "Description": "nothing known"}
    images[43]["OperatingSystem"] = {}
    images[44]["OperatingSystem"] = {"Type": ""}
    images[45]["OwnerAccountId"] = ""
    # The copies are of images in the same region and with the same owner.
    images[0].update(mine)
    images[1].update(mine)
    images += nameless(filler, shape, identifier)
    images.append(filler.object(shape, ImageId="wsi-ordinary01", **mine))
    images += [copies(filler, shape, identifier, first, **mine) for first in images[:2]]
    assert len(images) == count
    return images


def associations(filler, images):
    """Applications on images: none to four on each, and some that belong to nobody."""
    shape, identifier = "ImageResourceAssociation", "AssociatedResourceId"
    members = [name for name in filler.members(shape) if name not in (identifier, "ImageId")]
    made = []
    for index, image in enumerate(images):
        of = image.get("ImageId")
        if not of:
            continue
        for number in range(index % 5):
            turn = index * 5 + number
            application = {identifier: f"wsa-{number}" if turn % 2 else identifiers(turn % 97), "ImageId": of}
            member = members[turn // 2 % len(members)]
            if turn % 6 == 0:
                made.append(filler.object(shape, without={member}, **application))
            elif turn % 6 == 1:
                made.append(filler.object(shape, **application, **{member: None}))
            elif turn % 6 == 2:
                made.append(filler.object(shape, **application, State=""))
            elif turn % 6 == 3:
                made.append(filler.object(shape, **application, StateReason={}))
            else:
                made.append(filler.object(shape, **application))
    made += (dict(each, ImageId=images[3]["ImageId"]) for each in nameless(filler, shape, identifier))
    first = made[0]
    made.append(filler.object(shape, ImageId=first["ImageId"], **{identifier: first[identifier]}))
    made.append(filler.object(shape, ImageId="wsi-deleted000", **{identifier: "wsa-orphan"}))
    return made


def image_builders(filler):
    shape, identifier, count = "ImageBuilder", "Name", 120
    builders = list(crooked(filler, shape, identifier, count - 7))
    builders[60]["ImageBuilderErrors"] = entries(ErrorMessage="quoted \"text\"")
    builders[61]["ImageBuilderErrors"] = []
    builders[62]["StateChangeReason"] = {}
    builders[63]["StateChangeReason"] = {"Code": "", "Message": "no code"}
    builders[64]["RootVolumeConfig"] = {}
    builders[65]["RootVolumeConfig"] = {"VolumeSizeInGb": None}
    builders[66]["LatestAppstreamAgentVersion"] = "true"
    builders[67]["State"] = "running"
    builders += nameless(filler, shape, identifier)
    # The same name in both regions is two builders.
    builders += [filler.object(shape, Name="win11-finance") for _ in REGIONS]
    builders += [copies(filler, shape, identifier, first) for first in (builders[1], builders[0])]
    assert len(builders) == count
    return builders


def appstream_images(filler):
    shape, identifier, count = "Image", "Arn", 60
    images = list(crooked(filler, shape, identifier, count - 8))
    visibilities = itertools.cycle(("PRIVATE", "SHARED", "PRIVATE"))
    for image in images:
        if image.get("Visibility"):
            image["Visibility"] = next(visibilities)
    private = {"Visibility": "PRIVATE"}
    images[30]["ImageErrors"] = entries()
    images[31]["ImageErrors"] = []
    images[32]["StateChangeReason"] = {}
    images[33]["StateChangeReason"] = {"Code": ""}
    images[0].update(private)
    images[1].update(private)
    images += nameless(filler, shape, identifier)
    for image in images[-3:]:
        image.update(private)
    images += [filler.object(shape, Visibility="PUBLIC", Arn=f"arn:aws:appstream:::image/base-{n}") for n in (1, 2)]
    images.append(filler.object(shape, Name=images[2]["Name"], Arn="the same name", **private))
    images += [copies(filler, shape, identifier, first, **private) for first in (images[1], images[0])]
    assert len(images) == count
    return images


def hostile():
    workspaces, appstream = Filler("workspaces"), Filler("appstream")
    images = workspaces_images(workspaces)
    lists = {
        ("workspaces", "Images"): images,
        ("appstream", "ImageBuilders"): image_builders(appstream),
        ("appstream", "Images"): appstream_images(appstream),
    }
    regions = {region: {"workspaces": {}, "appstream": {}} for region in REGIONS}
    for (service, name), items in lists.items():
        split(regions, service, name, items)
    for region in REGIONS:
        here = regions[region]["workspaces"]
        here["Associations"] = associations(workspaces, here["Images"])
    check_coverage(regions, workspaces, appstream)
    return {"accounts": {ACCOUNT: regions}}


def split(regions, service, name, items):
    """Deals the items out, a copy to where the first one went."""
    homes = {}
    for index, item in enumerate(items):
        identifier = item.get({"workspaces": "ImageId"}.get(service, "Arn" if name == "Images" else "Name"))
        home = REGIONS[index % len(REGIONS)]
        if identifier and identifier != "win11-finance":
            home = homes.setdefault(identifier, home)
        regions[home][service].setdefault(name, []).append(item)


def check_coverage(regions, workspaces, appstream):
    """Holds a world to its promise: every value of every enum that a metric shows is on an object that is shown."""

    def gather(service, name, *path):
        for region in regions.values():
            for item in region[service][name]:
                if item.get("Visibility") != "PUBLIC":
                    yield from follow(item, path)

    def follow(value, path):
        if isinstance(value, list):
            for each in value:
                yield from follow(each, path)
        elif path and value:
            yield from follow(value.get(path[0]), path[1:])
        elif not path:
            yield value

    wanted = (
        (workspaces, "WorkspaceImageState", "workspaces", "Images", "State"),
        (workspaces, "OperatingSystemType", "workspaces", "Images", "OperatingSystem", "Type"),
        (workspaces, "WorkspaceImageRequiredTenancy", "workspaces", "Images", "RequiredTenancy"),
        (workspaces, "WorkspaceImageErrorDetailCode", "workspaces", "Images", "ErrorCode"),
        (workspaces, "WorkspaceImageErrorDetailCode", "workspaces", "Images", "ErrorDetails", "ErrorCode"),
        (workspaces, "AssociationState", "workspaces", "Associations", "State"),
        (workspaces, "AssociationErrorCode", "workspaces", "Associations", "StateReason", "ErrorCode"),
        (appstream, "ImageBuilderState", "appstream", "ImageBuilders", "State"),
        (appstream, "ImageBuilderStateChangeReasonCode", "appstream", "ImageBuilders", "StateChangeReason", "Code"),
        (appstream, "FleetErrorCode", "appstream", "ImageBuilders", "ImageBuilderErrors", "ErrorCode"),
        (appstream, "PlatformType", "appstream", "ImageBuilders", "Platform"),
        (appstream, "LatestAppstreamAgentVersion", "appstream", "ImageBuilders", "LatestAppstreamAgentVersion"),
        (appstream, "ImageState", "appstream", "Images", "State"),
        (appstream, "ImageStateChangeReasonCode", "appstream", "Images", "StateChangeReason", "Code"),
        (appstream, "FleetErrorCode", "appstream", "Images", "ImageErrors", "ErrorCode"),
        (appstream, "PlatformType", "appstream", "Images", "Platform"),
        (appstream, "ImageType", "appstream", "Images", "ImageType"),
        (appstream, "LatestAppstreamAgentVersion", "appstream", "Images", "LatestAppstreamAgentVersion"),
    )
    for filler, shape, *place in wanted:
        values = {*filler.enum(shape), *(NEWER if place[-1] != "ErrorCode" or "Error" in shape else ())}
        missing = values - set(gather(*place))
        if missing:
            raise SystemExit(f"the hostile world shows no {shape} {sorted(missing)} in {'.'.join(place)}")


def empty():
    services = {"workspaces": {"Images": [], "Associations": []}, "appstream": {"ImageBuilders": [], "Images": []}}
    return {"accounts": {ACCOUNT: {"eu-west-1": services, "us-east-1": {}}}}


def plain():
    arn = f"arn:aws-cn:appstream:cn-north-1:{OTHER_ACCOUNT}"
    return {
        "accounts": {
            OTHER_ACCOUNT: {
                "cn-north-1": {
                    "workspaces": {
                        "Images": [
                            {
                                "ImageId": "wsi-0aaaaaaaa1",
                                "Name": "win11-engineering",
                                "OperatingSystem": {"Type": "WINDOWS"},
                                "State": "AVAILABLE",
                                "RequiredTenancy": "DEFAULT",
                                "ErrorCode": "",
                                "Created": "2026-03-01T09:30:00.125000+08:00",
                                "OwnerAccountId": OTHER_ACCOUNT,
                                "Updates": {"UpdateAvailable": True, "Description": "Updates are available"},
                            },
                            {
                                "ImageId": "wsi-0aaaaaaaa2",
                                "Name": "rocky-shared",
                                "OperatingSystem": {"Type": "LINUX"},
                                "State": "ERROR",
                                "OwnerAccountId": ACCOUNT,
                                "ErrorCode": "DiskFreeSpace",
                                "ErrorDetails": [{"ErrorCode": "DiskFreeSpace"}, {"ErrorCode": "DomainJoined"}],
                                "Created": 1_772_000_000,
                            },
                        ],
                        "Associations": [
                            {
                                "ImageId": "wsi-0aaaaaaaa1",
                                "AssociatedResourceId": "wsa-1",
                                "AssociatedResourceType": "APPLICATION",
                                "State": "ERROR",
                                "StateReason": {"ErrorCode": "ValidationError.InsufficientMemory"},
                                "LastUpdatedTime": 1_772_000_111.5,
                            },
                        ],
                    },
                    "appstream": {
                        "ImageBuilders": [
                            {
                                "Name": "builder-1",
                                "Arn": f"{arn}:image-builder/builder-1",
                                "State": "RUNNING",
                                "Platform": "WINDOWS_SERVER_2022",
                                "InstanceType": "stream.standard.large",
                                "AppstreamAgentVersion": "02-03-2026",
                                "LatestAppstreamAgentVersion": "FALSE",
                                "RootVolumeConfig": {"VolumeSizeInGb": 200},
                                "CreatedTime": 1_772_000_222,
                                "ImageBuilderErrors": [
                                    {"ErrorCode": "IMAGE_NOT_FOUND", "ErrorTimestamp": 1_772_000_333},
                                ],
                            },
                        ],
                        "Images": [
                            {
                                "Name": "finance",
                                "Arn": f"{arn}:image/finance",
                                "State": "AVAILABLE",
                                "Visibility": "PRIVATE",
                                "Platform": "WINDOWS_SERVER_2022",
                                "ImageType": "CUSTOM",
                                "LatestAppstreamAgentVersion": "TRUE",
                                "CreatedTime": 1_772_000_444,
                                "PublicBaseImageReleasedDate": 1_771_000_000,
                            },
                        ],
                    },
                },
            },
        },
    }


WORLDS = {"hostile": hostile, "empty": empty, "plain": plain}


def main(directory):
    for name, make in WORLDS.items():
        path = pathlib.Path(directory, f"{name}.json")
        path.write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
        print(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: worlds.py DIRECTORY")
    main(sys.argv[1])
