#!/usr/bin/env python3
"""Draws a dashboard as an HTML page from the answers that query_panels.py --dump kept, for a look without Grafana.

    tests/dashboards/render.py DUMP UID > page.html

It follows the JSON: places, units, thresholds, mappings, columns and their order. It is a sketch, not Grafana; on a
page of one object each panel draws the object that fills it most.
"""

import html
import json
import re
import sys
from pathlib import Path

DASHBOARDS = Path(__file__).parents[2] / "grafana" / "dashboards"
CELL, ROW = 62, 34
COLOURS = {
    "green": "#73bf69",
    "yellow": "#fade2a",
    "orange": "#ff9830",
    "red": "#f2495c",
    "blue": "#5794f2",
    "purple": "#b877d9",
    "text": "#ccccdc",
}
PALETTE = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0", "#37872d", "#fade2a"]
SPANS = (("years", 31536000), ("weeks", 604800), ("days", 86400), ("hours", 3600), ("mins", 60))
STYLE = (
    "body{background:#111217;color:#ccccdc;font:13px Inter,Helvetica,sans-serif;margin:8px}"
    "#page{position:relative}.panel{position:absolute;background:#181b1f;border:1px solid #2c3235;border-radius:3px;"
    "overflow:hidden;box-sizing:border-box}.panel h3{font-size:13px;font-weight:500;margin:5px 8px}"
    ".row{position:absolute;font-size:15px;padding-top:9px}.stat{position:absolute;inset:28px 0 0 0;display:flex;"
    "align-items:center;justify-content:center;font-size:30px;font-weight:600;text-align:center}"
    "table{border-collapse:collapse;width:100%}th{text-align:left;color:#6e9fff;font-weight:500}"
    "td,th{padding:3px 8px;border-bottom:1px solid #22252b;white-space:nowrap;overflow:hidden;max-width:330px}"
    ".empty{position:absolute;inset:40px 0 0 0;text-align:center;color:#8e8e8e}.a{color:#6e9fff}"
    "svg{position:absolute;left:6px}svg text{fill:#9a9caa;font-size:11px}"
)


def colour(name: str) -> str:
    """Grafana's colour as the browser's."""
    return COLOURS.get(name, name)


def shown(value: float, unit: str | None, decimals: int | None = None) -> str:
    """The number as Grafana writes it, or nearly."""
    if unit == "s":
        for name, size in SPANS:
            if abs(value) >= size:
                return f"{value / size:.{1 if decimals is None else decimals}f} {name}"
        return f"{value:.3g} s"
    if unit == "bytes":
        power = min(3, max(0, (int(abs(value)).bit_length() - 1) // 10))
        return f"{value / 1024**power:.1f} {('B', 'KiB', 'MiB', 'GiB')[power]}"
    if unit == "percentunit":
        return f"{value * 100:.1f}%"
    suffix = {"reqps": " req/s", "ops": " ops/s"}.get(unit or "", "")
    return (f"{value:.{decimals}f}" if decimals is not None else f"{value:.4g}") + suffix


def step_colour(value: float, steps: list[dict]) -> str:
    """The colour of the highest threshold that the value reaches."""
    reached = [step["color"] for step in steps if step.get("value") is None or value >= step["value"]]
    return colour(reached[-1]) if reached else colour("text")


def mapped(value: str, mappings: list[dict]) -> tuple[str, str] | None:
    """The text and the colour that a mapping gives to the value."""
    for mapping in mappings:
        if found := mapping["options"].get(value):
            return found["text"], colour(found.get("color", "text"))
    return None


def legend(query: dict, series: dict) -> str:
    """The name of a series."""
    text = query["legendFormat"]
    if text == "__auto":
        return ", ".join(series["metric"].values())
    return re.sub(r"{{(\w+)}}", lambda found: series["metric"].get(found[1], ""), text)


def draw_stat(panel, answers, defaults):
    """One number."""
    series = answers[0]
    if not series:
        return f'<div class=stat style="font-size:17px">{html.escape(defaults["noValue"])}</div>'
    value = float(series[0]["value"][1])
    text, back = mapped(f"{value:g}", defaults.get("mappings", [])) or (
        shown(value, defaults["unit"], defaults.get("decimals")),
        step_colour(value, defaults["thresholds"]["steps"]),
    )
    filled = panel["options"]["colorMode"] == "background" and back != colour("text")
    look = f"background:{back};color:#111217" if filled else f"color:{back}"
    return f'<div class=stat style="{look}">{html.escape(text)}</div>'


def draw_table(panel, answers, defaults):
    """Rows, merged and in the order of the organize transformation, sorted as the panel says."""
    rows: dict[tuple, dict] = {}
    for place, series in enumerate(answers):
        name = f"Value #{'ABCDE'[place]}" if len(answers) > 1 else "Value"
        for one in series:
            row = rows.setdefault(tuple(sorted(one["metric"].items())), dict(one["metric"]))
            row[name] = float(one["value"][1])
    if not rows:
        return f"<div class=empty>{html.escape(defaults['noValue'])}</div>"
    overrides = {
        one["matcher"]["options"]: {p["id"]: p.get("value") for p in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
    }
    order = next(t["options"]["indexByName"] for t in panel["transformations"] if t["id"] == "organize")
    fields = [f for f in sorted(order, key=order.get) if not overrides[f].get("custom.hidden")]
    fields = [f for f in fields if any(f in row for row in rows.values())]
    body = list(rows.values())
    for sort in panel["options"].get("sortBy", []):
        by = next((f for f in fields if overrides[f]["displayName"] == sort["displayName"]), None)
        if by:
            body.sort(key=lambda row: (isinstance(row.get(by), str), row.get(by, "")), reverse=bool(sort.get("desc")))
    out = ["<table><tr>", *(f"<th>{html.escape(overrides[f]['displayName'])}</th>" for f in fields), "</tr>"]
    for row in body:
        out.append("<tr>")
        for field in fields:
            setting, value, look = overrides[field], row.get(field), ""
            text = "–" if value in (None, "") else str(value)
            if isinstance(value, float):
                text = shown(value, setting.get("unit", defaults["unit"]), setting.get("decimals"))
                if "thresholds" in setting:
                    look = f"color:{step_colour(value, setting['thresholds']['steps'])}"
            key = f"{value:g}" if isinstance(value, float) else text
            if found := mapped(key, setting.get("mappings", [])):
                text, look = found[0], f"color:{found[1]}"
            css = ' class="a"' if "links" in setting else ""
            out.append(f'<td{css} style="{look}">{html.escape(text)}</td>')
        out.append("</tr>")
    return "".join(out) + "</table>"


def draw_bars(panel, answers, defaults):
    """A bar for each series."""
    top = defaults.get("max", 1)
    out = []
    for one in answers[0]:
        value = float(one["value"][1])
        back = step_colour(value, defaults["thresholds"]["steps"])
        out.append(
            f"<tr><td style='width:1%;text-align:right'>{html.escape(legend(panel['targets'][0], one))}</td>"
            f"<td><div style='background:{back};height:15px;width:{min(100, value / top * 100):.1f}%'></div></td>"
            f"<td style='width:1%;color:{back}'>{shown(value, defaults['unit'], defaults.get('decimals', 0))}</td></tr>"
        )
    return f"<table>{''.join(out)}</table>" if out else f"<div class=empty>{html.escape(defaults['noValue'])}</div>"


def span(answers) -> tuple[float, float]:
    """First and last time of all series."""
    times = [float(point[0]) for series in answers for one in series for point in one["values"]]
    return min(times), max(times)


def draw_timeline(panel, answers, defaults, width, height):
    """A band for each series, coloured by mapping."""
    first, last = span(answers)
    left, band = 330, max(6, min(26, (height - 50) / len(answers[0])))
    out = []
    for place, one in enumerate(sorted(answers[0], key=lambda s: legend(panel["targets"][0], s))):
        y = place * band
        out.append(
            f"<text x={left - 8} y={y + band * 0.7:.0f} text-anchor=end>"
            f"{html.escape(legend(panel['targets'][0], one))}</text>"
        )
        points = one["values"]
        for at, (time, value) in enumerate(points):
            until = points[at + 1][0] if at + 1 < len(points) else last
            x = left + (time - first) / max(1, last - first) * (width - left - 20)
            wide = (until - time) / max(1, last - first) * (width - left - 20) + 0.5
            _, back = mapped(f"{float(value):g}", defaults["mappings"]) or ("", "#555")
            out.append(f'<rect x={x:.1f} y={y + 1:.1f} width={wide:.1f} height={band - 3:.1f} fill="{back}"/>')
    return f"<svg width={width} height={height - 34}>{''.join(out)}</svg>"


def draw_lines(panel, answers, defaults, width, height):
    """Lines, stacked where the panel stacks, with a legend at the right."""
    custom = defaults["custom"]
    stack = custom.get("stacking", {}).get("mode") == "normal"
    first, last = span(answers)
    series = [
        (legend(q, one), one["values"]) for q, found in zip(panel["targets"], answers, strict=True) for one in found
    ]
    fixed = {
        one["matcher"]["options"]: p["value"]["fixedColor"]
        for one in panel["fieldConfig"]["overrides"]
        for p in one["properties"]
        if p["id"] == "color"
    }
    base: dict[float, float] = {}
    drawn = []
    for name, points in series:
        line = []
        for time, value in points:
            low = base.get(time, 0.0) if stack else 0.0
            high = low + (0.0 if value == "NaN" else float(value))
            base[time] = high
            line.append((time, low, high))
        drawn.append((name, line))
    top = max([high for _, line in drawn for *_, high in line] + [custom.get("axisSoftMax") or 0, 1e-9]) * 1.05
    right = min(280, width // 3)
    plot_w, plot_h = width - right - 60, height - 62

    def x(time: float) -> float:
        return 50 + (time - first) / max(1, last - first) * plot_w

    def y(value: float) -> float:
        return plot_h - value / top * plot_h + 4

    out = [f"<text x=2 y={y(top * part):.0f}>{shown(top * part, defaults['unit'])}</text>" for part in (0, 0.5, 0.95)]
    for place, (name, line) in enumerate(drawn):
        tint = colour(fixed.get(name, PALETTE[place % len(PALETTE)]))
        path = " ".join(f"{x(t):.1f},{y(high):.1f}" for t, _, high in line)
        if stack:
            back = " ".join(f"{x(t):.1f},{y(low):.1f}" for t, low, _ in reversed(line))
            out.append(f'<polygon points="{path} {back}" fill="{tint}" opacity=.35 />')
        out.append(f'<polyline points="{path}" fill=none stroke="{tint}" stroke-width=1.5 />')
        out.append(
            f'<text x={width - right + 6} y={14 + place * 15}><tspan fill="{tint}">■</tspan> '
            f"{html.escape(name)}  {shown(line[-1][2] - line[-1][1], defaults['unit'])}</text>"
        )
    for step in defaults["thresholds"]["steps"]:
        if custom.get("thresholdsStyle") and step.get("value") is not None and step["value"] < top:
            level = y(step["value"])
            out.append(
                f'<line x1=50 x2={50 + plot_w} y1={level} y2={level} stroke="{colour(step["color"])}" '
                "stroke-dasharray=6 />"
            )
    return f"<svg width={width} height={height - 34}>{''.join(out)}</svg>"


def draw(panel: dict, answers: list) -> str:
    """The inside of a panel."""
    defaults, place = panel["fieldConfig"]["defaults"], panel["gridPos"]
    width, height = place["w"] * CELL - 8, place["h"] * ROW - 8
    if panel["type"] == "stat":
        return draw_stat(panel, answers, defaults)
    if panel["type"] == "table":
        return draw_table(panel, answers, defaults)
    if not any(answers):
        return f"<div class=empty>{html.escape(defaults['noValue'])}</div>"
    if panel["type"] == "bargauge":
        return draw_bars(panel, answers, defaults)
    paint = draw_timeline if panel["type"] == "state-timeline" else draw_lines
    return paint(panel, answers, defaults, width, height)


def main() -> int:
    """Returns the exit code."""
    dump, uid = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]
    dashboard = json.loads((DASHBOARDS / f"{uid}.json").read_text(encoding="utf-8"))
    print(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h2>{html.escape(dashboard['title'])}</h2>")
    print("<div id=page>")
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        box = f"left:{place['x'] * CELL}px;top:{place['y'] * ROW}px;width:{place['w'] * CELL - 6}px"
        if panel["type"] == "row":
            print(f'<div class=row style="{box}">▾ {html.escape(panel["title"])}</div>')
            continue
        answers = [dump[f"{uid}/{panel['id']}/{target['refId']}"] for target in panel["targets"]]
        print(f'<div class=panel style="{box};height:{place["h"] * ROW - 6}px"><h3>{html.escape(panel["title"])}</h3>')
        print(f"{draw(panel, answers)}</div>")
    print("</div>")
    return 0


if __name__ == "__main__":
    sys.exit(main())
