/// The tables of `tenant.sqlite`.
package enum TenantSchema {
    /// "CrlT".
    package static let migrations = Migrations(
        applicationID: 0x4372_6C54,
        steps: [
            version1, version2, UploadSchema.step, TaskSchema.step, CollectionSettingsSchema.step, ColumnSchema.step,
            ManifestSchema.step, vectorArrival, JudgmentSchema.step, LegHealthSchema.step,
        ])

    /// Where a passage stands in its document; rows from before have neither.
    private static let version2 =
        """
        ALTER TABLE passage ADD COLUMN page INTEGER CHECK (page > 0);
        ALTER TABLE passage ADD COLUMN heading TEXT;
        """

    /// Vectors of a collection and space by the change they arrived with: what index files do not hold yet is found without a
    /// look at the others, and so are the passages that have one, without reading a vector.
    private static let vectorArrival = "CREATE INDEX vector_arrival ON vector (key >> 32, sequence);"

    /// Passages and vectors have no foreign keys: they are found by ranges of keys, and a reference would cost an index
    /// as large as the table's own tree to check what ``Documents`` does in the same transaction.
    private static let version1 =
        """
        CREATE TABLE counter (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('sequence', 0);

        CREATE TABLE collection (
            id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 16777215),
            name TEXT NOT NULL UNIQUE,
            passage_mode TEXT NOT NULL,
            title_weight INTEGER NOT NULL,
            next_passage INTEGER NOT NULL DEFAULT 0,
            document_count INTEGER NOT NULL DEFAULT 0 CHECK (document_count >= 0),
            passage_count INTEGER NOT NULL DEFAULT 0 CHECK (passage_count >= 0)
        ) STRICT;

        -- key = collection << 32 | first passage id
        CREATE TABLE document (
            key INTEGER PRIMARY KEY,
            collection INTEGER NOT NULL REFERENCES collection (id),
            id TEXT NOT NULL,
            passage_count INTEGER NOT NULL CHECK (passage_count > 0),
            sequence INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
            title TEXT NOT NULL,
            metadata BLOB NOT NULL,
            UNIQUE (collection, id)
        ) STRICT;

        -- key = collection << 32 | passage id; the document's key is key - position
        CREATE TABLE passage (
            key INTEGER PRIMARY KEY,
            position INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            scalar_start INTEGER NOT NULL,
            scalar_end INTEGER NOT NULL,
            text_hash BLOB NOT NULL CHECK (length(text_hash) = 16),
            text TEXT NOT NULL
        ) STRICT;

        CREATE TABLE live_chunk (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            chunk INTEGER NOT NULL,
            bits BLOB NOT NULL CHECK (length(bits) = 512),
            PRIMARY KEY (collection, chunk)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE vector_space (
            id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 127),
            name TEXT NOT NULL UNIQUE,
            dimension INTEGER NOT NULL CHECK (dimension > 0)
        ) STRICT;

        -- key = space << 56 | collection << 32 | passage id; data is Float32, little-endian
        CREATE TABLE vector (
            key INTEGER PRIMARY KEY,
            position INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            data BLOB NOT NULL
        ) STRICT;

        -- Keyed as vector.
        CREATE TABLE embedding_failure (
            key INTEGER PRIMARY KEY,
            attempts INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;

        -- Every live passage with an id below complete_before has a vector or is parked.
        CREATE TABLE embedding_progress (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            space INTEGER NOT NULL REFERENCES vector_space (id),
            vectors INTEGER NOT NULL DEFAULT 0 CHECK (vectors >= 0),
            parked INTEGER NOT NULL DEFAULT 0 CHECK (parked >= 0),
            complete_before INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (collection, space)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE usage (
            id INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            request_id TEXT NOT NULL,
            user TEXT NOT NULL,
            operation TEXT NOT NULL,
            status TEXT NOT NULL,
            duration_us INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            cost_micros INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX usage_time ON usage (time);

        \(AuditSchema.version1)
        """
}
