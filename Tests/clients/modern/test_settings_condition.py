"""Settings under a condition: of what two people change at once nothing is lost, and nothing is set that was not measured."""

import os
import socket
import threading

import pytest

from appliance import refused
from test_evaluate import command, judged, settings  # noqa: F401

PATH = "/v1/collections/{}/settings"


class Between:
    """Stands between commands and the server's socket, and does something when a request goes by."""

    def __init__(self, appliance, mark, deed):
        self.place = appliance.data / "run" / "carrel.sock"
        self.real = self.place.with_name("real.sock")
        self.mark, self.deed, self.seen = mark, deed, 0

    def __enter__(self):
        os.rename(self.place, self.real)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.place))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.listener.close()
        os.rename(self.real, self.place)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.real))
            threading.Thread(target=self.pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()

    def pump(self, source, target, is_request):
        try:
            while piece := source.recv(65_536):
                if is_request and self.mark in piece:
                    self.seen += 1
                    self.deed(self.seen)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.fixture(scope="module")
def desk(box):
    def put(name, members, **headers):
        headers = {field.replace("_", "-"): value for field, value in headers.items()}
        return box.appliance.call("PUT", PATH.format(name), members, box.alder, headers)

    def shown(name):
        return box.appliance.call("GET", PATH.format(name), token=box.alder)

    return box, put, shown


def test_a_tag_names_the_settings_and_nothing_else(desk):
    box, put, shown = desk
    box.appliance.put(box.alder, [{"id": "a", "text": "owl"}], "tagged")
    first = shown("tagged")
    tag = first.headers["ETag"]
    assert tag == first.json["etag"] and tag.startswith('"') and tag == shown("tagged").headers["ETag"]
    # Documents and spaces are no settings.
    box.appliance.put(box.alder, [{"id": "b", "text": "bat"}], "tagged")
    made = box.appliance.call("PUT", "/v1/collections/tagged/spaces/sky", {"dimension": 2}, box.alder)
    assert made.status in (200, 201), made.text
    assert shown("tagged").headers["ETag"] == tag
    changed = put("tagged", {"k1": 0.9})
    assert changed.headers["ETag"] == changed.json["etag"] != tag
    assert shown("tagged").headers["ETag"] == changed.headers["ETag"]
    # What is as it was is called as it was; the same of another collection is not.
    assert put("tagged", first.json["settings"]).headers["ETag"] == tag
    box.appliance.put(box.alder, [{"id": "a", "text": "owl"}], "tagged-too")
    assert shown("tagged-too").json["settings"] == first.json["settings"] and shown("tagged-too").headers["ETag"] != tag


def test_a_change_is_made_only_of_what_was_seen(desk):
    box, put, shown = desk
    box.appliance.put(box.alder, [{"id": "a", "text": "owl"}], "seen")
    tag = shown("seen").headers["ETag"]
    kept = put("seen", {"k1": 0.8}, If_Match=tag)
    assert kept.status == 200 and kept.json["settings"]["k1"] == 0.8
    refused(put("seen", {"k1": 0.7}, If_Match=tag), 412, "precondition_failed", "seen", "get them again")
    refused(put("seen", {"k1": 0.7}, If_Match="W/" + kept.headers["ETag"]), 412, "precondition_failed")
    refused(put("seen", {"k1": 0.7}, If_Match="k1"), 400, "invalid_argument", "If-Match")
    assert shown("seen").json["settings"]["k1"] == 0.8
    assert put("seen", {"k1": 0.7}, If_Match=f'{tag}, {kept.headers["ETag"]}').json["settings"]["k1"] == 0.7
    assert put("seen", {"k1": 0.6}, If_Match="*").status == 200
    assert put("seen", {"k1": 0.5}).status == 200
    refused(put("nowhere", {"k1": 0.5}, If_Match="*"), 404, "unknown_collection")


def test_of_many_with_one_tag_one_gets_through(desk):
    box, put, shown = desk
    box.appliance.put(box.alder, [{"id": "a", "text": "owl"}], "race")
    for _ in range(5):
        tag = shown("race").headers["ETag"]
        start, answers = threading.Barrier(6), []

        def change(number):
            start.wait(10)
            answers.append((put("race", {"k1": number / 10, "b": os.getpid() % 7 / 10}, If_Match=tag), number))

        before = shown("race").json["settings"]["k1"]
        numbers = [n for n in range(1, 10) if n / 10 != before][:6]
        threads = [threading.Thread(target=change, args=(number,)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        won = [number for answer, number in answers if answer.status == 200]
        assert sorted(answer.status for answer, _ in answers) == [200] + [412] * 5
        assert shown("race").json["settings"]["k1"] == won[0] / 10


def test_a_command_keeps_what_another_sets_at_the_same_moment(desk):
    box, put, shown = desk
    box.appliance.put(box.alder, [{"id": "a", "text": "owl"}], "both")
    mark = b"PUT /v1/collections/both/settings"
    words = ("collection", "settings", "both", "--tenant", "alder", "--set", "k1=0.9")

    def once(time):
        if time == 1:
            assert put("both", shown("both").json["settings"] | {"b": 0.4}).status == 200

    with Between(box.appliance, mark, once) as between:
        box.appliance.run(*words)
    kept = shown("both").json["settings"]
    assert (kept["k1"], kept["b"]) == (0.9, 0.4) and between.seen == 2
    # Who is always slower says so, and takes nothing back.
    with Between(box.appliance, mark, lambda time: put("both", kept | {"b": 0.4 + time / 100})) as between:
        said = box.appliance.run(*words[:-1], "k1=0.5", code=1).stderr
    assert "precondition" in said or "get them again" in said
    assert between.seen == 5 and shown("both").json["settings"] == kept | {"b": 0.45}


def test_what_was_changed_while_it_was_measured_is_not_set(judged, tmp_path):
    box, _ = judged
    if not box.appliance.has_model:
        pytest.skip("without vectors every fusion ranks alike")
    before = settings(box)
    words = tmp_path / "words.json"
    words.write_text('{"bm25_weight": 1, "vector_weight": 0.01}')
    path = PATH.format("graded")

    def change(time):
        answer = box.appliance.call("PUT", path, before | {"k1": 0.9}, box.alder)
        assert answer.status == 200, answer.text

    try:
        with Between(box.appliance, b":evaluate", change) as between:
            done = command(box, "--apply", "--compare", f"words={words}", code=1)
        assert between.seen >= 1
        assert "nothing was set" in done.stderr and "changed while" in done.stderr
        assert settings(box) == before | {"k1": 0.9}
        # Undisturbed it is set, and what the other set stays.
        command(box, "--apply", "--compare", f"words={words}")
        assert settings(box) == before | {"k1": 0.9, "bm25_weight": 1, "vector_weight": 0.01}
    finally:
        box.appliance.call("PUT", path, before, box.alder)
