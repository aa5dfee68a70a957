import IndexCore

/// The set of live passages of each collection, a row per chunk that is not empty.
struct LiveChunks {
    let connection: Connection

    func save(_ bytes: [UInt8], index: UInt32, in collection: UInt32) throws(StoreError) {
        if bytes.allSatisfy({ $0 == 0 }) {
            try connection.run(
                "DELETE FROM live_chunk WHERE collection = ? AND chunk = ?", .int(collection), .int(index))
        } else {
            try connection.run(
                "INSERT INTO live_chunk VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET bits = ?3",
                .int(collection), .int(index), .blob(bytes))
        }
    }

    func all(in collection: UInt32) throws(StoreError) -> [LiveChunk] {
        try connection.all(
            "SELECT chunk, bits FROM live_chunk WHERE collection = ? ORDER BY chunk", .int(collection)
        ) { row throws(StoreError) in LiveChunk(index: try row.uint32(0), bytes: row.blob(1)) }
    }
}
