"""`carrel keys`: rotated and retired under a running server."""

from __future__ import annotations

import json

from appliance import eventually


def listed(appliance) -> list[dict]:
    return json.loads(appliance.run("keys", "list", "--json").stdout)["keys"]


def test_a_rotation_and_a_retirement_act_on_a_running_server(fresh):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("acme")
    old = appliance.token("acme")
    appliance.start()
    works = lambda token: appliance.call("GET", "/v1/collections", token=token).status
    assert works(old) == 200
    first = [key for key in listed(appliance) if key["of"] == "token"]
    assert [key["state"] for key in first] == ["signing"]
    kid = appliance.run("keys", "rotate").stdout.strip()
    assert [(key["kid"], key["state"]) for key in listed(appliance) if key["of"] == "token"] == [
        (kid, "signing"), (first[0]["kid"], "verifying")]
    new = appliance.token("acme")
    assert works(old) == works(new) == 200
    assert {kid, first[0]["kid"]} <= {key["kid"] for key in appliance.call("GET", "/.well-known/jwks.json").json["keys"]}
    # One key in 64 begins with a dash.
    appliance.run("keys", "retire", "--", first[0]["kid"])
    eventually(lambda: works(old) == 401)
    assert works(new) == 200
    assert "only key" in appliance.run("keys", "retire", "--", kid, code=1).stderr
    assert "no such key" in appliance.run("keys", "retire", "--", "-absent", code=1).stderr
    assert "write -- before it" in appliance.run("keys", "retire", "-absent", code=2).stderr
    assert [key["state"] for key in listed(appliance) if key["of"] == "token"] == ["signing", "retired"]


def test_a_new_card_key_signs_from_the_next_start(fresh):
    appliance = fresh(CARREL_MODEL="/nonexistent")
    appliance.tenant("acme")
    before = [key["kid"] for key in listed(appliance) if key["of"] == "card"]
    appliance.start()
    made = json.loads(appliance.run("keys", "rotate", "--card", "--json").stdout)["kid"]
    assert [(key["kid"], key["state"]) for key in listed(appliance) if key["of"] == "card"] == [
        (made, "signing"), (before[0], "published")]
    published = lambda: [key["kid"] for key in appliance.call("GET", "/.well-known/jwks.json").json["keys"]]
    assert made not in published()
    appliance.stop()
    appliance.start()
    assert {made, before[0]} <= set(published())
