"""Usage and audit, as they lie in the files after a clean stop."""

import sqlite3

import pytest


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    from appliance import Appliance
    appliance = Appliance(tmp_path_factory.mktemp("records") / "data")
    appliance.tenant("acme")
    appliance.start()
    token = appliance.token("acme", user="auditee")
    appliance.put(token, [{"id": "a", "text": "wheatear"}])
    for _ in range(3):
        appliance.search(token, "wheatear confidentialquestion", mode="bm25")
    appliance.call("GET", "/v1/documents/missing", token=token)
    appliance.call("POST", "/v1/documents", {"text": "x"}, appliance.token("acme", scope="search"))
    appliance.call("DELETE", "/v1/documents/a", token=token)
    appliance.tool("hybrid_search", {"query": "wheatear"}, token)
    assert appliance.stop() == 0
    return appliance


@pytest.fixture
def tenant(stopped):
    database = sqlite3.connect(stopped.data / "tenants/acme/tenant.sqlite")
    database.row_factory = sqlite3.Row
    yield database
    database.close()


def test_every_call_is_audited(tenant):
    rows = tenant.execute("SELECT * FROM audit ORDER BY id").fetchall()
    operations = [row["operation"] for row in rows]
    for operation in ("rest.documents.add", "rest.search", "rest.documents.get", "rest.documents.delete", "hybrid_search"):
        assert operation in operations
    assert operations.count("rest.search") == 3
    assert all(row["request_id"] and row["time"] > 0 for row in rows)
    assert {row["user"] for row in rows} >= {"auditee"}
    # The refused write is told as what it was.
    assert any(row["operation"] == "rest.documents.add" and "ok" not in row["outcome"].lower() and row["outcome"] not in ("200", "201") for row in rows)


def test_the_chain_holds(tenant):
    rows = tenant.execute("SELECT * FROM audit ORDER BY id").fetchall()
    assert [row["id"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(len(row["hash"]) == 32 for row in rows) and len({row["hash"] for row in rows}) == len(rows)
    assert all(later["prev_hash"] == earlier["hash"] for earlier, later in zip(rows, rows[1:]))


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET user = 'nobody' WHERE id = 1", "DELETE FROM audit WHERE id = 1",
    "INSERT OR REPLACE INTO audit SELECT 1, time, request_id, 'nobody', credential_id, operation, target, outcome, query_hash, prev_hash, hash FROM audit WHERE id = 1",
])
def test_rows_are_only_appended(tenant, statement):
    with pytest.raises(sqlite3.DatabaseError):
        tenant.execute(statement)


def test_queries_are_kept_as_hashes(stopped):
    """Of a read no word is kept; a deleted document may leave pages of its own behind."""
    tenant = sqlite3.connect(stopped.data / "tenants/acme/tenant.sqlite")
    rows = tenant.execute("SELECT * FROM audit").fetchall() + tenant.execute("SELECT * FROM usage").fetchall()
    tenant.close()
    assert not any("confidentialquestion" in str(value) for row in rows for value in row)
    assert "confidentialquestion" not in stopped.log.read_text()


def test_usage_is_counted(tenant):
    rows = tenant.execute("SELECT * FROM usage").fetchall()
    assert sum(row["operation"] == "rest.search" for row in rows) == 3
    assert all(row["duration_us"] >= 0 and row["user"] for row in rows)


def test_settings_of_the_file(stopped):
    for path in ("tenants/acme/tenant.sqlite", "appliance.sqlite"):
        database = sqlite3.connect(stopped.data / path)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        database.close()
