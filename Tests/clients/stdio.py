"""`carrel stdio` as a process with pipes, for tests that look at every line. Standard library only."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading

from appliance import binary


class Bridge:
    """One bridge; what it writes is read by threads, so that nothing blocks."""

    def __init__(self, *options: str, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARREL_")}
        self.process = subprocess.Popen(
            [str(binary()), "stdio", *map(str, options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=kept | environment)
        self.talk = ""
        self._lines: queue.Queue = queue.Queue()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read_out, self._read_talk)]
        for thread in self._threads:
            thread.start()

    def _read_out(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_talk(self) -> None:
        for line in self.process.stderr:
            self.talk += line.decode()

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, **message) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def receive(self, timeout: float = 30):
        """The next message; every line must be one."""
        line = self._lines.get(timeout=timeout)
        assert line is not None, f"the bridge ended: {self.talk}"
        message = json.loads(line)
        assert line.endswith(b"\n") and line.count(b"\n") == 1 and message["jsonrpc"] == "2.0"
        return message

    def is_silent(self, seconds: float) -> bool:
        try:
            self._lines.put(self._lines.get(timeout=seconds))
            return False
        except queue.Empty:
            return True

    def ask(self, id, method: str, timeout: float = 30, **params):
        self.send(id=id, method=method, params=params)
        answer = self.receive(timeout)
        assert answer["id"] == id
        return answer

    def finish(self, timeout: float = 30) -> list:
        """Ends the input; the rest of the messages. The exit code must be 0."""
        self.process.stdin.close()
        assert self.process.wait(timeout) == 0, self.talk
        for thread in self._threads:
            thread.join(timeout)
        rest = []
        while (line := self._lines.get(timeout=timeout)) is not None:
            rest.append(json.loads(line))
        return rest

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except OSError:
                pass
