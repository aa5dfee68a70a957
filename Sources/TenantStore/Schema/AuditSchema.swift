/// The audit table, the same in both kinds of files.
enum AuditSchema {
    /// Rows can only be added, each with the next number and the hash of the row before it.
    ///
    /// The check on insertion also closes the way round by INSERT OR REPLACE, which fires no trigger for the row it
    /// deletes.
    static let version1 =
        """
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            request_id TEXT NOT NULL,
            user TEXT NOT NULL,
            credential_id TEXT NOT NULL,
            operation TEXT NOT NULL,
            target TEXT NOT NULL,
            outcome TEXT NOT NULL,
            query_hash BLOB NOT NULL,
            prev_hash BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_insert BEFORE INSERT ON audit
        WHEN NEW.id IS NOT (SELECT ifnull(max(id), 0) + 1 FROM audit)
            OR (NEW.id > 1 AND NEW.prev_hash IS NOT (SELECT hash FROM audit WHERE id = NEW.id - 1))
        BEGIN SELECT RAISE(ABORT, 'audit rows are appended one after the other'); END;
        CREATE TRIGGER audit_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
        CREATE TRIGGER audit_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
        """
}
