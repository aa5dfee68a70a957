"""The tables of results, in Markdown. usage: report.py RESULT.json...

Each RESULT.json is what vectors.py wrote.
"""

import json
import sys


def table(report):
    """The figures in Markdown: builds, memory, rates and their ratios to hnswlib's."""
    engines = {engine["name"]: engine for engine in report["engines"]}
    anchor = engines.get("hnswlib")
    lines = [
        f"{report['count']:,} x {report['dimension']}, construction {report['construction']}, "
        f"{report['queries']} questions, {report['rounds']} rounds, load {report['load']:.1f}, {report['commit']}",
        "",
        "| engine | build, s | ratio | memory, MB | .90 | .95 | .99 | .95 beside hnswlib | .99 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for engine in report["engines"]:
        cells = [engine["name"], f"{engine['build_seconds']:.1f}"]
        cells.append(f"{engine['build_seconds'] / anchor['build_seconds']:.2f}" if anchor else "")
        if "bytes" in engine:
            cells.append(f"{engine['bytes']['walk'] / 1e6:.0f}")
        else:
            cells.append(f"{engine['grown_bytes'] / 1e6:.0f}")
        cells += [f"{rate:,.0f}" if rate else "-" for rate in engine["at"].values()]
        for wanted in ("0.95", "0.99"):
            known = anchor and anchor["at"][wanted] and engine["at"][wanted]
            cells.append(f"{engine['at'][wanted] / anchor['at'][wanted]:.2f}" if known else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def limits(report):
    """What share of the memory's speed the walks reach: bytes of the rows compared a second, beside random whole rows."""
    lines = ["| mode | bytes a row | rows a query at .95 | GB/s | random rows, GB/s | share |", "|---|---|---|---|---|---|"]
    for engine in report["engines"]:
        rate = engine["at"]["0.95"]
        if "bandwidth" not in engine or not rate:
            continue
        # Rows at the width whose recall is nearest.
        near = min(engine["points"], key=lambda point: abs(point["recall"] - 0.95))
        read = rate * near["bytes"]
        lines.append(
            f"| {engine['name']} | {near['bytes'] / near['distances']:.0f} | {near['distances']:.0f} | {read / 1e9:.1f} "
            f"| {engine['bandwidth'] / 1e9:.1f} | {100 * read / engine['bandwidth']:.0f} % |")
    return "\n".join(lines)


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    for path in sys.argv[1:]:
        with open(path) as file:
            report = json.load(file)
        print(table(report), limits(report), sep="\n\n", end="\n\n")
        if not report["counts"]:
            print(f"This run does not count: {', '.join(report['missing'])} did not answer.\n")


if __name__ == "__main__":
    main()
