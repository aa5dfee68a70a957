"""Runs the README as somebody would who copies it line by line into a shell.

Fenced blocks run in order in one shell, in a folder of their own with a HOME of its own that has a Documents folder.
The folder holds ./carrel and whatever earlier blocks made; `make` works in the checkout. A comment before a block says
what else it is:

  <!-- file: NAME -->       the block is written to NAME before anything runs
  <!-- prints: COMMAND -->  the block is what COMMAND prints; … stands for anything within a line
  <!-- not run: REASON -->  skipped; the reason is shown

`./carrel serve` is put into the background, and the port 8080 is another one that is free.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

from appliance import REPOSITORY, binary, free_port

README = REPOSITORY / "README.md"


@dataclass
class Block:
    line: int
    language: str
    text: str
    mark: str
    value: str


def blocks(text: str) -> list[Block]:
    """Every fenced block, with the comment that stands before it."""
    found = []
    pattern = re.compile(r"(?:<!-- (file|prints|not run): (.*?) -->\n+)?^```(\w*)\n(.*?)^```$", re.M | re.S)
    for match in pattern.finditer(text):
        mark, value, language, body = match.groups()
        found.append(Block(text.count("\n", 0, match.start(4)) + 1, language, body, mark or "", value or ""))
    assert text.count("\n```") == 2 * len(found), "a fenced block is not closed, or indented"
    return found


def documents(home: Path) -> None:
    """What people have: files in folders, of several kinds."""
    folder = home / "Documents"
    (folder / "office").mkdir(parents=True)
    (folder / "office" / "bookkeeping.md").write_text(textwrap.dedent("""\
        # Bookkeeping

        ## Invoices

        Invoices are kept for ten years, counted from the end of the year they were written in.

        ## Travel

        Receipts of a journey are handed in within a month.
        """))
    (folder / "office" / "opening-hours.txt").write_text("The bakery opens at six. On Mondays it stays closed.\n")
    (folder / "holiday.html").write_text("<html><head><title>Holiday</title></head><body><h1>Holiday</h1><p>The cottage has no heating before June.</p></body></html>")
    (folder / "stock.csv").write_text("article,shelf\nflour,3\nyeast,1\n")


class Run:
    """One reading of the README in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.work = folder / "carrel"
        self.home.mkdir()
        self.work.mkdir()
        documents(self.home)
        (self.work / "carrel").symlink_to(binary())
        self.port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARREL_") or name == "CARREL_MODEL"}
        return kept | {"HOME": str(self.home), "CARREL_LISTEN": f"127.0.0.1:{self.port}", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def _ported(self, text: str) -> str:
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")

    def write_files(self, all_blocks: list[Block]) -> None:
        for block in all_blocks:
            if block.mark == "file":
                (self.work / block.value).write_text(self._ported(block.text))

    def shell(self, all_blocks: list[Block]) -> str:
        """The script of all shell blocks; each line is named before it runs, so that a failure says where."""
        lines = [
            "set -e", "exec 2>&1", f"cd {shlex.quote(str(self.work))}",
            f"make() {{ command make -C {shlex.quote(str(REPOSITORY))} \"$@\" </dev/null; }}",
            "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT",
        ]
        for block in all_blocks:
            if block.language != "sh" or block.mark:
                continue
            joined = self._ported(block.text).replace("\\\n", " ")
            for number, line in enumerate(joined.splitlines(), block.line):
                if not line.strip() or line.lstrip().startswith("#"):
                    continue
                lines.append(f"echo {shlex.quote(f'@ README.md:{number}: {line}')}")
                if re.match(r"\s*\./carrel serve\b", line):
                    lines.append(f"{line.split('#')[0].strip()} >serve.log 2>&1 &")
                    lines.append(
                        f"for _ in $(seq 200); do (exec 3<>/dev/tcp/127.0.0.1/{self.port}) 2>/dev/null && break; sleep 0.1; done; "
                        f"(exec 3<>/dev/tcp/127.0.0.1/{self.port}) || {{ cat serve.log; exit 1; }}")
                else:
                    lines.append(line)
        return "\n".join(lines) + "\necho @ done\n"

    def run(self, script: str, timeout: float = 900) -> str:
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=timeout)
        assert done.returncode == 0 and done.stdout.endswith("@ done\n"), done.stdout[-4000:]
        return done.stdout

    def printed(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout


def is_like(shown: str, printed: str) -> bool:
    """Whether `printed` is what was shown, with anything in the place of each …"""
    pattern = "".join(".+" if piece == "…" else re.escape(piece) for piece in re.split("(…)", shown.strip()))
    return re.fullmatch(pattern, printed.strip()) is not None
