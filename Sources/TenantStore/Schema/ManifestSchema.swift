/// The tables of index files: which there are, and how far they go.
enum ManifestSchema {
    /// `space` is the number of a vector space, 0 for an engine that has none.
    static let step =
        """
        CREATE TABLE manifest (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            engine TEXT NOT NULL,
            space INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            next_passage INTEGER NOT NULL,
            settings INTEGER NOT NULL,
            PRIMARY KEY (collection, engine, space)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE manifest_file (
            collection INTEGER NOT NULL,
            engine TEXT NOT NULL,
            space INTEGER NOT NULL,
            name TEXT NOT NULL,
            byte_count INTEGER NOT NULL CHECK (byte_count > 0),
            passage_count INTEGER NOT NULL CHECK (passage_count > 0),
            first_passage INTEGER NOT NULL,
            last_passage INTEGER NOT NULL CHECK (last_passage >= first_passage),
            PRIMARY KEY (collection, engine, space, name),
            FOREIGN KEY (collection, engine, space) REFERENCES manifest (collection, engine, space) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        """
}
