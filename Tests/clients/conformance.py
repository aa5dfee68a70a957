"""The executable of Tests/Conformance: the product's server with the fixtures that the protocols' suites name."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance import REPOSITORY, Appliance


def executable() -> Path | None:
    """CARREL_CONFORMANCE, else the newest build of this checkout; None where there is none."""
    if named := os.environ.get("CARREL_CONFORMANCE"):
        return Path(named)
    built = [REPOSITORY / ".build" / kind / "carrel-conformance" for kind in ("release", "debug")]
    return max((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime, default=None)


@dataclass
class Conformance(Appliance):
    """A running server with fixtures; calls need no token."""

    def start(self, *options: str, port: int | None = None) -> "Conformance":
        path = executable()
        if path is None:
            pytest.skip("carrel-conformance is not built")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(path), "--data", str(self.data), *options], stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
                text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), f"carrel-conformance did not start:\n{self.log.read_text()}"
        self.port = int(line.rsplit(":", 1)[1])
        return self
