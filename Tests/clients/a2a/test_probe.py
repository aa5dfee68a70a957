"""The project's black-box probes on the product: only what needs a task of several seconds may fail, and here are its names."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from appliance import REPOSITORY

PROBES = REPOSITORY / os.environ.get("CARREL_PROBES", "../shared/probes")

#: The product has no skill that takes seconds on purpose: a search is over before it can be watched or canceled.
NEED_A_SLOW_TASK = {
    "returnImmediately gives an unfinished task", "re-subscribe", "subscribe starts with a Task snapshot",
    "subscribe delivers live events", "two subscribers after a dropped one both reach the end", "both saw the same live events",
    "cancel", "cancel returns canceled", "a watching stream sees canceled and closes", "task stays canceled", "second cancel",
    "send to a finished task", "wrong contextId for a task",
}


def test_only_checks_of_slow_tasks_fail(box):
    probe = PROBES / "probe_a2a.py"
    if not probe.is_file():
        pytest.skip(f"{probe} is not here")
    done = subprocess.run(
        [sys.executable, str(probe), "--url", box.appliance.url, "--token", box.alder, "--require-signature", "--text", "Zanzibar"],
        capture_output=True, text=True, timeout=300)
    failed = re.findall(r"^FAIL  (.*?)(?:  -- .*)?$", done.stdout, re.MULTILINE)
    passed = re.findall(r"^PASS  ", done.stdout, re.MULTILINE)
    assert len(passed) > 100, done.stdout + done.stderr
    others = [name for name in failed if name.split(": ", 1)[-1] not in NEED_A_SLOW_TASK]
    assert others == [], done.stdout
