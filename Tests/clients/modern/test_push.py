"""Push notifications: to listed targets alone, in order, with what the receiver asked for."""

from __future__ import annotations

import http.server
import json
import threading
import uuid

import pytest
from appliance import Appliance, eventually, free_port

V1 = {"A2A-Version": "1.0"}
SECRET = "hunter2-very-secret"


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent; answers with the statuses given, then with 200."""

    daemon_threads = True

    def __init__(self, statuses=(), location=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses, self.location = list(statuses), location
        self.calls: list[tuple[str, dict, dict]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    @property
    def states(self) -> list[str]:
        found = []
        for _, _, body in self.calls:
            event = body.get("statusUpdate") or body.get("task")
            if event:
                found.append(event["status"]["state"].removeprefix("TASK_STATE_"))
        return found


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receivers():
    made = []

    def make(*arguments, **options):
        made.append(Receiver(*arguments, **options))
        return made[-1]

    yield make
    for each in made:
        each.shutdown()
        each.server_close()


@pytest.fixture
def box(tmp_path):
    box = Appliance(tmp_path / "data")
    box.tenant("acme")
    yield box
    box.stop()


def send(box, token, push=None, text="anything"):
    configuration = {"taskPushNotificationConfig": push} if push else {}
    message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [{"text": text}]}
    return box.call(
        "POST", "/a2a/rest/message:send", {"message": message, "configuration": configuration}, token, V1)


def test_a_receiver_is_told_everything_in_order_with_its_credentials(box, receivers):
    receiver = receivers()
    token = box.token("acme")
    box.start("--push-allow", f"127.0.0.1:{receiver.port}")
    push = {"url": receiver.url, "token": "tok-1", "authentication": {"scheme": "Bearer", "credentials": SECRET}}
    task = send(box, token, push).json["task"]
    assert task["status"]["state"] == "TASK_STATE_COMPLETED"
    eventually(lambda: receiver.states and receiver.states[-1] == "COMPLETED")
    assert receiver.states[0] == "SUBMITTED" and set(receiver.states[1:-1]) == {"WORKING"}
    path, headers, _ = receiver.calls[0]
    assert path == "/hook?x=1"
    assert headers["Content-Type"] == "application/a2a+json" and headers["A2A-Version"] == "1.0"
    assert headers["Authorization"] == f"Bearer {SECRET}" and headers["X-A2A-Notification-Token"] == "tok-1"
    # What was not acknowledged in time comes again.
    names = list(dict.fromkeys(body["artifactUpdate"]["artifact"]["name"] for _, _, body in receiver.calls if "artifactUpdate" in body))
    assert names == [each["name"] for each in task["artifacts"]]

    listed = box.call("GET", f"/a2a/rest/tasks/{task['id']}/pushNotificationConfigs", None, token, V1)
    assert len(listed.json["configs"]) == 1 and SECRET not in listed.text
    for file in (box.data / "tenants" / "acme").iterdir():
        assert SECRET.encode() not in file.read_bytes(), f"in the clear in {file.name}"
    assert SECRET not in box.log.read_text()


def test_a_failing_receiver_is_tried_again_and_misses_nothing(box, receivers):
    receiver = receivers(statuses=[500])
    token = box.token("acme")
    box.start("--push-allow", f"127.0.0.1:{receiver.port}")
    send(box, token, {"url": receiver.url})
    eventually(lambda: receiver.states and receiver.states[-1] == "COMPLETED", seconds=20)
    assert receiver.calls[0][2] == receiver.calls[1][2], "the refused one came again, before all others"
    assert receiver.states.count("COMPLETED") == 1


def test_what_is_not_listed_is_not_called_and_redirects_are_not_followed(box, receivers):
    hidden = receivers()
    listed = receivers(statuses=[302] * 100, location=hidden.url)
    marker = receivers()
    token = box.token("acme")
    box.start("--push-allow", f"127.0.0.1:{listed.port}", "--push-allow", f"127.0.0.1:{marker.port}")
    for host in ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "0.0.0.0"]:
        assert send(box, token, {"url": f"http://{host}:{hidden.port}/"}).status == 200, host
    assert send(box, token, {"url": listed.url}).status == 200
    send(box, token, {"url": marker.url})
    eventually(lambda: listed.calls and marker.states and marker.states[-1] == "COMPLETED")
    eventually(lambda: box.log.read_text().count("is not in push.allow") >= 7)
    assert hidden.calls == []


def test_urls_that_hide_something_are_refused(box):
    token = box.token("acme")
    box.start("--push-allow", "127.0.0.1:9")
    for url in ["ftp://a/", "http://u:p@a/", "http://a\\@b/", "http:///x", "file:///etc/passwd", "http://a b/", "gopher://a/"]:
        answer = send(box, token, {"url": url})
        assert answer.status == 400 and "url" in answer.text, url
    for field in [{"token": "a\r\nX: y"}, {"authentication": {"scheme": "Bearer", "credentials": "a\nb"}}]:
        assert send(box, token, {"url": "http://a/"} | field).status == 400, field


def test_without_a_list_push_is_off(box):
    token = box.token("acme")
    box.start()
    task = send(box, token).json["task"]["id"]
    answer = send(box, token, {"url": "http://127.0.0.1:9/"})
    assert answer.status == 400 and "PUSH_NOTIFICATION_NOT_SUPPORTED" in answer.text
    answer = box.call("GET", f"/a2a/rest/tasks/{task}/pushNotificationConfigs", None, token, V1)
    assert "PUSH_NOTIFICATION_NOT_SUPPORTED" in answer.text
    card = box.call("GET", "/.well-known/agent-card.json").json
    assert card["capabilities"]["pushNotifications"] is False


def test_what_is_due_is_delivered_after_a_kill(box, receivers):
    port = free_port()
    token = box.token("acme")
    box.start("--push-allow", f"127.0.0.1:{port}")
    # Nobody listens: the first tries fail.
    send(box, token, {"url": f"http://127.0.0.1:{port}/"})
    box.kill()
    receiver = Receiver.__new__(Receiver)
    http.server.ThreadingHTTPServer.__init__(receiver, ("127.0.0.1", port), Handler)
    receiver.statuses, receiver.location, receiver.calls = [], None, []
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        box.start("--push-allow", f"127.0.0.1:{port}")
        eventually(lambda: receiver.states and receiver.states[-1] == "COMPLETED", seconds=20)
        assert receiver.states[0] == "SUBMITTED"
    finally:
        receiver.shutdown()
        receiver.server_close()
