/// The table of metadata fields: the type of each, as it was declared or as its first value had it.
enum ColumnSchema {
    static let step =
        """
        CREATE TABLE collection_field (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            is_declared INTEGER NOT NULL CHECK (is_declared IN (0, 1)),
            PRIMARY KEY (collection, name)
        ) STRICT, WITHOUT ROWID;
        """
}
