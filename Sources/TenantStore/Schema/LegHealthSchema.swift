/// What the last probe of each ranking of a collection found, and what somebody decided about it by hand.
enum LegHealthSchema {
    /// `space` is a vector space's name, empty for keywords; `next_passage` is the collection's when it was probed, so that
    /// what was loaded since can be told.
    static let step =
        """
        CREATE TABLE leg_health (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            leg TEXT NOT NULL CHECK (leg IN ('bm25', 'vector')),
            space TEXT NOT NULL,
            rule TEXT NOT NULL CHECK (rule IN ('auto', 'on', 'off')),
            probed INTEGER NOT NULL CHECK (probed >= 0),
            found INTEGER NOT NULL CHECK (found BETWEEN 0 AND probed),
            probed_at INTEGER NOT NULL,
            next_passage INTEGER NOT NULL CHECK (next_passage >= 0),
            PRIMARY KEY (collection, leg, space)
        ) STRICT, WITHOUT ROWID;
        """
}
