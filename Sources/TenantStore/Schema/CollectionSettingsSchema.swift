/// What a collection's owner has set about its keyword index; a collection without a row has the defaults.
enum CollectionSettingsSchema {
    /// `indexed` differs from `wanted` while the index is made anew.
    static let step =
        """
        CREATE TABLE collection_settings (
            collection INTEGER PRIMARY KEY REFERENCES collection (id) ON DELETE CASCADE,
            wanted TEXT NOT NULL,
            indexed TEXT NOT NULL
        ) STRICT;
        """
}
