"""Breaks good pages in one place at a time and holds the checks to seeing each.

The good pages are made here, from the oracle's own series; whether an exporter makes the same is not the question.
"""

import gzip
import json
import re
import time
import unittest

import check
import expected
import worlds
from exposition import OPENMETRICS, TEXT

NOW = time.time()
HELP = "One sentence about the field, which is cached."
WORLD = json.loads(json.dumps(worlds.plain()))
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def line(name, labels, value):
    text = ",".join(f'{label}="{each.translate(ESCAPES)}"' for label, each in labels)
    return f"{name}{'{' + text + '}' if text else ''} {value!r}\n"


def exporter_labels(world, family):
    """One label set for each collector, error or field that must be there."""
    fields = tuple(f"Shape.{field}" for field in sorted(expected.unrecognized(world)))
    values = {"collector": expected.COLLECTORS, "error": ("throttling", "access_denied"), "field": fields}
    sets = [[]]
    for label in family.labels:
        sets = [[*each, (label, value)] for each in sets for value in values.get(label, ("x",))]
    return sets


def exporter_lines(world, name, family):
    for labels in exporter_labels(world, family):
        if family.kind == "histogram":
            for bound, count in (("1.0", 2), ("+Inf", 3)):
                yield line(f"{name}_bucket", [*labels, ("le", bound)], count)
            yield line(f"{name}_sum", labels, 2.5)
            yield line(f"{name}_count", labels, 3)
        else:
            failures = name.endswith(("failures_total", "errors_total"))
            yield line(name, labels, 0 if failures else 1)


def good_page(world, form):
    wanted = expected.inventory(world) | expected.collectors(world)
    for target in expected.targets(world):
        for collector in expected.COLLECTORS:
            wanted["euc_exporter_collector_duration_seconds", (*target, collector)] = 0.25
            wanted["euc_exporter_collector_last_success_timestamp_seconds", (*target, collector)] = NOW
    page = ""
    for name, family in expected.FAMILIES.items():
        labels_of = lambda values: zip(family.labels, values)
        lines = [line(name, labels_of(values), value) for (of, values), value in wanted.items() if of == name]
        if family.group == expected.EXPORTER:
            lines = list(exporter_lines(world, name, family))
        if lines:
            counter = form == OPENMETRICS and family.kind == "counter"
            shown = name.removesuffix("_total") if counter else name
            page += f"# HELP {shown} {HELP}\n# TYPE {shown} {family.kind}\n{''.join(lines)}"
    return (page + ("# EOF\n" if form == OPENMETRICS else "")).encode()


def answer(form, coding, body):
    headers = {"Content-Type": check.CONTENT_TYPE[form], "Vary": "Accept, Accept-Encoding"}
    if coding == "gzip":
        headers["Content-Encoding"], body = "gzip", gzip.compress(body)
    return check.Answer(form, coding, headers, body)


def good_answers(world):
    return [answer(form, coding, good_page(world, form)) for form in (TEXT, OPENMETRICS) for coding in check.CODINGS]


def problems_of(world, answers):
    return check.judge(world, answers)[0]


def once(old, new):
    """An edit of the first match of a pattern, which must be there."""

    def edit(page):
        edited, count = re.subn(old, new, page, count=1, flags=re.MULTILINE)
        assert count == 1, old
        return edited

    return edit


def move_last_line_to_end(page):
    """Takes a sample out of a family with several and puts it behind all others."""
    found = re.search(r"^aws_appstream_image_builder_state\{.*\n", page, re.MULTILINE)
    return page.replace(found.group(), "") + found.group()


STATE = r'^(aws_appstream_image_state\{.*state="AVAILABLE"\}) 1.0$'

# What is broken, how, and what a complaint about it must say.
BROKEN = (
    ("a series dropped", once(r"^aws_workspaces_image_state\{.*\n", ""), "missing:"),
    ("a state dropped", once(r'^aws_workspaces_image_state\{.*"PENDING".*\n', ""), "missing:"),
    ("a series invented", once(STATE, r'\g<0>\naws_appstream_image_state{account_id="444455556666",region="cn-north-1",'
                               r'image_arn="x",state="AVAILABLE"} 1.0'), "unexpected:"),
    ("a value changed", once(STATE, r"\1 0.0"), "value:"),
    ("a moment a second off", once(r"1772000000\.0", "1772000001.0"), "value:"),
    ("a line twice", once(STATE, r"\g<0>\n\g<0>"), "series twice"),
    ("a series twice, its labels in another order", once(
        r'^(aws_appstream_image_builder_agent_up_to_date)\{(account_id="\d+"),(region="[^"]+")(.*)$',
        r"\g<0>\n\1{\3,\2\4"), "series twice"),
    ("a timestamp", once(STATE, r"\g<0> 1700000000000"), "a timestamp, perhaps"),
    ("an exemplar", once(STATE, r'\g<0> # {a="b"} 1.0'), "no single value"),
    ("a family split", move_last_line_to_end, "before its family"),
    ("a family repeated with its headers", lambda page: page + "".join(
        re.findall(r"^# \w+ aws_appstream_image_info .*\n", page, re.MULTILINE)), "family in two parts"),
    ("no HELP", once(r"^# HELP aws_workspaces_image_info .*\n", ""), "TYPE without HELP"),
    ("no TYPE", once(r"^# TYPE aws_workspaces_image_info .*\n", ""), "sample without HELP and TYPE"),
    ("TYPE before HELP", once(r"^(# HELP aws_workspaces_image_info .*\n)(# TYPE .*\n)", r"\2\1"), "TYPE without HELP"),
    ("TYPE twice", once(r"^# TYPE aws_workspaces_image_info .*\n", r"\g<0>\g<0>"), "second TYPE"),
    ("another type", once(r"^(# TYPE aws_workspaces_image_info) gauge", r"\1 info"), "TYPE must be gauge"),
    ("another comment", once(r"^# HELP", r"# Hello.\n# HELP"), "neither HELP nor TYPE"),
    ("a blank line", once(r"^# HELP", r"\n# HELP"), "no sample"),
    ("a family that is not in the catalogue", once(r"\A", f"# HELP up {HELP}\n# TYPE up gauge\nup 1\n"), "catalogue"),
    ("a quote in HELP", once(r"One sentence", 'One "sentence"'), "escape differently"),
    ("HELP without full stop", once(r"cached\.$", "cached"), "not one sentence"),
    ("labels in another order", once(
        r'^(aws_appstream_image_builder_agent_up_to_date\{)(account_id="\d+"),(region="[^"]+")', r"\1\3,\2"), "order"),
    ("a label more", once(r'state="AVAILABLE"', r'\g<0>,more=""'), "labels must be"),
    ("an optional label left out", once(r',required_tenancy=""', ""), "labels must be"),
    ("another escape", once(r'image_name="finance"', r'image_name="fi\\tnance"'), "escape \\t"),
    ("a quote not escaped", once(r'image_name="finance"', r'image_name="fi"nance"'), "bad labels"),
    ("a comma before the brace", once(r'state="AVAILABLE"\}', r'state="AVAILABLE",}'), "bad labels"),
    ("two spaces before the value", once(STATE, r"\1  1.0"), "no single value"),
    ("NaN for a value that is not there", once(STATE, r"\1 NaN"), "value:"),
    ("a bound without decimals", once(r'le="1\.0"', 'le="1"'), "written as a float"),
    ("a bucket above the count", once(r'(le="1\.0"\}) 2', r"\1 4"), "does not add up"),
    ("no last bucket", once(r'^.*le="\+Inf".*\n', ""), "does not add up"),
    ("a failed collector", once(r"^(euc_exporter_collector_success.*) 1.0", r"\1 0.0"), "value:"),
    ("a target without one collector", once(r"^euc_exporter_collector_duration_seconds\{.*\n", ""), "once for each"),
    ("data read in the future", once(re.escape(repr(NOW)), repr(NOW + 7200)), "out of all reason"),
    ("a collector that does not exist", once(r'(failures_total\{collector=")\w+', r"\1others"), "unknown collector"),
    ("no build info", once(r"^# HELP euc_exporter_build_info .*\n.*\n.*\n", ""), "is not there"),
    ("CR before LF", once(r"1\.0\n", "1.0\r\n"), "no single value"),
)


class Checks(unittest.TestCase):
    def complains(self, world, answers, what):
        problems = problems_of(world, answers)
        self.assertTrue(any(what in problem for problem in problems), f"no {what!r} in {problems[:5]}")

    def test_good_pages_are_good(self):
        for make in worlds.WORLDS.values():
            world = json.loads(json.dumps(make()))
            self.assertEqual(problems_of(world, good_answers(world)), [])

    def test_each_break_is_seen_in_either_format(self):
        for what, edit, complaint in BROKEN:
            for form in (TEXT, OPENMETRICS):
                with self.subTest(what, form=form):
                    page = good_page(WORLD, form).decode().removesuffix("# EOF\n")
                    broken = edit(page) + ("# EOF\n" if form == OPENMETRICS else "")
                    self.complains(WORLD, [answer(form, "identity", broken.encode())], complaint)

    def test_a_page_must_end_as_its_format_says(self):
        for form, end in ((TEXT, b"\n"), (OPENMETRICS, b"# EOF\n")):
            page = good_page(WORLD, form).removesuffix(end)
            self.complains(WORLD, [answer(form, "identity", page)], "does not end with")
        for form in (TEXT, OPENMETRICS):
            page = good_page(WORLD, form) + b"# EOF\n"
            self.complains(WORLD, [answer(form, "identity", page)], "neither HELP nor TYPE")

    def test_counters_are_named_by_format(self):
        page = {form: good_page(WORLD, form) for form in (TEXT, OPENMETRICS)}
        as_text = page[OPENMETRICS].removesuffix(b"# EOF\n")
        self.complains(WORLD, [answer(TEXT, "identity", as_text)], "catalogue does not have")
        self.complains(WORLD, [answer(OPENMETRICS, "identity", page[TEXT] + b"# EOF\n")], "Python client")

    def test_bytes_that_are_no_text_are_seen(self):
        page = good_page(WORLD, TEXT).replace(b"finance", b"fin\xffnce")
        self.assertTrue(any("no UTF-8" in problem for problem in self.problems_of_bytes(page)))

    def problems_of_bytes(self, page):
        return problems_of(WORLD, [answer(TEXT, "identity", page)])

    def test_gzip_is_one_whole_member(self):
        page = good_page(WORLD, TEXT)
        whole = answer(TEXT, "gzip", page)
        half = len(page) // 2
        bodies = {
            "follow the first gzip member": gzip.compress(page[:half]) + gzip.compress(page[half:]),
            "has no end": whole.body[:-4],
            "no gzip": page,
        }
        for complaint, body in bodies.items():
            self.complains(WORLD, [whole._replace(body=body)], complaint)

    def test_all_answers_have_the_same_lines(self):
        answers = good_answers(WORLD)
        page = good_page(WORLD, OPENMETRICS)
        answers[2] = answers[2]._replace(body=page.replace(b'cn-north-1",image_id="wsi-0aaaaaaaa1"} 1.0\n',
                                                           b'cn-north-1",image_id="wsi-0aaaaaaaa1"} 1e0\n'))
        self.assertNotEqual(answers[2].body, page)
        self.complains(WORLD, answers, "resource lines are not")

    def test_what_is_new_or_skipped_must_be_counted(self):
        family = "euc_exporter_unrecognized_values_total"
        world = {"accounts": {"111122223333": {"eu-west-1": {"appstream": {"ImageBuilders": [{"Name": ""}]}}}}}
        page = good_page(world, TEXT)
        self.assertEqual(problems_of(world, [answer(TEXT, "identity", page)]), [])
        without = re.sub(rb"^.*%s.*\n" % family.encode(), b"", page, flags=re.MULTILINE)
        self.complains(world, [answer(TEXT, "identity", without)], "does not count Name")
        more = f'# HELP {family} {HELP}\n# TYPE {family} counter\n{family}{{field="x"}} 1\n'
        page = good_page(WORLD, TEXT) + more.encode()
        self.complains(WORLD, [answer(TEXT, "identity", page)], "though all is known")

    def test_headers_are_looked_at(self):
        for name in ("Content-Type", "Vary"):
            good = answer(TEXT, "identity", good_page(WORLD, TEXT))
            self.complains(WORLD, [good._replace(headers={**good.headers, name: "text/plain"})], name)
        self.complains(WORLD, [answer(TEXT, "identity", b"")._replace(coding="gzip")], "Content-Encoding")

    def test_promtool_is_heard(self):
        self.assertEqual(list(check.check_with_promtool(good_page(WORLD, TEXT))), [])
        self.assertTrue(list(check.check_with_promtool(b"# TYPE a_total gauge\na_total 1\n")))
        self.assertTrue(list(check.check_with_promtool(b'a{b="c\n')))

    def test_a_millisecond_is_lost_only_where_the_protocol_loses_it(self):
        appstream = "aws_appstream_image_created_timestamp_seconds"
        self.assertTrue(check.agree(appstream, 1_791_202_381.123, 1_791_202_381.122))
        self.assertTrue(check.agree(appstream, 1_791_202_381.123, 1_791_202_381.123))
        self.assertFalse(check.agree(appstream, 1_791_202_381.123, 1_791_202_381.0))
        self.assertFalse(check.agree(appstream, 1_791_202_381.123, 1_791_202_381.121))
        workspaces = "aws_workspaces_image_created_timestamp_seconds"
        self.assertFalse(check.agree(workspaces, 1_791_202_381.123, 1_791_202_381.122))


class Oracle(unittest.TestCase):
    """What the oracle says of small worlds, written out by hand."""

    def of(self, service, **lists):
        world = {"accounts": {"111122223333": {"eu-west-1": {service: lists}}}}
        return {
            (name.removeprefix("aws_"), *labels[2:]): value
            for (name, labels), value in expected.inventory(world).items()
        }

    def test_a_bare_image(self):
        self.assertEqual(self.of("workspaces", Images=[{"ImageId": "wsi-1"}]), {
            ("workspaces_image_info", "wsi-1", "", "", "", "OWNED", ""): 1,
            ("workspaces_image_state", "wsi-1", "AVAILABLE"): 0,
            ("workspaces_image_state", "wsi-1", "PENDING"): 0,
            ("workspaces_image_state", "wsi-1", "ERROR"): 0,
            ("workspaces_image_state", "wsi-1", "UNKNOWN"): 1,
        })

    def test_a_later_copy_wins_and_the_nameless_are_skipped(self):
        images = [{"ImageId": "i", "Created": 1}, {"ImageId": ""}, {"Created": 2}, {"ImageId": "i", "Created": 3}]
        series = self.of("workspaces", Images=images)
        self.assertEqual(series["workspaces_image_created_timestamp_seconds", "i"], 3)
        self.assertEqual(len(series), 1 + 4 + 1)

    def test_errors_are_counted_by_code_and_the_newest_moment_stays(self):
        errors = [{"ErrorCode": "A", "ErrorTimestamp": moment} for moment in (5, 9, None)]
        errors += [{"ErrorCode": "B"}, {"ErrorCode": ""}, {}]
        series = self.of("appstream", ImageBuilders=[{"Name": "b", "State": "MENDING", "ImageBuilderErrors": errors}])
        found = {key[0].removeprefix("appstream_image_builder_"): [] for key in series}
        for (name, *labels), value in series.items():
            found[name.removeprefix("appstream_image_builder_")].append((*labels[1:], value))
        self.assertEqual(found["errors"], [("A", 3), ("B", 1)])
        self.assertEqual(found["last_error_timestamp_seconds"], [("A", 9)])
        self.assertEqual([state for state in found["state"] if state[1]], [("MENDING", 1)])
        self.assertEqual(len(found["state"]), 15)

    def test_public_images_are_left_out_and_long_labels_cut(self):
        images = [{"Arn": "base", "Visibility": "PUBLIC"}, {"Arn": "\u00e9" * 300, "Visibility": "SHARED"}]
        self.assertEqual({key[1] for key in self.of("appstream", Images=images)}, {"\u00e9" * 256})

    def test_what_the_catalogue_leaves_open_is_no_world_to_judge_by(self):
        with self.assertRaises(expected.Unspecified):
            self.of("appstream", ImageBuilders=[{"Name": "n" * 256}, {"Name": "n" * 257}])


if __name__ == "__main__":
    unittest.main()
