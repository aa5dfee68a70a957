/// The tables of judgments: questions that were asked of a collection, and which documents answer them.
enum JudgmentSchema {
    /// A document need not be there: it may go and come again.
    static let step =
        """
        CREATE TABLE judged_query (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            id TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (collection, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE judgment (
            collection INTEGER NOT NULL,
            query TEXT NOT NULL,
            document TEXT NOT NULL,
            grade INTEGER NOT NULL,
            user TEXT NOT NULL,
            judged_at INTEGER NOT NULL,
            PRIMARY KEY (collection, query, document),
            FOREIGN KEY (collection, query) REFERENCES judged_query (collection, id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        """
}
