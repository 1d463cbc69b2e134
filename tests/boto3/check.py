"""Asks a running simulator through boto3 and compares every answer with the world it serves.

Usage: python3 tests/boto3/check.py target/debug/examples/simulator [WORLD.json]
   or: python3 tests/boto3/check.py URL WORLD.json

boto3 checks inputs and parses answers by AWS's own models, so what it makes of an answer is what AWS's users get. Each
service is asked in both of its protocols. Ends with 1 if anything differs.
"""

import datetime
import json
import subprocess
import sys

import boto3
import botocore.config
import botocore.exceptions

PROTOCOLS = ("json", "smithy-rpc-v2-cbor")
LISTINGS = (
    ("workspaces", "describe_workspace_images", "DescribeWorkspaceImages", "Images"),
    ("appstream", "describe_image_builders", "DescribeImageBuilders", "ImageBuilders"),
    ("appstream", "describe_images", "DescribeImages", "Images"),
)


class Check:
    """Counts what was compared and keeps what differs."""

    def __init__(self, url):
        self.url = url
        self.objects = self.refusals = self.answers = 0
        self.problems = []

    def client(self, service, account, region, protocol=None, validate=True, key=None):
        session = boto3.Session(region_name=region)
        config = botocore.config.Config(parameter_validation=validate, retries={"total_max_attempts": 1})
        access_key, secret, token = key or (f"AKIASIM0{account}", f"simulated-and-not-a-secret-0{account}", None)
        if protocol:
            # The only way to choose: the loader's copy of the model says which protocols the service speaks.
            loader = session._session.get_component("data_loader")
            model = loader.load_service_model(service, "service-2")
            model["metadata"]["protocols"] = [protocol]
            model["metadata"]["protocol"] = protocol
        client = session.client(
            service,
            endpoint_url=self.url,
            config=config,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )
        if protocol and client.meta.service_model.resolved_protocol != protocol:
            raise SystemExit(f"boto3 speaks {client.meta.service_model.resolved_protocol}, not {protocol}")
        return client

    def expect(self, found, wanted, what):
        if found != wanted:
            self.problems.append(f"{what}: found {found!r}, wanted {wanted!r}")

    def refuses(self, code, what, call, **arguments):
        self.refusals += 1
        try:
            call(**arguments)
            self.problems.append(f"{what}: not refused, wanted {code}")
        except botocore.exceptions.ClientError as error:
            self.expect(error.response["Error"]["Code"], code, what)
            if not error.response["ResponseMetadata"].get("RequestId"):
                self.problems.append(f"{what}: no request id")
            return error.response["Error"].get("Message", "")

    def shape(self, value, shape, what):
        """Holds a parsed value to its shape: types, and words of enums."""
        kinds = {
            "string": str, "integer": int, "boolean": bool, "timestamp": datetime.datetime,
            "list": list, "structure": dict, "map": dict,
        }
        if not isinstance(value, kinds[shape.type_name]):
            self.problems.append(f"{what}: {value!r} is no {shape.type_name}")
        elif shape.type_name == "string" and shape.enum and value not in shape.enum:
            self.problems.append(f"{what}: {value!r} is none of {shape.enum}")
        elif shape.type_name == "structure":
            for name, member in value.items():
                self.shape(member, shape.members[name], f"{what}.{name}")
        elif shape.type_name == "list":
            for index, member in enumerate(value):
                self.shape(member, shape.member, f"{what}[{index}]")

    def same(self, found, raw, shape, what):
        """Compares a parsed object with the world's, member by member. An unknown member never arrives, so differs."""
        self.objects += 1
        self.shape(found, shape, what)
        self.expect(plain(found), raw, what)

    def walk(self, call, list_name, **arguments):
        found, token = [], None
        while True:
            page = call(**arguments, **({"NextToken": token} if token else {}))
            self.answers += 1
            found += page[list_name]
            token = page.get("NextToken")
            if not token:
                return found


def plain(value):
    """A parsed value with its moments as Unix seconds."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, datetime.datetime):
        return round(value.timestamp(), 3)
    return value


def check_listings(check, account, region, place, protocol):
    for service, method, operation, list_name in LISTINGS:
        client = check.client(service, account, region, protocol)
        shape = client.meta.service_model.operation_model(operation).output_shape.members[list_name].member
        raw = place.get(service, {}).get(list_name, [])
        for size in (None, 1, 7, 25):
            what = f"{account} {region} {protocol} {operation} by {size}"
            found = check.walk(getattr(client, method), list_name, **({"MaxResults": size} if size else {}))
            check.expect(len(found), len(raw), what)
            for index, (one, other) in enumerate(zip(found, raw)):
                check.same(one, other, shape, f"{what} [{index}]")


def check_associations(check, account, region, place, protocol):
    client = check.client("workspaces", account, region, protocol)
    model = client.meta.service_model.operation_model("DescribeImageAssociations")
    shape = model.output_shape.members["Associations"].member
    lists = place.get("workspaces", {})
    for image in lists.get("Images", []):
        answer = client.describe_image_associations(ImageId=image["ImageId"], AssociatedResourceTypes=["APPLICATION"])
        check.answers += 1
        raw = [one for one in lists.get("Associations", []) if one["ImageId"] == image["ImageId"]]
        check.expect(len(answer["Associations"]), len(raw), f"associations of {image['ImageId']}")
        for one, other in zip(answer["Associations"], raw):
            check.same(one, other, shape, f"{protocol} association of {image['ImageId']}")


def check_filters(check, account, region, place, protocol):
    workspaces = check.client("workspaces", account, region, protocol)
    appstream = check.client("appstream", account, region, protocol)
    images = place.get("workspaces", {}).get("Images", [])
    for kind in ("OWNED", "SHARED"):
        wanted = [i["ImageId"] for i in images if (i.get("OwnerAccountId", account) == account) == (kind == "OWNED")]
        found = check.walk(workspaces.describe_workspace_images, "Images", ImageType=kind)
        check.expect([image["ImageId"] for image in found], wanted, f"{protocol} {kind}")
    for kind in ("PUBLIC", "PRIVATE", "SHARED"):
        wanted = [i["Arn"] for i in place.get("appstream", {}).get("Images", []) if i["Visibility"] == kind]
        found = check.walk(appstream.describe_images, "Images", Type=kind)
        check.expect([image["Arn"] for image in found], wanted, f"{protocol} {kind}")


def check_refusals(check, account, region, protocol):
    def client(service, **options):
        return check.client(service, account, region, protocol, validate=False, **options)

    workspaces, appstream = client("workspaces"), client("appstream")
    invalid = "ValidationException"
    refuses = check.refuses
    for call, sizes in (
        (workspaces.describe_workspace_images, (-1, 0, 26)),
        (appstream.describe_images, (-1, 26)),
    ):
        for size in sizes:
            message = refuses(invalid, f"{protocol} MaxResults {size}", call, MaxResults=size)
            bound = "less than or equal to 25" if size > 25 else "greater than or equal to "
            if f"Value '{size}' at 'maxResults'" not in (message or "") or bound not in message:
                check.problems.append(f"{protocol} MaxResults {size}: worded {message!r}")
    for call in (workspaces.describe_workspace_images, appstream.describe_images, appstream.describe_image_builders):
        for token in ("", "made up"):
            refuses(invalid, f"{protocol} token {token!r}", call, NextToken=token)
    refuses(invalid, "image type", workspaces.describe_workspace_images, ImageType="OTHER")
    refuses(invalid, "type", appstream.describe_images, Type="OTHER")
    refuses(invalid, "ids", workspaces.describe_workspace_images, ImageIds=["wsi-000000000"] * 26)
    ask = workspaces.describe_image_associations
    refuses(invalid, "nothing given", ask)
    refuses(invalid, "malformed id", ask, ImageId="x", AssociatedResourceTypes=["APPLICATION"])
    missing = "ResourceNotFoundException"
    refuses(missing, "unknown image", ask, ImageId="wsi-zzzzzzzzz", AssociatedResourceTypes=["APPLICATION"])
    refuses(missing, "unknown builder", appstream.describe_image_builders, Names=["nobody"])
    refuses(missing, "unknown name", appstream.describe_images, Names=["nobody"])
    refuses("InvalidParameterCombinationException", "both", appstream.describe_images, Names=["a"], Arns=["b"])
    refuses("UnknownOperationException", "operation", workspaces.describe_workspaces)
    refuses("UnknownOperationException", "operation", appstream.describe_fleets)
    stranger = ("AKIASIM0999999999999", "x", None)
    for service, method in (("workspaces", "describe_workspace_images"), ("appstream", "describe_images")):
        call = getattr(client(service, key=stranger), method)
        refuses("UnrecognizedClientException", f"{protocol} stranger", call)


def check_sts(check, account, region):
    client = check.client("sts", account, region)
    check.expect(client.get_caller_identity()["Account"], account, "GetCallerIdentity")
    check.answers += 1
    loose = check.client("sts", account, region, validate=False)
    arn = f"arn:aws:iam::{account}:role/nobody"
    check.refuses("AccessDenied", "unknown role", client.assume_role, RoleArn=arn, RoleSessionName="check")
    for arguments in (
        {"RoleArn": arn, "RoleSessionName": "x"},
        {"RoleArn": arn, "RoleSessionName": "a b"},
        {"RoleArn": "short", "RoleSessionName": "check"},
        {"RoleArn": arn, "RoleSessionName": "check", "DurationSeconds": 899},
        {"RoleArn": arn, "RoleSessionName": "check", "DurationSeconds": 43201},
        {"RoleArn": arn, "RoleSessionName": "check", "DurationSeconds": 3601},
        {"RoleArn": arn, "RoleSessionName": "check", "ExternalId": "x"},
        {"RoleSessionName": "check"},
    ):
        check.refuses("ValidationError", f"AssumeRole {arguments}", loose.assume_role, **arguments)
    stranger = check.client("sts", account, region, key=("AKIASIM0999999999999", "x", None))
    check.refuses("InvalidClientTokenId", "stranger", stranger.get_caller_identity)


def check_roles(check, account, region, roles):
    client = check.client("sts", account, region)
    for name, role in roles.items():
        arguments = {"RoleArn": f"arn:aws:iam::{account}:role/{name}", "RoleSessionName": "check"}
        if "ExternalId" in role:
            check.refuses("AccessDenied", "external id", client.assume_role, **arguments, ExternalId="not-this-one")
            arguments["ExternalId"] = role["ExternalId"]
        given = client.assume_role(**arguments)["Credentials"]
        key = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        found = check.client("sts", account, region, key=key).get_caller_identity()
        check.expect(found["Arn"], f"arn:aws:sts::{account}:assumed-role/{name}/check", "the role's ARN")
        left = given["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        check.expect(3500 < left.total_seconds() <= 3600, True, "an hour's session")
        check.answers += 2


def run(url, world):
    check = Check(url)
    for account, regions in world["accounts"].items():
        roles = regions.pop("roles", {})
        for region, place in regions.items():
            for protocol in PROTOCOLS:
                check_listings(check, account, region, place, protocol)
                check_associations(check, account, region, place, protocol)
                check_filters(check, account, region, place, protocol)
                check_refusals(check, account, region, protocol)
            check_sts(check, account, region)
            check_roles(check, account, region, roles)
    for problem in check.problems[:50]:
        print(problem)
    print(
        f"{check.objects} objects compared, {check.answers} answers, {check.refusals} refusals, "
        f"{len(check.problems)} problems"
    )
    return 1 if check.problems or not check.objects else 0


def main(arguments):
    if arguments and arguments[0].startswith("http"):
        with open(arguments[1], encoding="utf-8") as file:
            return run(arguments[0], json.load(file))
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as simulator:
        started = json.loads(simulator.stdout.readline())
        try:
            return run(started["url"], started["world"])
        finally:
            simulator.stdin.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
