"""Servers for the tests: one per module with two tenants, and fresh ones on demand."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import corpus
from appliance import Appliance, binary


def pytest_configure(config):
    if not binary().exists():
        raise pytest.UsageError(f"{binary()} is not there; build it with `make`, or set CARREL_BIN")


@dataclass
class Box:
    """A running server with the tenants alder and birch, and a token of each that may search and write."""

    appliance: Appliance
    alder: str
    birch: str


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    appliance = Appliance(tmp_path_factory.mktemp("box") / "data")
    for name in ("alder", "birch"):
        appliance.tenant(name)
    # Many tests here send bad credentials from one address; the limiter of those has a test of its own.
    appliance.start("--auth-refusals-per-minute", "0")
    try:
        tokens = {name: appliance.token(name) for name in ("alder", "birch")}
        appliance.put(tokens["alder"], corpus.ALDER, "notes")
        appliance.put(tokens["birch"], corpus.BIRCH, "notes")
        for token in tokens.values():
            appliance.settle(token)
        yield Box(appliance, **tokens)
    finally:
        appliance.stop()


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory):
    """The file of a signing key. To find the primes of one takes longer than most commands, and there are hundreds of folders."""
    appliance = Appliance(tmp_path_factory.mktemp("key") / "data")
    appliance.operator()
    [file] = (appliance.data / "signing-keys").glob("*.pem")
    return file


@pytest.fixture
def passable_folder():
    """A folder that other users may pass through. Those of `tmp_path` are closed to them whenever another run of pytest begins."""
    with tempfile.TemporaryDirectory(prefix="carrel-test-") as name:
        os.chmod(name, 0o711)
        yield Path(name)


@pytest.fixture
def fresh(tmp_path, signing_key):
    """Makes data folders of its own for a test; what still runs on them is killed at its end.

    Each is a box of its own with the one signing key, unless `empty` asks for a folder that is not there yet.
    """
    made: list[Appliance] = []

    def make(name: str = "data", empty: bool = False, **environment: str) -> Appliance:
        appliance = Appliance(tmp_path / name, environment=environment)
        if not empty:
            keys = appliance.data / "signing-keys"
            if not keys.exists():
                keys.mkdir(parents=True, mode=0o700)
                appliance.data.chmod(0o700)
                shutil.copy2(signing_key, keys)
        made.append(appliance)
        return appliance

    yield make
    for appliance in made:
        appliance.kill()
