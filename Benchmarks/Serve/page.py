"""From a key to the painted answer, in a real browser. usage: page.py ADDRESS KEY QUERIES.jsonl [COUNT]

Types the first COUNT (12) queries into the search page as a quick typist does, a key every 120 ms, and takes the time
from each key to the frame that shows its answer: the event's own time stamp to the first task after the frame in which
the list of hits was changed. A key whose answer was overtaken by the next key's has no time and is counted apart. The
first letter of a query is no question yet, and a blank behind a word asks nothing new.
"""

import json
import os
import shutil
import statistics
import sys

from playwright.sync_api import sync_playwright

WATCH = """
window.times = []; window.keys = 0; let pressed = 0;
addEventListener("input", event => { if (/[^ ][^ ]$|[^ ] +[^ ]$/.test(event.target.value)) { window.keys++; pressed = event.timeStamp } }, true);
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const began = pressed; pressed = 0;
    if (!began) return;
    requestAnimationFrame(() => { const channel = new MessageChannel();
        channel.port1.onmessage = () => window.times.push(performance.now() - began);
        channel.port2.postMessage(0); });
}).observe(document.getElementById("hits"), { childList: true }));
"""


def main() -> None:
    address, key, path = sys.argv[1:4]
    with open(path, encoding="utf-8") as lines:
        queries = [json.loads(line)["text"] for line in lines][: int(sys.argv[4]) if len(sys.argv) > 4 else 12]
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CARREL_CHROMIUM") or shutil.which("chromium"), args=options)
        page = browser.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{address}/#key={key}")
        page.wait_for_selector("#tenant:not(:empty)")
        for query in queries:
            page.fill("#query", "")
            page.locator("#query").press_sequentially(query, delay=120)
            page.wait_for_timeout(300)
        times, keys = sorted(page.evaluate("times")), page.evaluate("keys")
        browser.close()
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    print(f"page: {len(times)} of {keys} keys painted before the next; "
          f"key to paint p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, most {times[-1]:.1f} ms")


main()
