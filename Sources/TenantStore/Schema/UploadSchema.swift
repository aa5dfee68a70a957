/// The table of bulk uploads: how far each has come, written in the transactions of its documents.
enum UploadSchema {
    static let step =
        """
        CREATE TABLE upload (
            user TEXT NOT NULL,
            name TEXT NOT NULL,
            run INTEGER NOT NULL,
            collection TEXT NOT NULL,
            committed_lines INTEGER NOT NULL CHECK (committed_lines >= 0),
            is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
            added INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            unchanged INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (user, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX upload_time ON upload (updated_at);
        """
}
