#!/usr/bin/env python3
"""Proves end to end that what the exporter shows becomes an alert that somebody gets, and a panel that shows something.

    tests/stack/prove.py EXPORTER SIMULATOR

Two stacks side by side. `demo` is `euc-exporter demo` at high speed: whatever its fleet lives through is compared with
what the webhook was told. `aws` is the exporter as it runs in earnest, with the simulator for AWS, which breaks and is
mended on command. Each line that is printed was checked; the last one counts.
"""

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import worlds
from stack import LEAST_RANGE, ROOT, Missing, Program, Stack, Webhook, fetch, fits, free_port, until
from worlds import ACCOUNT, HERE, THERE, Simulator

SPEED, SEED = 60, 1
# Longer than any wait or look-back of the hurried rules that are tried here, with room for slow machines.
PATIENCE = 60
# An object of the demo that was bad for so long must have been told of; one that is well for so long, told of as well.
SURELY_TOLD, SURELY_ENDED = 15, 25
SCOPE = {"account_id": ACCOUNT, "region": HERE}
DENIED = {**SCOPE, "collector": "workspaces_images"}
SAMPLE = re.compile(r'^(\w+)\{(.*)\} (\S+)$', re.MULTILINE)

proven: set[str] = set()
problems: list[str] = []


def expect(good: bool, what: str) -> None:
    """Keeps what is wrong and says what is right."""
    if not good:
        problems.append(what)
    print(f"{'ok  ' if good else 'FAIL'}  {what}", flush=True)


def samples(text: str, name: str) -> Iterator[tuple[dict, float]]:
    """The series of one metric in an exposition."""
    for metric, labels, value in SAMPLE.findall(text):
        if metric == name:
            yield dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)), float(value)


class Watch(threading.Thread):
    """Looks at the demo's exporter every second and remembers which object was bad from when to when."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.ended = url, threading.Event()
        self.bad: dict[tuple, list[float]] = {}
        self.last = 0.0

    def run(self) -> None:
        """Until told to end."""
        while not self.ended.wait(1):
            text = fetch(self.url)
            self.last = time.time()
            for name, key in bad_objects(text):
                spell = self.bad.setdefault((name, *key), [self.last, self.last])
                spell[1] = self.last


def bad_objects(text: str) -> Iterator[tuple[str, tuple]]:
    """The alerts that an exposition deserves, each with its own labels."""
    names = {(labels["region"], labels["image_id"]): labels["image_name"]
             for labels, _ in samples(text, "aws_workspaces_image_info") if labels["ownership"] == "OWNED"}
    for labels, value in samples(text, "aws_workspaces_image_state"):
        where = labels["region"], labels["image_id"]
        if labels["state"] == "ERROR" and value and where in names:
            yield "WorkspacesImageError", (labels["account_id"], *where, names[where])
    for labels, value in samples(text, "aws_appstream_image_builder_state"):
        if labels["state"] == "FAILED" and value:
            yield "AppStreamImageBuilderFailed", (labels["account_id"], labels["region"], labels["image_builder"])


# What an alert's own labels are, beside those that its rule sets.
IDENTITY = {
    "WorkspacesImageError": ("account_id", "region", "image_id", "image_name"),
    "AppStreamImageBuilderFailed": ("account_id", "region", "image_builder"),
}
FIXED = {
    "WorkspacesImageError": {"severity": "critical", "component": "workspaces"},
    "AppStreamImageBuilderFailed": {"severity": "critical", "component": "appstream"},
}


def over(watch: Watch, name: str) -> set[tuple]:
    """The objects that were bad for long enough and are well, or gone, for long enough."""
    return {key[1:] for key, (begin, end) in list(watch.bad.items())
            if key[0] == name and end - begin > SURELY_TOLD and watch.last - end > SURELY_ENDED}


def the_demo_is_told_of(stack: Stack, watch: Watch) -> None:
    """Compares all that the webhook was told with all that the exporter showed."""
    for name, labels in IDENTITY.items():
        told = stack.told(name)
        strange = [one for one in told if one.labels != {"alertname": name, **FIXED[name], **{
            label: one.labels.get(label) for label in labels}}]
        objects = {state: {tuple(one.labels[label] for label in labels) for one in told if one.status == state}
                   for state in ("firing", "resolved")}
        spells = {key[1:]: spell for key, spell in watch.bad.items() if key[0] == name}
        lasting = {key for key, (begin, end) in spells.items() if end - begin > SURELY_TOLD}
        ended = over(watch, name)
        receivers = {one.receiver for one in told}
        expect(not strange and receivers == {"eucops-pager"},
               f"demo: {name}: {len(told)} notices to {'/'.join(sorted(receivers)) or 'nobody'}, labels exact in all")
        expect(objects["firing"] <= set(spells), f"demo: {name}: none of {len(objects['firing'])} objects was well")
        expect(bool(lasting) and lasting <= objects["firing"],
               f"demo: {name}: told of all {len(lasting)} that were bad for {SURELY_TOLD} s")
        expect(bool(ended) and ended <= objects["resolved"],
               f"demo: {name}: told of the end of all {len(ended)} that are mended or gone")
        proven.add(name)


def told(stack: Stack, name: str, status: str, receiver: str, **labels: str) -> None:
    """Waits for a notification; its labels are these and no others."""
    try:
        one = until(f"{name} {status}", lambda: stack.told(name, status, **labels), PATIENCE)[-1]
    except Missing as missing:
        expect(False, f"aws: {missing}")
        return
    wanted = {"alertname": name, **labels}
    expect(one.labels == wanted and one.receiver == receiver,
           f"aws: {name} {status} at {one.receiver}, labels exact"
           + ("" if one.labels == wanted else f": {one.labels}, wanted {wanted}"))
    proven.add(name)


def objects_break_and_are_mended(stack: Stack, simulator: Simulator) -> None:
    """An image goes to ERROR and comes back, another is deleted, a builder fails and is started anew."""
    state = worlds.world()
    own, second, shared = worlds.images(state)
    for image, code in ((own, "FirewallEnabled"), (second, "AppXPackagesInstalled"), (shared, "FirewallEnabled")):
        image |= {"State": "ERROR", "ErrorCode": code, "ErrorDetails": [{"ErrorCode": code, "ErrorMessage": "no"}]}
    builder = worlds.builders(state)[0]
    builder |= {"State": "FAILED", "StateChangeReason": {"Code": "INTERNAL_ERROR", "Message": "no"}}
    simulator.tell(world=state)
    image_labels = {**SCOPE, **FIXED["WorkspacesImageError"]}
    one = {**image_labels, "image_id": own["ImageId"], "image_name": own["Name"]}
    two = {**image_labels, "image_id": second["ImageId"], "image_name": second["Name"]}
    failed = {**SCOPE, **FIXED["AppStreamImageBuilderFailed"], "image_builder": builder["Name"]}
    for name, labels in (("WorkspacesImageError", one), ("WorkspacesImageError", two), ("AppStreamImageBuilderFailed", failed)):
        told(stack, name, "firing", "team-a-pager", **labels)
    for name, code in (("WorkspacesImageError", "FirewallEnabled"), ("AppStreamImageBuilderFailed", "INTERNAL_ERROR")):
        texts = [notice.annotations["description"] for notice in stack.told(name, "firing")]
        expect(any(code in text for text in texts), f"aws: {name} names the code {code}")
    state = worlds.world()
    worlds.images(state).pop(1)
    simulator.tell(world=state)
    for name, labels in (("WorkspacesImageError", one), ("WorkspacesImageError", two), ("AppStreamImageBuilderFailed", failed)):
        told(stack, name, "resolved", "team-a-pager", **labels)
    expect(not stack.told("WorkspacesImageError", image_id=shared["ImageId"]), "aws: nobody is told of a shared image in ERROR")


def a_cause_hides_its_consequences(stack: Stack, cause: str, hidden: tuple, **scope: str) -> None:
    """In Prometheus all fire; in Alertmanager the cause is active, the others are inhibited by it."""
    for name in (cause, *hidden):
        until(f"{name} in Prometheus", lambda name=name: stack.firing(name, **scope), PATIENCE)
    expect(True, f"aws: {cause}, {' and '.join(hidden)} fire in Prometheus")

    def suppressed() -> list[dict] | None:
        alerts = stack.in_alertmanager()
        sources = {one["fingerprint"] for one in alerts if fits(one["labels"], cause, scope)}
        found = [one for one in alerts for name in hidden if fits(one["labels"], name, scope)]
        good = [one for one in found if one["status"]["state"] == "suppressed" and sources & set(one["status"]["inhibitedBy"])]
        return good if sources and len(found) == len(good) >= len(hidden) else None

    found = until(f"{cause} inhibits {hidden}", suppressed, PATIENCE)
    expect(len(found) == len(hidden), f"aws: Alertmanager holds {len(found)} of them back, inhibitedBy {cause}")
    others = [labels for name in (cause, *hidden) for labels in stack.firing(name)
              if any(labels.get(key) != value for key, value in scope.items())]
    expect(not others, f"aws: no other scope is concerned ({len(others)})")


def access_is_denied(stack: Stack, simulator: Simulator, meanwhile) -> None:
    """AWS denies one call in one region; `meanwhile` is done while it does."""
    hidden = ("EucExporterCollectorFailing", "EucExporterDataStale")
    labels = {"severity": "warning", "component": "euc-exporter", **DENIED}
    simulator.tell(fault={"kind": "access_denied", "operation": "DescribeWorkspaceImages", "region": HERE})
    told(stack, "EucExporterAccessDenied", "firing", "exporter-ticket", **labels)
    a_cause_hides_its_consequences(stack, "EucExporterAccessDenied", hidden, **DENIED)
    meanwhile()
    for name in hidden:
        expect(not stack.told(name), f"aws: nobody was told of {name}")
    simulator.tell(clear_faults={})
    told(stack, "EucExporterAccessDenied", "resolved", "exporter-ticket", **labels)
    until("well again", lambda: not any(stack.firing(name) for name in hidden), PATIENCE)
    expect(not any(stack.told(name) for name in hidden), "aws: nor at the end")


def the_exporter_dies(stack: Stack, exporter: Program) -> None:
    """Killed, it is reported, and nothing else is; started again, that ends."""
    labels = {"severity": "critical", "component": "euc-exporter", "job": "euc-exporter", "instance": stack.target}
    before = {one.name for one in stack.webhook.told[stack.name]}
    exporter.kill()
    told(stack, "EucExporterDown", "firing", "exporter-pager", **labels)
    time.sleep(5)
    new = {one.name for one in stack.webhook.told[stack.name]} - before
    expect(new == {"EucExporterDown"}, f"aws: a dead exporter raises {', '.join(sorted(new))} and nothing else")
    exporter.start()
    told(stack, "EucExporterDown", "resolved", "exporter-pager", **labels)


def panels_have_data(*stacks: Stack) -> str:
    """Asks every panel's query; returns the count line."""
    command = [sys.executable, ROOT / "tests/dashboards/query_panels.py", *(stack.prometheus_url for stack in stacks),
               "--rate-interval", "15s", "--subquery-step", "5s"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    print(done.stdout + done.stderr, end="")
    expect(done.returncode == 0, "every panel has data, or a reason to have none")
    return done.stdout.splitlines()[-1] if done.stdout else ""


def rules_are_healthy(*stacks: Stack) -> None:
    """No rule fails on what the real exporter shows, and all were evaluated."""
    for stack in stacks:
        rules = until("all rules", lambda: all(one["health"] != "unknown" for one in stack.rules()) and stack.rules())
        ill = [f"{one['name']}: {one.get('lastError')}" for one in rules if one["health"] != "ok"]
        expect(not ill, f"{stack.name}: {len(rules)} rules evaluated, {len(ill)} fail {'; '.join(ill)}")
        names = {one["name"] for one in rules if one["type"] == "recording"}
        # Rates need two scrapes of the exporter that was started just now.
        until(f"{stack.name}: all recordings", lambda stack=stack, names=names: all(map(stack.query, names)), PATIENCE)
        print(f"ok    {stack.name}: all {len(names)} recordings have data")


def run(binary: Path, simulator_binary: Path, folder: Path) -> str:
    """All scenes; returns the panels' count line."""
    counts = []
    with ExitStack() as running:
        webhook = Webhook()
        (folder / "run").mkdir()
        demo_port, port = free_port(), free_port()
        demo = running.enter_context(Program(folder / "run", "demo", [
            binary, "demo", "--seed", SEED, "--speed", SPEED, "--web.listen-address", f"127.0.0.1:{demo_port}"]))
        demo.serves(f"http://127.0.0.1:{demo_port}/-/ready")
        lively = running.enter_context(Stack(folder, "demo", demo_port, webhook))
        watch = Watch(f"http://127.0.0.1:{demo_port}/metrics")
        watch.start()

        simulator = running.enter_context(Simulator(folder / "run", simulator_binary, worlds.world()))
        exporter = running.enter_context(worlds.exporter(folder / "run", binary, simulator, port))
        exporter.serves(f"http://127.0.0.1:{port}/-/ready")
        aws = running.enter_context(Stack(folder, "aws", port, webhook))

        objects_break_and_are_mended(aws, simulator)
        told(aws, "EucExporterUnrecognizedValue", "firing", "digest", severity="info", component="euc-exporter",
             field="ImageBuilder.State")
        for kind in ("throttling", "unavailable"):
            simulator.tell(fault={"kind": kind, "operation": "DescribeImages", "region": THERE, "times": 2})
        access_is_denied(aws, simulator, lambda: counts.append(panels_have_data(lively, aws)))
        the_exporter_dies(aws, exporter)
        rules_are_healthy(lively, aws)
        until("the demo to break and to mend one of each", lambda: all(over(watch, name) for name in IDENTITY), 150)
        watch.ended.set()
        watch.join()
        the_demo_is_told_of(lively, watch)
    return counts[0] if counts else ""


def main() -> int:
    """Returns the exit code."""
    begun = time.monotonic()
    binary, simulator_binary = (Path(path).resolve() for path in sys.argv[1:3])
    counts = ""
    with tempfile.TemporaryDirectory(prefix="euc-exporter-stack-") as name:
        folder = Path(name)
        try:
            counts = run(binary, simulator_binary, folder)
        except Missing as missing:
            expect(False, str(missing))
            for log in sorted(folder.glob("*/*.log")):
                print(f"-- {log.name}\n{log.read_text(encoding='utf-8')[-1500:]}")
    number = dict(re.findall(r"(\w[a-z ]*): (\d+)", counts))
    print(f"look-backs of the rules at least {LEAST_RANGE}; {len(problems)} problems; {time.monotonic() - begun:.0f} s")
    whole = {name for name in proven if not any(name in problem for problem in problems)}
    print(f"stack: {len(whole)} alerts proven end to end, {number.get('panels')} panels, {number.get('queries')} queries, "
          f"{number.get('empty')} empty")
    return 1 if problems or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
