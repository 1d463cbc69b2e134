"""A strict reader of both text formats, for pages that are ours.

Bytes in, samples and complaints out. It allows less than the formats do: what the exporter has no use for is wrong.
"""

import collections
import math
import re

import expected

Sample = collections.namedtuple("Sample", "family name labels value line")

TEXT, OPENMETRICS = "text 0.0.4", "OpenMetrics"

NUMBER = re.compile(r"[-+]?(\d+(\.\d+)?([eE][-+]?\d+)?|Inf)|NaN")
HEADER = re.compile(r"# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPED = {"\\": "\\", '"': '"', "n": "\n"}
ENDINGS = {"gauge": ("",), "counter": ("",), "histogram": ("_bucket", "_sum", "_count")}


class Page:
    """What a page says, and what is wrong with how it says it."""

    def __init__(self, body, form):
        self.form = form
        self.samples = []
        self.families = {}
        self.problems = []
        self._open = None
        self._read(body)
        self._check_duplicates()
        self._check_histograms()

    def lines(self, *groups):
        """The sample lines of some groups of families, as they stand."""
        return [sample.line for sample in self.samples if expected.FAMILIES[sample.family].group in groups]

    def values(self, *groups):
        """Values by (name, label values in the catalogue's order), of some groups of families."""
        values = {}
        for sample in self.samples:
            _, names, group = expected.FAMILIES[sample.family]
            if group in groups:
                labels = dict(sample.labels)
                values[sample.name, tuple(labels.get(name, "") for name in names)] = sample.value
        return values

    def _complain(self, what, line=None):
        place = "" if line is None else f": {line[:200]!r}"
        self.problems.append(f"{what}{place}")

    def _read(self, body):
        try:
            page = body.decode("utf-8")
        except UnicodeDecodeError as error:
            return self._complain(f"no UTF-8 ({error})")
        end = "# EOF\n" if self.form == OPENMETRICS else "\n"
        if not page.endswith(end):
            self._complain(f"does not end with {end!r}")
        for line in page.removesuffix(end).removesuffix("\n").split("\n"):
            if line.startswith("#"):
                self._read_header(line)
            else:
                self._read_sample(line)

    def _read_header(self, line):
        header = HEADER.fullmatch(line)
        if not header:
            return self._complain("neither HELP nor TYPE", line)
        word, shown, rest = header.groups()
        name = self._full_name(shown)
        family = expected.FAMILIES.get(name)
        if family is None:
            return self._complain("header of a family that the catalogue does not have", line)
        if word == "HELP":
            if name in self.families:
                self._complain("second HELP, or a family in two parts", line)
            self._open, self.families[name] = name, None
            self._check_help(rest, family, line)
        elif self._open != name:
            self._complain("TYPE without HELP right before", line)
        elif self.families[name] is not None:
            self._complain("second TYPE", line)
        else:
            self.families[name] = rest
            if rest != family.kind:
                self._complain(f"TYPE must be {family.kind}", line)

    def _full_name(self, shown):
        """The name in the catalogue of a family that a header names."""
        total = shown + "_total"
        counted = expected.FAMILIES.get(total)
        return total if self.form == OPENMETRICS and counted and counted.kind == "counter" else shown

    def _check_help(self, text, family, line):
        if '"' in text or "\\" in text:
            self._complain("HELP with a character that the formats escape differently", line)
        if not text.endswith(".") or ". " in text:
            self._complain("HELP is not one sentence", line)
        if family.group == expected.RESOURCE and "cached" not in text:
            self._complain("HELP does not say that the data is cached", line)

    def _read_sample(self, line):
        name = NAME.match(line)
        if not name:
            return self._complain("no sample", line)
        name, at = name.group(), name.end()
        labels = []
        if line[at:].startswith("{"):
            labels, at = self._read_labels(line, at + 1)
            if labels is None:
                return self._complain("bad labels", line)
        if not line[at:].startswith(" ") or not NUMBER.fullmatch(line[at + 1 :]):
            return self._complain("no single value after one space (a timestamp, perhaps)", line)
        family = self._family_of(name, line)
        if family:
            self._check_labels(family, name, labels, line)
            self.samples.append(Sample(family, name, tuple(labels), float(line[at + 1 :]), line))

    def _read_labels(self, line, at):
        labels = []
        while True:
            label = LABEL.match(line, at)
            if not label:
                return None, at
            for escape in ESCAPE.findall(label[2]):
                if escape not in ESCAPED:
                    self._complain(f"escape \\{escape}", line)
            value = ESCAPE.sub(lambda escape: ESCAPED.get(escape[1], escape[0]), label[2])
            labels.append((label[1], value))
            at = label.end()
            if line[at:].startswith("}"):
                return labels, at + 1
            if not line[at:].startswith(","):
                return None, at
            at += 1

    def _family_of(self, name, line):
        kind = self.families.get(self._open)
        if kind and name in (self._open + ending for ending in ENDINGS.get(kind, ())):
            return self._open
        self._complain("sample without HELP and TYPE right before its family", line)
        return None

    def _check_labels(self, family, name, labels, line):
        _, wanted, group = expected.FAMILIES[family]
        wanted += ("le",) if name.endswith("_bucket") else ()
        found = tuple(label for label, _ in labels)
        if group == expected.EXPORTER:
            # The catalogue fixes no order here, and the library has its own.
            found, wanted = sorted(found), sorted(wanted)
        if found != wanted:
            self._complain(f"labels must be {', '.join(wanted) or 'none'}, in this order", line)
        bound = dict(labels).get("le", "+Inf")
        if bound != "+Inf" and not re.fullmatch(r"\d+\.\d+([eE][-+]?\d+)?", bound):
            self._complain('a bound must be written as a float, like le="1.0"', line)

    def _check_duplicates(self):
        seen = collections.Counter((sample.name, frozenset(sample.labels)) for sample in self.samples)
        for sample in self.samples:
            if seen.pop((sample.name, frozenset(sample.labels)), 0) > 1:
                self._complain("series twice", sample.line)

    def _check_histograms(self):
        buckets, counts = collections.defaultdict(list), {}
        for sample in self.samples:
            of = tuple(label for label in sample.labels if label[0] != "le")
            if sample.name.endswith("_bucket"):
                bound = dict(sample.labels).get("le", "")
                buckets[sample.family, of].append((float(bound or "nan"), sample.value))
            elif sample.name.endswith("_count"):
                counts[sample.family, of] = sample.value
        for key in buckets.keys() | counts.keys():
            found = buckets[key]
            whole = found and found[-1] == (math.inf, counts.get(key))
            if not whole or found != sorted(found) or [value for _, value in found] != sorted(v for _, v in found):
                self._complain(f"histogram {key[0]}{dict(key[1])} does not add up")
