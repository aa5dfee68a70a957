"""Push to names that lead where nothing may be sent, by a resolver of the test's own."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import struct
import subprocess
import threading

import pytest
from appliance import Appliance, binary, eventually
from test_push import Receiver, send

RESOLVER = "127.0.0.153"
#: What each name leads to; the last answer stays.
NAMES = {
    "good.test": ["127.0.0.1"],
    "loop.test": ["127.0.0.1"],
    "loop6.test": ["::1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "link.test": ["169.254.169.254"],
    "both.test": ["203.0.113.7 127.0.0.1"],
    # A good address for whoever checks, a bad one for whoever asks once more to connect.
    "flip.test": ["203.0.113.7", "127.0.0.1"],
}


class Resolver(threading.Thread):
    """Answers A and AAAA from the table; everything else has no address."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((RESOLVER, 53))
        self.asked: dict[tuple[str, int], int] = {}

    def run(self):
        while True:
            try:
                query, sender = self.socket.recvfrom(512)
            except OSError:
                return
            self.socket.sendto(self.answer(query), sender)

    def answer(self, query: bytes) -> bytes:
        labels, place = [], 12
        while length := query[place]:
            labels.append(query[place + 1:place + 1 + length].decode())
            place += 1 + length
        kind, = struct.unpack("!H", query[place + 1:place + 3])
        name = ".".join(labels).lower()
        count = self.asked[name, kind] = self.asked.get((name, kind), 0) + 1
        table = NAMES.get(name, [""])
        addresses = [ipaddress.ip_address(text) for text in table[min(count, len(table)) - 1].split()]
        found = [each.packed for each in addresses if kind == {4: 1, 6: 28}[each.version]]
        head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        return head + query[12:place + 5] + b"".join(
            struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(packed)) + packed for packed in found)


@pytest.fixture
def resolver():
    if os.geteuid() != 0:
        pytest.skip("needs root, to listen on the port of DNS")
    try:
        resolver = Resolver()
    except OSError as error:
        pytest.skip(f"no resolver here: {error}")
    resolver.start()
    yield resolver
    resolver.socket.close()


@pytest.fixture
def box(tmp_path, monkeypatch, resolver):
    """A server that asks the test's resolver and nobody else."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("needs leave to make a mount namespace")
    (tmp_path / "resolv.conf").write_text(f"nameserver {RESOLVER}\noptions timeout:2 attempts:1\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n")
    wrapper = tmp_path / "carrel"
    wrapper.write_text(
        f"#!/bin/sh\nexec unshare --mount sh -c 'mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && "
        f"mount --bind {tmp_path}/nsswitch.conf /etc/nsswitch.conf && exec \"$@\"' sh {binary()} \"$@\"\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("CARREL_BIN", str(wrapper))
    box = Appliance(tmp_path / "data", environment={"CARREL_MODEL": "/nonexistent"})
    box.tenant("acme")
    yield box
    box.stop()


def test_a_listed_name_leads_to_nothing_of_this_machine(box, resolver):
    hidden, good = Receiver(), Receiver()
    try:
        token = box.token("acme")
        bad = [name for name in NAMES if name != "good.test"]
        lists = [word for name in bad for word in ("--push-allow", f"{name}:{hidden.port}")]
        box.start(*lists, "--push-allow", f"good.test:{good.port}", "--push-allow", f"127.0.0.1:{good.port}")
        for name in bad:
            assert send(box, token, {"url": f"http://{name}:{hidden.port}/"}).status == 200, name
        # The address behind this name is listed as an address: so the resolver answers, and delivery works.
        send(box, token, {"url": f"http://good.test:{good.port}/"})
        eventually(lambda: good.states and good.states[-1] == "COMPLETED", seconds=20)
        log = lambda event, name: [line for line in box.log.read_text().splitlines() if event in line and f'"{name}"' in line]
        # The address that nobody has may take the ten seconds of a delivery.
        eventually(lambda: all(log("push receiver left alone", name) for name in bad), seconds=40)
        assert hidden.calls == []
        tries = log("push not delivered", "flip.test")
        assert all("127.0.0.1" in line and "push.allow" in line for line in tries[1:]) and "push.allow" not in tries[0]
        assert resolver.asked["flip.test", 1] == len(tries), "each try is checked and connected by one answer"
    finally:
        for each in (hidden, good):
            each.shutdown()
            each.server_close()
