/// The metadata fields of each collection.
struct CollectionFields {
    let connection: Connection

    func save(_ field: FieldRecord, in collection: UInt32) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO collection_field VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET type = ?3, is_declared = ?4
            """, .int(collection), .text(field.name), .text(field.type), .int(field.isDeclared ? 1 : 0))
    }

    func all(in collection: UInt32) throws(StoreError) -> [FieldRecord] {
        try connection.all(
            "SELECT name, type, is_declared FROM collection_field WHERE collection = ? ORDER BY name",
            .int(collection)
        ) { FieldRecord(name: $0.text(0), type: $0.text(1), isDeclared: $0.integer(2) != 0) }
    }
}
