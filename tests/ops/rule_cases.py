#!/usr/bin/env python3
"""The promtool cases of the alert and recording rules, and the writer of deploy/prometheus/tests/*.yaml.

The YAML is committed and is what promtool runs; it is written from here so that a reworded description is one edit.
Timing, labels and codes are said by the case; only the wording of annotations is taken from the rule.

    rule_cases.py            write the files
    rule_cases.py --check    fail when a committed file is not current

promtool's traps: time() starts at 0; a sample older than 5 minutes is gone (hence intervals of 1m, and 30m only for rules
whose windows are an hour); `query` in an annotation sees the inputs only; `1x4` is five samples, `_x4` four gaps.
"""
import pathlib
import re
import sys

import yaml

from promql import catalogue

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules"
TESTS = ROOT / "deploy/prometheus/tests"

ACCOUNT, REGION = "111111111111", "eu-west-1"
ARN = f"arn:aws:appstream:{REGION}:{ACCOUNT}:image/office-2026"
METRICS = catalogue((ROOT / "src/catalogue.rs").read_text())
WS_STATES = ["AVAILABLE", "PENDING", "ERROR"]
HERE = {"account_id": ACCOUNT, "region": REGION}

rules = {}
for file in sorted(RULES.glob("*.yaml")):
    for group in yaml.safe_load(file.read_text())["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                rules.setdefault(rule["alert"], []).append(rule)


# --- words of a case ---------------------------------------------------------------------------------------------------
def minutes(text):
    """`2h` in minutes."""
    return int(text[:-1]) * {"m": 1, "h": 60, "d": 1440}[text[-1]]


def series(metric, values, instance="a:9", job="euc-exporter", **labels):
    # a label that AWS does not report is empty, but there
    labels = {**dict.fromkeys(sorted(METRICS.get(metric, ())), ""), **labels, "instance": instance, "job": job}
    inner = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{metric}{{{inner}}}", "values": values}


def both(metric, values, **labels):
    """The series from two exporters: a pair for availability."""
    return [series(metric, values, instance=name, **labels) for name in ("a:9", "b:9")]


def fires(at, alert, *alerts):
    """At `at` exactly these alerts: each a dict of labels; `codes` is for the annotation."""
    expected = []
    for labels in alerts:
        labels = dict(labels)
        codes = labels.pop("codes", None)
        rule = next(r for r in rules[alert] if all(labels.get(k, v) == v for k, v in r["labels"].items()))
        labels = {**labels, **rule["labels"]}
        notes = {key: render(text, labels, codes) for key, text in rule["annotations"].items()}
        expected.append({"exp_labels": labels, "exp_annotations": notes})
    return {"eval_time": at, "alertname": alert, "exp_alerts": expected}


def silent(at, *names):
    return [{"eval_time": at, "alertname": name, "exp_alerts": []} for name in names]


def render(text, labels, codes):
    text = re.sub(r"\{\{ range .*?\{\{ end \}\}", "".join(f" {c}" for c in codes or []) or " none reported", text)
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)


def case(name, inputs, *expectations, interval="1m", samples=()):
    tests = []
    for item in expectations:
        tests += item if isinstance(item, list) else [item]
    made = {"name": name, "interval": interval, "input_series": inputs}
    if tests:
        made["alert_rule_test"] = tests
    if samples:
        made["promql_expr_test"] = list(samples)
    return made


def sample(at, expression, *values):
    return {"expr": expression, "eval_time": at,
            "exp_samples": [{"labels": labels, "value": value} for labels, value in values]}


# --- WorkSpaces --------------------------------------------------------------------------------------------------------
IMAGE = {**HERE, "image_id": "wsi-1"}
NAMED = {**IMAGE, "image_name": "golden"}


def ws_info(values, ownership="OWNED", tenancy="DEFAULT", **other):
    labels = {**NAMED, "operating_system": "WINDOWS", "owner_account_id": ACCOUNT, "ownership": ownership,
              "required_tenancy": tenancy, **other}
    return both("aws_workspaces_image_info", values, **labels)


def ws_state(values, state, **other):
    """The state with `values`, the others 0 all along."""
    made = []
    for known in WS_STATES:
        made += both("aws_workspaces_image_state", values if known == state else re.sub(r"\b1(?=x)", "0", values),
                     **{**IMAGE, **other}, state=known)
    return made


def application(values, state, code=None, **other):
    labels = {**IMAGE, "application_id": "wsa-1", **other}
    made = both("aws_workspaces_image_application_state", values, **labels, state=state)
    if code:
        made += both("aws_workspaces_image_application_error", values, **labels, error_code=code)
    return made


def workspaces():
    error, pending = "WorkspacesImageError", "WorkspacesImagePendingTooLong"
    app_error, app_stuck = "WorkspacesImageApplicationError", "WorkspacesImageApplicationStuck"
    app = {**NAMED, "application_id": "wsa-1"}
    details = both("aws_workspaces_image_error_details", "1x60", **IMAGE, error_code="DiskFreeSpace") \
        + both("aws_workspaces_image_error_details", "2x60", **IMAGE, error_code="OfficeInstalled") \
        + both("aws_workspaces_image_error_details", "2x60", **{**IMAGE, "image_id": "wsi-2"}, error_code="InvalidIp")
    yield case(
        "an image in ERROR, seen by two exporters, is one alert with its codes; it ends when the image is gone",
        ws_info("1x10 stale _x3 1x40") + ws_state("1x10 stale _x3 1x40", "ERROR") + details,
        silent("4m", error),
        fires("5m", error, {**NAMED, "codes": ["DiskFreeSpace", "OfficeInstalled"]}),
        fires("14m", error, {**NAMED, "codes": ["DiskFreeSpace", "OfficeInstalled"]}),   # a gap in the scrapes
        fires("64m", error, {**NAMED, "codes": ["DiskFreeSpace", "OfficeInstalled"]}),                                      # the window after the end
        silent("66m", error, pending, app_error, app_stuck))
    yield case(
        "ERROR that is over within 5 minutes, an AVAILABLE image and an image that another account shares are silent",
        ws_info("1x60") + ws_state("1x3 0x60", "ERROR")
        + ws_info("1x60", image_id="wsi-2") + ws_state("1x60", "AVAILABLE", image_id="wsi-2")
        + ws_info("1x60", ownership="SHARED", image_id="wsi-3") + ws_state("1x60", "ERROR", image_id="wsi-3"),
        silent("5m", error), silent("30m", error), silent("60m", error, pending))
    yield case(
        "two exporters that disagree about an image's properties do not break the join",
        [series("aws_workspaces_image_info", "1x20", **NAMED, ownership="OWNED", operating_system="", required_tenancy="DEFAULT"),
         series("aws_workspaces_image_info", "1x20", instance="b:9", **NAMED, ownership="OWNED", operating_system="WINDOWS",
                required_tenancy="DEFAULT")] + ws_state("1x20", "ERROR"),
        fires("10m", error, {**NAMED, "codes": []}))

    yield case(
        "PENDING for 2 hours, a gap between; it ends with AVAILABLE",
        ws_info("1x50 stale _x4 1x104") + ws_state("1x50 stale _x4 1x70 0x40", "PENDING"),
        silent("119m", pending), fires("120m", pending, {**NAMED, "after": "2h"}), silent("140m", pending, error))
    yield case(
        "a dedicated image may be PENDING for 5 hours; it ends when the image is gone",
        ws_info("1x150 stale _x4 1x154", tenancy="DEDICATED") + ws_state("1x150 stale _x4 1x154", "PENDING"),
        silent("121m", pending), silent("299m", pending),
        fires("300m", pending, {**NAMED, "after": "5h"}), silent("322m", pending))
    yield case(
        "an image of default tenancy that is PENDING for more than 5 hours is still the 2 hours' alert",
        ws_info("1x310") + ws_state("1x310", "PENDING"), fires("305m", pending, {**NAMED, "after": "2h"}))
    yield case(
        "PENDING for less than 2 hours, AVAILABLE images and shared ones are silent",
        ws_info("1x400", image_id="wsi-5") + ws_state("1x400", "AVAILABLE", image_id="wsi-5")
        + ws_info("1x400", tenancy="DEDICATED", image_id="wsi-6") + ws_state("1x400", "AVAILABLE", image_id="wsi-6")
        + ws_info("1x400") + ws_state("1x115 0x285", "PENDING")
        + ws_info("1x400", ownership="SHARED", image_id="wsi-3") + ws_state("1x400", "PENDING", image_id="wsi-3")
        + ws_info("1x400", ownership="SHARED", tenancy="DEDICATED", image_id="wsi-4")
        + ws_state("1x400", "PENDING", image_id="wsi-4"),
        silent("120m", pending), silent("130m", pending), silent("400m", pending))

    yield case(
        "an application in ERROR, with its code; it ends a window after it is mended",
        ws_info("1x6 stale _x3 1x69") + application("1x6 stale _x3 1x30", "ERROR", "ValidationError.InsufficientDiskSpace"),
        silent("4m", app_error),
        fires("5m", app_error, {**app, "codes": ["ValidationError.InsufficientDiskSpace"]}),
        fires("12m", app_error, {**app, "codes": ["ValidationError.InsufficientDiskSpace"]}),   # a gap in the scrapes
        fires("40m", app_error, {**app, "codes": ["ValidationError.InsufficientDiskSpace"]}),
        silent("55m", app_error, app_stuck))
    yield case(
        "COMPLETED, and ERROR on a shared image, are silent",
        ws_info("1x60") + application("1x60", "COMPLETED")
        + ws_info("1x60", ownership="SHARED", image_id="wsi-3") + application("1x60", "ERROR", image_id="wsi-3"),
        silent("30m", app_error, app_stuck), silent("60m", app_error))
    yield case(
        "an ERROR that is over before 5 minutes of it were seen is silent after its window",
        ws_info("1x60") + application("_x10 1 _x40", "COMPLETED"), silent("15m", app_error), silent("40m", app_error))
    yield case(
        "an application that waits, then installs, for 2 hours together",
        ws_info("1x30 stale _x4 1x134") + application("1x30 stale _x4 1x23 _x100", "PENDING_INSTALL") + application("_x60 1x79 _x30", "INSTALLING"),
        silent("119m", app_stuck), fires("120m", app_stuck, app), silent("152m", app_stuck, app_error))
    for state in ("PENDING_INSTALL_DEPLOYMENT", "PENDING_UNINSTALL", "PENDING_UNINSTALL_DEPLOYMENT", "UNINSTALLING"):
        yield case(f"an application in {state} for 2 hours",
                   ws_info("1x130") + application("1x130", state), fires("121m", app_stuck, app))
    yield case(
        "an application that is COMPLETED within 2 hours, and one that waits on a shared image, are silent",
        ws_info("1x200") + application("1x100 _x100", "INSTALLING") + application("_x101 1x99", "COMPLETED")
        + ws_info("1x200", ownership="SHARED", image_id="wsi-3") + application("1x200", "INSTALLING", image_id="wsi-3"),
        silent("119m", app_stuck), silent("121m", app_stuck), silent("200m", app_stuck))


def workspaces_slow():
    update = "WorkspacesImageUpdateAvailable"

    def available(values, **other):
        return both("aws_workspaces_image_update_available", values, **{**IMAGE, **other})
    yield case(
        "an update that waits for a week, a gap between; it ends with the update",
        ws_info("1x100 stale 1x258") + available("1x100 stale 1x250 0x10"),
        silent("10050m", update), fires("10080m", update, NAMED), silent("10650m", update), interval="30m")
    yield case(
        "an image that is deleted after a week",
        ws_info("1x340") + available("1x340"),
        fires("10200m", update, NAMED), silent("10320m", update), interval="30m")
    yield case(
        "no update, an update taken within the week, and a shared image are silent",
        ws_info("1x360") + available("0x360")
        + ws_info("1x360", image_id="wsi-2") + available("1x330 0x30", image_id="wsi-2")
        + ws_info("1x360", ownership="SHARED", image_id="wsi-3") + available("1x360", image_id="wsi-3"),
        silent("10080m", update), silent("10800m", update), interval="30m")


# --- AppStream ---------------------------------------------------------------------------------------------------------
BUILDER = {**HERE, "image_builder": "win-build"}
B_STATES = ["RUNNING", "STOPPED", "FAILED"]
APP_IMAGE = {**HERE, "image_arn": ARN}
APP_NAMED = {**APP_IMAGE, "image_name": "office-2026"}


def builder(values, state, **other):
    made = []
    for known in dict.fromkeys([state, *B_STATES]):
        made += both("aws_appstream_image_builder_state", values if known == state else re.sub(r"\b1(?=x)", "0", values),
                     **{**BUILDER, **other}, state=known)
    return made


def as_info(values, visibility="PRIVATE", **other):
    labels = {**APP_NAMED, "visibility": visibility, "platform": "WINDOWS_SERVER_2022", "image_type": "CUSTOM",
              "agent_version": "LATEST", "base_image_arn": "", "image_builder": "win-build", **other}
    return both("aws_appstream_image_info", values, **labels)


def as_state(values, state, **other):
    made = []
    for known in dict.fromkeys([state, "AVAILABLE", "FAILED"]):
        made += both("aws_appstream_image_state", values if known == state else re.sub(r"\b1(?=x)", "0", values),
                     **{**APP_IMAGE, **other}, state=known)
    return made


def appstream():
    failed, left, stuck = "AppStreamImageBuilderFailed", "AppStreamImageBuilderLeftRunning", "AppStreamImageBuilderTransitionStuck"
    errors, image_failed, old = "AppStreamImageBuilderErrors", "AppStreamImageFailed", "AppStreamBaseImageOld"
    warning, critical = {"severity": "warning"}, {"severity": "critical"}
    reason = both("aws_appstream_image_builder_state_change_reason", "1x60", **BUILDER, code="INTERNAL_ERROR")
    yield case(
        "a FAILED builder, seen by two exporters, is one alert with its reason; it ends when the builder is gone",
        builder("1x8 stale _x4 1x20", "FAILED") + reason,
        silent("4m", failed), fires("5m", failed, {**BUILDER, "codes": ["INTERNAL_ERROR"]}),
        fires("13m", failed, {**BUILDER, "codes": ["INTERNAL_ERROR"]}),
        silent("45m", failed, left, stuck))
    yield case(
        "FAILED for less than 5 minutes, and a STOPPED builder, are silent",
        builder("1x3 0x30", "FAILED") + builder("1x30", "STOPPED", image_builder="other"),
        silent("5m", failed), silent("30m", failed))

    def error_at(seconds, values, code, **other):
        return both("aws_appstream_image_builder_last_error_timestamp_seconds", values.replace("T", str(seconds)),
                    **{**BUILDER, **other}, error_code=code)
    yield case(
        "an error is news for an hour, each code its own alert; an error that lingers from before is silent",
        error_at(600, "_x10 Tx100", "DOMAIN_JOIN_ERROR_ACCESS_DENIED") + error_at(1200, "_x20 Tx100", "IGW_NOT_ATTACHED")
        + error_at(-7200, "Tx120", "SUBNET_NOT_FOUND", image_builder="other"),
        silent("9m", errors),
        fires("10m", errors, {**BUILDER, "error_code": "DOMAIN_JOIN_ERROR_ACCESS_DENIED"}),
        fires("69m", errors, {**BUILDER, "error_code": "DOMAIN_JOIN_ERROR_ACCESS_DENIED"},
              {**BUILDER, "error_code": "IGW_NOT_ATTACHED"}),
        fires("70m", errors, {**BUILDER, "error_code": "IGW_NOT_ATTACHED"}),
        silent("80m", errors))
    yield case(
        "the error ends with its builder, though not with a scrape that fails", error_at(0, "Tx20", "VALIDATION_ERROR"),
        fires("20m", errors, {**BUILDER, "error_code": "VALIDATION_ERROR"}),
        fires("28m", errors, {**BUILDER, "error_code": "VALIDATION_ERROR"}), silent("31m", errors))

    yield case(
        "RUNNING for 2 hours is a warning, for 12 also critical, a gap between; it ends with STOPPED",
        builder("1x100 stale _x4 1x640 0x20", "RUNNING"),
        silent("119m", left), fires("120m", left, {**BUILDER, **warning}), fires("719m", left, {**BUILDER, **warning}),
        fires("720m", left, {**BUILDER, **warning}, {**BUILDER, **critical}), silent("755m", left, stuck, failed))
    yield case(
        "a builder that stops within 2 hours, though it runs again, is silent",
        builder("1x115 0x5 1x110 0x5 1x110", "RUNNING"), silent("121m", left), silent("235m", left), silent("345m", left))
    yield case(
        "a running builder that is deleted", builder("1x130", "RUNNING"),
        fires("130m", left, {**BUILDER, **warning}), silent("142m", left))

    yield case(
        "PENDING for 30 minutes, a gap between; it ends with RUNNING",
        builder("1x9 stale _x3 1x30 0x20", "PENDING"),
        silent("29m", stuck), fires("30m", stuck, {**BUILDER, "state": "PENDING", "after": "30m"}), silent("46m", stuck))
    for state in ("UPDATING_AGENT", "STOPPING", "REBOOTING", "SNAPSHOTTING", "DELETING", "PENDING_SYNCING_APPS",
                  "SYNCING_APPS", "PENDING_IMAGE_IMPORT"):
        yield case(
            f"{state} for an hour, a gap between; it ends when the builder is gone", builder("1x30 stale _x4 1x34", state),
            silent("59m", stuck), fires("60m", stuck, {**BUILDER, "state": state, "after": "60m"}), silent("82m", stuck))
    for state in ("UPDATING", "PENDING_QUALIFICATION"):
        yield case(
            f"{state} for 6 hours, a gap between", builder("1x100 stale _x4 1x264 0x10", state),
            silent("61m", stuck), silent("359m", stuck),
            fires("360m", stuck, {**BUILDER, "state": state, "after": "6h"}), silent("372m", stuck))
    yield case(
        "states that last, and passing states that follow each other, are silent",
        builder("1x730", "STOPPED") + builder("1x28 0x380", "PENDING", image_builder="new")
        + builder("1x50 0x50", "SNAPSHOTTING", image_builder="snap") + builder("0x51 1x50 0x10", "STOPPING", image_builder="snap")
        + builder("1x350 0x50", "UPDATING", image_builder="upd"),
        silent("30m", stuck), silent("60m", stuck), silent("99m", stuck), silent("101m", stuck), silent("360m", stuck), silent("400m", stuck),
        silent("730m", left, stuck, failed))

    as_reason = both("aws_appstream_image_state_change_reason", "1x60", **APP_IMAGE, code="IMAGE_BUILDER_NOT_AVAILABLE")
    yield case(
        "a FAILED image, seen by two exporters, is one alert with its reason; it ends when the image is gone",
        as_info("1x8 stale _x4 1x20") + as_state("1x8 stale _x4 1x20", "FAILED") + as_reason,
        silent("4m", image_failed), fires("5m", image_failed, {**APP_NAMED, "codes": ["IMAGE_BUILDER_NOT_AVAILABLE"]}),
        fires("13m", image_failed, {**APP_NAMED, "codes": ["IMAGE_BUILDER_NOT_AVAILABLE"]}), silent("45m", image_failed))
    yield case(
        "an AVAILABLE image, one FAILED for less than 5 minutes, and a shared one are silent",
        as_info("1x60") + as_state("1x3 0x57", "FAILED")
        + as_info("1x60", image_arn=ARN + "2") + as_state("1x60", "AVAILABLE", image_arn=ARN + "2")
        + as_info("1x60", visibility="SHARED", image_arn=ARN + "3") + as_state("1x60", "FAILED", image_arn=ARN + "3"),
        silent("5m", image_failed), silent("30m", image_failed), silent("60m", image_failed))

    def released(days, values="Tx200", **other):
        # crosses its age an hour after the start
        return both("aws_appstream_image_base_image_released_timestamp_seconds",
                    values.replace("T", str(3600 - days * 86400)), **{**APP_IMAGE, **other})
    info = {**APP_NAMED, "severity": "info"}
    warn = {**APP_NAMED, "severity": "warning"}
    yield case(
        "a base image of 90 days, an hour later; it ends when the image is gone",
        as_info("1x70 stale _x4 1x74") + released(90, "Tx70 stale _x4 Tx74"),
        silent("120m", old), fires("121m", old, info), fires("150m", old, info), silent("165m", old))
    yield case(
        "a base image of 180 days is both information and warning",
        as_info("1x100 stale _x4 1x94") + released(180, "Tx100 stale _x4 Tx94"),
        fires("120m", old, info), fires("121m", old, info, warn))
    yield case(
        "a young base image and an old shared one are silent",
        as_info("1x200") + released(80)
        + as_info("1x200", visibility="SHARED", image_arn=ARN + "3") + released(400, image_arn=ARN + "3"),
        silent("121m", old), silent("200m", old))
    yield case(
        "a base image that is replaced within the hour is silent",
        as_info("1x200") + both("aws_appstream_image_base_image_released_timestamp_seconds",
                                f"{3600 - 180 * 86400}x110 0x90", **APP_IMAGE),
        silent("121m", old), silent("200m", old))


def appstream_slow():
    agent = "AppStreamImageBuilderAgentOutdated"

    def up_to_date(values, **other):
        return both("aws_appstream_image_builder_agent_up_to_date", values, **{**BUILDER, **other})
    yield case(
        "an old agent for two weeks, a gap between; it ends with the update",
        up_to_date("0x200 stale 0x490 1x10"),
        silent("20130m", agent), fires("20160m", agent, BUILDER), silent("20790m", agent), interval="30m")
    yield case(
        "a builder that is deleted after two weeks", up_to_date("0x680"),
        fires("20400m", agent, BUILDER), silent("20520m", agent), interval="30m")
    yield case(
        "a new agent, and one updated within two weeks, are silent",
        up_to_date("1x700") + up_to_date("0x660 1x40", image_builder="other"),
        silent("20160m", agent), silent("21000m", agent), interval="30m")


# --- quotas ------------------------------------------------------------------------------------------------------------
def quotas():
    kinds = [
        ("WorkspacesImageQuotaNearlyFull", "aws_workspaces_image_info", "image_id", {"ownership": "OWNED"},
         {"ownership": "SHARED"}, 40, "account_region:aws_workspaces_images:quota_ratio"),
        ("AppStreamImageBuilderQuotaNearlyFull", "aws_appstream_image_builder_info", "image_builder", {}, None, 10,
         "account_region:aws_appstream_image_builders:quota_ratio"),
        ("AppStreamImageQuotaNearlyFull", "aws_appstream_image_info", "image_arn", {"visibility": "PRIVATE"},
         {"visibility": "SHARED"}, 10, "account_region:aws_appstream_images:quota_ratio"),
    ]
    for alert, metric, key, own, foreign, quota, ratio in kinds:
        limit = quota * 9 // 10

        def things(count, values, account=ACCOUNT, extra=own, prefix="x"):
            made = []
            for number in range(count):
                made += both(metric, values, account_id=account, region=REGION, **{key: f"{prefix}{number}"}, **extra)
            return made
        where = "{" + f'account_id="{ACCOUNT}", region="{REGION}"' + "}"
        yield case(
            f"{limit} of {quota} fire, counted once though two exporters show them; a gap between; it ends with one fewer",
            things(limit - 1, "1x20 stale _x5 1x100") + things(1, "1x20 stale _x5 1x45", prefix="last"),
            silent("59m", alert), fires("62m", alert, HERE), silent("85m", alert),
            samples=[sample("10m", ratio, (ratio + where, limit / quota))])
        yield case(
            f"{limit - 1} of {quota} are silent, shared ones do not count, and an hour's crowd neither",
            things(limit - 1, "1x150") + (things(5, "1x150", extra=foreign, prefix="s") if foreign else [])
            + things(limit, "1x40 _x60", account="222222222222"),
            silent("61m", alert), silent("75m", alert), silent("150m", alert))
        default = ratio.replace("account_region:aws_", "euc:").replace("_ratio", "")
        yield case(f"an account with a quota of its own is held to it: {alert}",
                   things(limit, "1x100") + (things(quota, "1x100", extra=foreign, prefix="s") if foreign else [])
                   + [series(default, "200x100", account_id=ACCOUNT, region=REGION)],
                   silent("61m", alert), silent("100m", alert),
                   samples=[sample("90m", default + '{account_id=""}', (default, quota)),
                            sample("90m", f"max by (account_id, region) ({ratio})", (where, limit / 200))])


# --- the exporter ------------------------------------------------------------------------------------------------------
COLLECTOR = {**HERE, "collector": "workspaces_images"}
ME = {"job": "euc-exporter", "instance": "a:9"}
ON_DATA = ["EucExporterAccessDenied", "EucExporterCredentialsFailing", "EucExporterCollectorFailing", "EucExporterDataStale",
           "EucExporterThrottled", "EucExporterTargetGone", "EucExporterConfigReloadFailed"]


def exporter():
    down, absent, denied, creds, failing, stale, throttled, gone, reload_failed, unknown = (
        "EucExporterDown", "EucExporterAbsent", "EucExporterAccessDenied", "EucExporterCredentialsFailing",
        "EucExporterCollectorFailing", "EucExporterDataStale", "EucExporterThrottled", "EucExporterTargetGone",
        "EucExporterConfigReloadFailed", "EucExporterUnrecognizedValue")
    up = lambda values, **other: [series("up", values, **other)]
    interval = both("euc_exporter_collector_refresh_interval_seconds", "300x30 stale _x2 300x200", collector="workspaces_images")
    target = lambda values, **other: both("euc_exporter_target_info", values,
                                          **{**HERE, "account_name": "prod", "partition": "aws", **other})

    # The process dies at 30m: Prometheus writes up 0 and marks all its series stale.
    dead = [
        *both("euc_exporter_collector_success", "1x29 stale", **COLLECTOR),
        *both("euc_exporter_collector_last_success_timestamp_seconds", "0+60x29 stale", **COLLECTOR),
        *both("euc_exporter_collector_refresh_interval_seconds", "300x29 stale", collector="workspaces_images"),
        *both("euc_exporter_aws_api_requests_total", "0+10x29 stale", **HERE, service="workspaces", operation="x"),
        *both("euc_exporter_aws_api_request_errors_total", "0x29 stale", **HERE, service="workspaces", operation="x", error="throttling"),
        *both("euc_exporter_config_last_reload_successful", "1x29 stale"),
        *both("euc_exporter_unrecognized_values_total", "0x29 stale", field="State"),
        *target("1x29 stale")]
    yield case(
        "the process is dead: its own series are gone, up is 0, and only Down fires, for each instance",
        up("1x29 0x200") + up("1x29 0x200", instance="b:9") + dead,
        silent("34m", down), fires("35m", down, ME, {**ME, "instance": "b:9"}),
        silent("35m", absent, *ON_DATA, unknown), silent("60m", absent, *ON_DATA, unknown),
        silent("120m", absent, *ON_DATA, unknown))
    yield case(
        "the process comes back after 10 minutes: Down ends, nothing else was said",
        up("1x9 0x9 1x60"), fires("19m", down, ME), silent("20m", down, absent, gone))
    yield case(
        "one missed scrape, and the death of some other job, are silent",
        up("1x10 0x3 1x40") + up("0x60", job="node"), silent("14m", down), silent("30m", down, absent))
    yield case(
        "a job that only contains the word counts, and a dead one of them is enough",
        up("0x60", job="prod-euc-exporter-probe", instance="eu-west-1", pod="euc-1", namespace="monitoring"),
        fires("10m", down, {"job": "prod-euc-exporter-probe", "instance": "eu-west-1"}))

    yield case(
        "no target at all: Absent fires after 15 minutes, Down cannot",
        up("1x9 stale") + up("1x60", job="node"),
        silent("24m", absent), fires("25m", absent, {}), silent("40m", down))
    yield case("a redeployment of 10 minutes is silent", up("1x9 stale _x9 1x60", instance="a:9"),
               silent("18m", absent), silent("26m", absent), silent("60m", absent, down))

    error = lambda cls, values, **other: both("euc_exporter_collector_error", values, **{**COLLECTOR, **other}, error=cls)
    success = lambda values, **other: both("euc_exporter_collector_success", values, **{**COLLECTOR, **other})
    yield case(
        "AWS denies: denied at 10, failing at 15, stale when 4 intervals and 15 minutes are over; not down; all end when allowed",
        up("1x200") + interval + success("0x4 stale _x2 0x72 1x100") + error("access_denied", "1x4 stale _x2 1x72 stale")
        + both("euc_exporter_collector_last_success_timestamp_seconds", "0x30 stale _x2 0x46 4860+60x100", **COLLECTOR),
        silent("9m", denied, failing, stale), fires("10m", denied, COLLECTOR), silent("14m", failing),
        fires("15m", failing, {**COLLECTOR, "codes": ["access_denied"]}), silent("35m", stale),
        fires("36m", stale, COLLECTOR), silent("40m", down, absent, creds, throttled, gone),
        silent("90m", denied, failing, stale))
    yield case(
        "no credentials: one alert for the target, not one for each collector",
        up("1x60") + error("credentials", "1x30 stale _x3 1x30") + error("credentials", "1x30 stale _x3 1x26", collector="appstream_images"),
        silent("9m", creds), fires("10m", creds, HERE), fires("36m", creds, HERE), fires("32m", creds, HERE), silent("40m", denied, down))
    yield case(
        "errors of other classes, and denials and missing credentials that pass within 10 minutes, are silent",
        error("timeout", "1x60") + error("access_denied", "1x4 _x30", collector="appstream_images")
        + error("credentials", "1x4 _x30", collector="appstream_images"),
        silent("10m", denied, creds), silent("30m", denied, creds))
    yield case(
        "one of two exporters fails, with gaps: the collector alerts once",
        [series("euc_exporter_collector_success", "1x60", **COLLECTOR),
         series("euc_exporter_collector_success", "0x8 stale _x2 0x30 1x20", instance="b:9", **COLLECTOR)],
        silent("14m", failing), fires("15m", failing, {**COLLECTOR, "codes": []}), silent("50m", failing))
    yield case(
        "a collector that fails for 10 minutes, and one that has not ended its first refresh, are silent",
        success("0x10 1x40") + interval, silent("11m", failing), silent("16m", failing), silent("40m", failing, stale))
    yield case(
        "fresh data, and data as old as 4 intervals allow, are silent; so is one exporter of two that lags",
        interval + both("euc_exporter_collector_last_success_timestamp_seconds", "0x20 1200x20 2400x20", **COLLECTOR)
        + [series("euc_exporter_collector_last_success_timestamp_seconds", "0x60", instance="c:9", **COLLECTOR)],
        silent("20m", stale), silent("40m", stale), silent("60m", stale))

    def calls(errors, **other):
        labels = {**HERE, "service": "workspaces", "operation": "DescribeWorkspaceImages", **other}
        return both("euc_exporter_aws_api_requests_total", "0+100x100", **labels) \
            + both("euc_exporter_aws_api_request_errors_total", f"0+{errors}x100", **labels, error="throttling") \
            + both("euc_exporter_aws_api_request_errors_total", "0+50x100", **labels, error="server")
    yield case(
        "15 % throttled",
        calls(15), silent("15m", throttled), fires("20m", throttled, {**HERE, "service": "workspaces"}))
    yield case(
        "8 % throttled, and half of the calls failed in another way, are silent",
        calls(8), silent("20m", throttled), silent("60m", throttled))
    yield case(
        "throttled for a moment, then no more: silent",
        both("euc_exporter_aws_api_requests_total", "0+100x100", **HERE, service="workspaces", operation="x")
        + both("euc_exporter_aws_api_request_errors_total", "0x10 200 200x80", **HERE, service="workspaces", operation="x", error="throttling"),
        silent("20m", throttled), silent("40m", throttled))

    lost = {**HERE, "account_name": "prod"}
    yield case(
        "a target leaves while the exporter goes on; it ends by itself a day later",
        up("1x1600") + target("1x60 stale") + target("1x1600", account_id="222222222222"),
        silent("89m", gone), fires("91m", gone, lost), fires("1490m", gone, lost), silent("1505m", gone))
    yield case(
        "a target that is back within the quarter, a renamed account and a restart are silent",
        up("1x60 0x3 1x60") + target("1x60 stale _x10 1x60") + target("1x50 stale", account_id="333333333333", account_name="old")
        + target("_x51 1x80", account_id="333333333333", account_name="new")
        + target("1x2 stale", account_id="", region="", account_name="unknown yet"),
        silent("40m", gone), silent("66m", gone), silent("75m", gone), silent("85m", gone), silent("120m", gone))
    yield case(
        "one of two exporters is dead: its targets are not gone, they are unseen",
        up("1x200") + up("1x60 0x140", instance="b:9")
        + [series("euc_exporter_target_info", "1x200", account_id="222222222222", region=REGION, account_name="dev", partition="aws"),
           series("euc_exporter_target_info", "1x60 stale", instance="b:9", **lost, partition="aws")],
        fires("100m", down, {**ME, "instance": "b:9"}), silent("100m", gone), silent("199m", gone))

    yield case(
        "a refused configuration; a gap between; it ends with a good reload",
        [series("euc_exporter_config_last_reload_successful", "1x9 0x8 stale _x2 0x20 1x10", pod="euc-1")],
        silent("14m", reload_failed), fires("15m", reload_failed, ME), fires("20m", reload_failed, ME),
        fires("23m", reload_failed, ME),
        silent("43m", reload_failed))
    yield case(
        "a good configuration, and a bad one mended within 5 minutes, are silent",
        [series("euc_exporter_config_last_reload_successful", "1x9 0x3 1x30")],
        silent("15m", reload_failed), silent("40m", reload_failed))

    yield case(
        "an unknown value, counted at every refresh by two exporters, is one alert; it ends an hour after the last",
        both("euc_exporter_unrecognized_values_total", "0x10 1+1x9 10x100", field="State"),
        silent("9m", unknown), fires("12m", unknown, {"field": "State"}), fires("75m", unknown, {"field": "State"}),
        silent("85m", unknown))
    yield case(
        "one unknown value, once, is enough",
        both("euc_exporter_unrecognized_values_total", "0x10 1x100", field="Platform"), fires("65m", unknown, {"field": "Platform"}))
    yield case(
        "a counter that stands still is silent",
        both("euc_exporter_unrecognized_values_total", "7x120", field="State"), silent("30m", unknown), silent("119m", unknown))


# --- recordings --------------------------------------------------------------------------------------------------------
def recordings():
    at = "{" + f'account_id="{ACCOUNT}", region="{REGION}", '
    name = "account_region_state:aws_workspaces_images:count"
    applications = "account_region_state:aws_workspaces_image_applications:count"
    yield case(
        "images by state: owned ones, once each though two exporters show them, zero where there is none",
        ws_info("1x20") + ws_state("1x20", "AVAILABLE") + ws_info("1x20", image_id="wsi-2") + ws_state("1x20", "ERROR", image_id="wsi-2")
        + ws_info("1x20", image_id="wsi-4") + ws_state("1x20", "ERROR", image_id="wsi-4")
        + ws_info("1x20", ownership="SHARED", image_id="wsi-3") + ws_state("1x20", "ERROR", image_id="wsi-3")
        + application("1x20", "ERROR") + application("1x20", "COMPLETED", application_id="wsa-2")
        + application("1x20", "COMPLETED", image_id="wsi-2") + application("1x20", "ERROR", image_id="wsi-3"),
        samples=[sample("10m", name, (name + at + 'state="AVAILABLE"}', 1), (name + at + 'state="PENDING"}', 0), (name + at + 'state="ERROR"}', 2)),
                 sample("10m", applications, (applications + at + 'state="ERROR"}', 1), (applications + at + 'state="COMPLETED"}', 2))])
    builders, images = "account_region_state:aws_appstream_image_builders:count", "account_region_state:aws_appstream_images:count"
    yield case(
        "builders and private AppStream images by state",
        builder("1x20", "RUNNING") + builder("1x20", "RUNNING", image_builder="other")
        + as_info("1x20") + as_state("1x20", "AVAILABLE")
        + as_info("1x20", visibility="SHARED", image_arn=ARN + "3") + as_state("1x20", "FAILED", image_arn=ARN + "3"),
        samples=[sample("10m", builders, (builders + at + 'state="RUNNING"}', 2), (builders + at + 'state="STOPPED"}', 0), (builders + at + 'state="FAILED"}', 0)),
                 sample("10m", images, (images + at + 'state="AVAILABLE"}', 1), (images + at + 'state="FAILED"}', 0))])
    day = "account_region_builder:aws_appstream_image_builder_running_hours:sum1d"
    week = "account_region_builder:aws_appstream_image_builder_running_hours:sum7d"
    total = "account_region:aws_appstream_image_builder_running_hours:sum1d"
    one, two = at + 'image_builder="win-build"}', at + 'image_builder="young"}'
    yield case(
        "hours: 10 of 20 for one builder; the 80 minutes of another, to one look at either end, the 40 unscraped ones do not count",
        builder("1x599 0x600", "RUNNING")[:2]
        + both("aws_appstream_image_builder_state", "0x599 1x600", **BUILDER, state="STOPPED")
        + builder("_x1080 1x79 _x40 1x0", "RUNNING", image_builder="young"),
        samples=[sample("1200m", f"round({day}, 0.1)", (one, 10), (two, 1.5)),
                 sample("1200m", f"round({week}, 0.25)", (one, 10), (two, 1.75)),
                 sample("1200m", f"round({total}, 0.1)", (at[:-2] + "}", 11.5))])
    ratio, by_class = "account_region_service:euc_exporter_aws_api_request_errors:ratio_rate15m", \
        "account_region_service_error:euc_exporter_aws_api_request_errors:ratio_rate15m"
    calls = {**HERE, "service": "workspaces", "operation": "x"}
    age = "account_region_collector:euc_exporter_data_age_seconds:min"
    yield case(
        "errors as a share of calls, in all and by class; the age of the freshest data",
        both("euc_exporter_aws_api_requests_total", "0+100x60", **calls)
        + both("euc_exporter_aws_api_request_errors_total", "0+5x60", **calls, error="throttling")
        + both("euc_exporter_aws_api_request_errors_total", "0+20x60", **calls, error="server")
        + [series("euc_exporter_collector_last_success_timestamp_seconds", "600x60", **COLLECTOR),
           series("euc_exporter_collector_last_success_timestamp_seconds", "900x60", instance="b:9", **COLLECTOR)],
        samples=[sample("30m", f"round({ratio}, 0.001)", (at + 'service="workspaces"}', 0.25)),
                 sample("30m", f"round({by_class}, 0.001)", (at + 'service="workspaces", error="throttling"}', 0.05),
                        (at + 'service="workspaces", error="server"}', 0.2)),
                 sample("30m", age, (age + at + 'collector="workspaces_images"}', 900))])


FILES = {
    "workspaces.yaml": ("alerts-workspaces.yaml", "1m", workspaces),
    "workspaces-slow.yaml": ("alerts-workspaces.yaml", "30m", workspaces_slow),
    "appstream.yaml": ("alerts-appstream.yaml", "1m", appstream),
    "appstream-slow.yaml": ("alerts-appstream.yaml", "30m", appstream_slow),
    "quotas.yaml": ("alerts-quotas.yaml", "1m", quotas),
    "exporter.yaml": ("alerts-exporter.yaml", "1m", exporter),
    "recordings.yaml": ("recordings.yaml", "5m", recordings),
}


class Dumper(yaml.SafeDumper):
    """Labels on one line, no aliases."""

    def ignore_aliases(self, data):
        return True


def text(rule_file, interval, cases):
    data = {"rule_files": [f"../rules/{rule_file}"], "evaluation_interval": interval, "tests": list(cases())}
    body = yaml.dump(data, Dumper=Dumper, sort_keys=False, width=118, allow_unicode=True)
    return f"# Written by tests/ops/rule_cases.py. Run: promtool test rules deploy/prometheus/tests/*.yaml\n{body}"


def main():
    check = "--check" in sys.argv[1:]
    stale = []
    TESTS.mkdir(parents=True, exist_ok=True)
    for name, (rule_file, interval, cases) in FILES.items():
        wanted, path = text(rule_file, interval, cases), TESTS / name
        if check and (not path.exists() or path.read_text() != wanted):
            stale.append(name)
        elif not check:
            path.write_text(wanted)
    stale += [path.name for path in TESTS.glob("*.yaml") if path.name not in FILES]
    if stale:
        sys.exit(f"not current, run tests/ops/rule_cases.py: {', '.join(stale)}")
    print(f"promtool cases: {len(FILES)} files {'are current' if check else 'written'}")


if __name__ == "__main__":
    main()
