"""Holds the documents to the tree: links, anchors, file names, metric names and configuration keys all exist, and the
README's policy allows what the collectors need.

Usage: python3 tests/docs/check_links.py

Links and anchors are looked up in every Markdown file of the repository; names only in those of the root and of docs/,
because deploy/, grafana/ and the runbooks have checks of their own. Ends with 1 if anything is missing.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
METRIC = re.compile(r"(?<![\w:])((?:aws_workspaces|aws_appstream|euc_exporter|process)_[a-z_]+)(?![\w:])")
KEY = re.compile(r"^(?:web|log|aws|cache|collectors)(?:\.[a-z_]+)+$")
FILE = re.compile(r"^[\w.-]+(?:/[\w.-]+)*\.(?:rs|md|py|toml|json|yaml|lock)$|^(?:[\w.-]+/)+[\w-]*$")
SUFFIXES = ("", "_bucket", "_sum", "_count")


def markdown_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    return [ROOT / name for name in sorted(set(listed.stdout.split("\n")) - {""}) if (ROOT / name).exists()]


def without_fences(text):
    return FENCE.sub("", text)


def prose(text):
    """What a reader can click: no code."""
    return CODE.sub("", without_fences(text))


def slug(heading):
    """A heading's anchor, as GitHub makes it."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    kept = (c for c in heading if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def anchors(text):
    found, seen = set(), {}
    for heading in HEADING.findall(without_fences(text)):
        name = slug(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))


def links(text):
    return LINK.findall(prose(text)) + REFERENCE.findall(without_fences(text))


def metric_names():
    source = (ROOT / "src/catalogue.rs").read_text(encoding="utf-8")
    names = re.findall(r"\bname: \"([a-z_]+)\"", source)
    if len(names) < 20:
        raise SystemExit(f"src/catalogue.rs names only {len(names)} metrics: this check no longer reads it right")
    return {name + suffix for name in names for suffix in SUFFIXES}


def configuration_keys():
    with open(ROOT / "config.example.toml", "rb") as file:
        tables = tomllib.load(file)
    found = set()

    def walk(table, prefix):
        for name, value in table.items():
            found.add(prefix + name)
            if isinstance(value, dict):
                walk(value, f"{prefix}{name}.")

    walk(tables, "")
    return found


class Check:
    """Counts what was looked up and keeps what is missing."""

    def __init__(self, root, metrics, keys):
        self.root, self.metrics, self.keys = root, metrics, keys
        self.counts = {"links": 0, "file names": 0, "metric names": 0, "configuration keys": 0}
        self.problems = []
        self.names_of = {}

    def look_up(self, kind, exists, problem):
        self.counts[kind] += 1
        if not exists:
            self.problems.append(problem)

    def anchors_of(self, path):
        if path not in self.names_of:
            self.names_of[path] = anchors(path.read_text(encoding="utf-8"))
        return self.names_of[path]

    def links(self, path, text):
        shown = path.relative_to(self.root)
        for link in links(text):
            if re.match(r"[a-z][a-z+.-]*:", link):
                continue
            name, _, anchor = link.partition("#")
            place = (path.parent / name).resolve() if name else path
            inside = place == self.root or self.root in place.parents
            self.look_up("links", inside and place.exists(), f"{shown}: no file {link}")
            if anchor and place.suffix == ".md" and place.exists():
                self.look_up("links", anchor in self.anchors_of(place), f"{shown}: no heading {link}")

    def names(self, path, text):
        shown = path.relative_to(self.root)
        for name in METRIC.findall(text):
            exists = any(known.startswith(name) for known in self.metrics) if name[-1] == "_" else name in self.metrics
            self.look_up("metric names", exists, f"{shown}: no metric {name}")
        for code in CODE.findall(without_fences(text)):
            if FILE.match(code) and not code.startswith("target/"):
                places = (self.root, path.parent, self.root / "src")
                exists = any((place / code).exists() for place in places)
                self.look_up("file names", exists, f"{shown}: no file {code}")
            elif KEY.match(code):
                self.look_up("configuration keys", code in self.keys, f"{shown}: no key {code}")


def policy_problems():
    """Compares the actions of the README's policy with those that the collectors name."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    policy = json.loads(re.search(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL).group(1))
    allowed = []
    for statement in policy["Statement"]:
        actions = statement["Action"]
        allowed += [actions] if isinstance(actions, str) else actions
    needed = []
    for path in sorted((ROOT / "src/collectors").glob("*.rs")):
        for actions in re.findall(r"const ACTIONS: [^=]*=\s*&\[(.*?)\];", path.read_text(encoding="utf-8"), re.DOTALL):
            needed += re.findall(r"\"([^\"]+)\"", actions)
    if sorted(allowed) == sorted(needed):
        return []
    return [f"README.md: the policy allows {sorted(allowed)}, the collectors need {sorted(needed)}"]


def self_test():
    """A check that cannot fail holds nothing: each kind of mistake is made once."""
    bad = "# A `b`: c\n[x](nowhere.md) [y](#nothing) [z](#a-b-c) `src/none.rs` `aws.none` aws_workspaces_none `aws.here`\n"
    check = Check(ROOT, {"aws_workspaces_some"}, {"aws.here"})
    path = ROOT / "docs/metrics.md"
    check.names_of[path] = anchors(bad)
    check.links(path, bad)
    check.names(path, bad)
    wanted = ["nowhere.md", "#nothing", "aws_workspaces_none", "src/none.rs", "aws.none"]
    found = [problem.rsplit(" ", 1)[1] for problem in check.problems]
    if found != wanted:
        raise SystemExit(f"check_links.py finds {found} where it should find {wanted}")


def main():
    self_test()
    check = Check(ROOT, metric_names(), configuration_keys())
    files = markdown_files()
    for path in files:
        text = path.read_text(encoding="utf-8")
        check.links(path, text)
        if path.parent in (ROOT, ROOT / "docs"):
            check.names(path, text)
    check.problems += policy_problems()
    for problem in check.problems:
        print(problem)
    counted = ", ".join(f"{count} {kind}" for kind, count in check.counts.items())
    print(f"{len(files)} documents: {counted}, {len(check.problems)} problems")
    return 1 if check.problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
