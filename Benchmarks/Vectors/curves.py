"""Draws recall against queries a second. usage: curves.py OUT.svg RESULT.json...

Each RESULT.json is what vectors.py wrote; one panel each. The axis of rates is logarithmic, so equal distances are
equal ratios.
"""

import json
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "carrel", "svg.fonttype": "none", "font.size": 9})
from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter, NullFormatter

OURS = {"carrel-best": "#a3123a", "carrel-4bit": "#d9480f", "carrel-int8": "#e8890c", "carrel-fp32": "#c9a800"}
RIVALS = ("#1f4e79", "#2f7fc1", "#76a9d8", "#2e8b57", "#7fbf8f", "#6a4c93", "#9d86c2", "#c2b3dd", "#555555", "#999999")
LOWEST = 0.85


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    reports = [json.load(open(path)) for path in sys.argv[2:]]
    figure, panels = pyplot.subplots(1, len(reports), figsize=(5.6 * len(reports), 5.2), squeeze=False)
    names = dict.fromkeys(engine["name"] for report in reports for engine in report["engines"])
    colours = OURS | dict(zip((name for name in names if name not in OURS), RIVALS))
    lines = {}
    for panel, report in zip(panels[0], reports):
        for engine in report["engines"]:
            points = sorted((point["recall"], point["qps"]) for point in engine["points"] if point["recall"] >= LOWEST)
            name = engine["name"]
            [lines[name]] = panel.plot(
                *zip(*points), color=colours[name], linewidth=2.2 if name in OURS else 1.2, marker="o",
                markersize=4 if name in OURS else 2.5)
        panel.set_yscale("log")
        panel.set_xlim(LOWEST, 1)
        panel.set_xlabel("recall@10")
        panel.set_ylabel("queries a second of one core")
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.grid(which="both", linewidth=0.3)
        panel.set_title(
            f"{report['count']:,} x {report['dimension']}, construction {report['construction']} ({report['commit']})")
    panels[0][-1].legend(lines.values(), lines.keys(), fontsize=7.5, loc="upper left", bbox_to_anchor=(1.01, 1))
    figure.tight_layout()
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
