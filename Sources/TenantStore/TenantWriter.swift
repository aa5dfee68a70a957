public import IndexCore

/// The one writing connection of a tenant's file.
///
/// It belongs to one thread at a time. Every change happens inside ``transaction(_:)``; a committed transaction has
/// reached the disk (`synchronous=FULL`).
public final class TenantWriter {
    /// A text is parked after this many refusals.
    public static let parkingAttempts = 3

    package let connection: Connection
    let log: WriteAheadLog
    private let audit: AuditLog

    /// Counts changes.
    ///
    /// One for each document added, replaced or deleted, each vector that arrives by itself, each collection made or
    /// dropped. Inside a transaction it includes the transaction's own changes.
    public private(set) var sequence: Int64

    /// Opens the file, makes it with mode 0600 if it is missing, and brings its schema up to date.
    ///
    /// An older file is first copied to ``schemaCopyPath(of:version:)``.
    /// - Parameter auditHash: Chains the audit rows.
    /// - Throws: ``StoreError/newerSchema(path:found:known:)``, ``StoreError/cannotOpen(_:)`` and its kin.
    public static func open(_ path: String, auditHash: @escaping AuditHash) throws(StoreError) -> TenantWriter {
        let connection = try Connection(path, role: .writer)
        try TenantSchema.migrations.migrate(connection)
        return try TenantWriter(connection, auditHash)
    }

    private init(_ connection: Connection, _ auditHash: @escaping AuditHash) throws(StoreError) {
        self.connection = connection
        audit = AuditLog(connection: connection, hash: auditHash)
        log = WriteAheadLog(connection)
        sequence = try Counters(connection: connection).value("sequence")
    }

    /// Where the copy of a file is kept that had an older schema.
    public static func schemaCopyPath(of path: String, version: Int) -> String {
        Migrations.copyPath(of: path, version: version)
    }

    /// Runs `body` as one transaction; any error rolls all of it back and is thrown on.
    ///
    /// `body` may catch what a method says about its arguments and go on; after a failure of SQLite itself the
    /// transaction cannot commit. After an error the writer is ready for the next transaction, unless it throws ``StoreError/unusable(_:)`` from
    /// then on. One commit costs one fsync of the log.
    @discardableResult
    public func transaction<T>(_ body: () throws -> T) throws -> T {
        guard !connection.isInTransaction else { throw StoreError.alreadyInTransaction }
        let before = sequence
        var committed = false
        defer { if !committed { sequence = before } }
        let result = try connection.transaction(
            "BEGIN IMMEDIATE",
            beforeCommit: {
                guard sequence != before else { return }
                try Counters(connection: connection).set("sequence", to: sequence)
            }, body)
        committed = true
        return result
    }

    private func requireTransaction() throws(StoreError) {
        guard connection.isInTransaction else { throw .notInTransaction }
    }

    private func nextSequence() -> Int64 {
        sequence += 1
        return sequence
    }

    /// All collections by name.
    public func collections() throws(StoreError) -> [CollectionRecord] {
        try Collections(connection: connection).all()
    }

    /// Makes an empty collection.
    /// - Throws: ``StoreError/alreadyExists(_:)``.
    public func createCollection(
        name: String, passageMode: PassageMode, titleWeight: Int
    ) throws(StoreError) -> CollectionRecord {
        try requireTransaction()
        let record = try Collections(connection: connection)
            .create(name: name, passageMode: passageMode, titleWeight: titleWeight)
        _ = nextSequence()
        return record
    }

    /// Keeps what was set about a collection.
    ///
    /// No change of the data: the sequence stays.
    /// - Throws: ``StoreError/notFound(_:)``.
    public func saveSettings(_ settings: StoredSettings, of collection: UInt32) throws(StoreError) {
        try requireTransaction()
        try Collections(connection: connection).save(settings, of: collection)
    }

    /// Deletes a collection and all its rows; its number is never used again.
    /// - Complexity: O(rows), in one transaction.
    public func dropCollection(_ id: UInt32) throws(StoreError) {
        try requireTransaction()
        let keys = PassageKey.all(of: id)
        for space in try VectorSpaces(connection: connection).spaces(of: id) {
            _ = try Vectors(connection: connection).delete(keys, space: space)
            _ = try EmbeddingFailures(connection: connection).delete(keys, space: space)
        }
        _ = try Passages(connection: connection).delete(keys)
        try Documents(connection: connection).deleteAll(in: id)
        try Collections(connection: connection).drop(id)
        try VectorSpaces(connection: connection).deleteUnused()
        _ = nextSequence()
    }

    /// The current version of a document.
    public func document(_ id: String, in collection: UInt32) throws(StoreError) -> StoredDocument? {
        try Documents(connection: connection).document(id, in: collection)
    }

    /// A stored document's text, byte for byte.
    /// - Throws: ``StoreError/notFound(_:)`` when this version is no longer stored.
    public func documentText(_ document: StoredDocument) throws(StoreError) -> String {
        let (text, passageCount) = try Passages(connection: connection).text(document.passageKeys)
        guard passageCount == document.passageCount else { throw .notFound(.document(document.key)) }
        return text
    }

    /// The vectors of a stored document in one space, Float32 little-endian, by the hash of the text they follow.
    public func vectorsByTextHash(_ document: StoredDocument, space name: String) throws(StoreError)
        -> [[UInt8]: [[UInt8]]]
    {
        guard let space = try VectorSpaces(connection: connection).space(named: name) else { return [:] }
        return try Vectors(connection: connection).byTextHash(document, space: space)
    }

    /// Stores a document under new passage ids and deletes the version it replaces.
    ///
    /// In every space, vectors of the old version go to passages with the same text hash; the n-th of equal passages
    /// gets the n-th of their vectors. A supplied vector goes before an inherited one. Sequence grows by one. Live bits
    /// are the caller's, by ``saveLiveChunks(_:in:)``, as is the next free id, by ``setNextPassage(_:in:)``.
    /// - Parameters:
    ///   - old: The stored version with this id; nil only if there is none.
    ///   - firstPassage: The first of `document.passages.count` ids that were never used.
    /// - Returns: The vectors the new version has by the name of their space, in id order.
    /// - Throws: ``StoreError/notFound(_:)`` when `old` is no longer stored.
    public func replace(
        _ document: NewDocument, old: StoredDocument?, in collection: CollectionRecord, firstPassage: PassageID
    ) throws(StoreError) -> [String: [CopiedVector]] {
        try requireTransaction()
        // All that the caller may have got wrong is found before the first row changes.
        try check(document, old: old, firstPassage: firstPassage, collection: collection.id)
        var arriving = try supplied(document)
        if let old {
            for space in try VectorSpaces(connection: connection).spaces(of: collection.id) {
                let vectors = try Vectors(connection: connection).byTextHash(old, space: space)
                if !vectors.isEmpty { arriving[space.name, default: Arrival(space)].inherit(vectors, by: document) }
            }
            try deleteRows(of: old)
        }
        let sequence = nextSequence()
        try insertRows(of: document, collection: collection.id, firstPassage: firstPassage, sequence: sequence)
        var arrived: [String: [CopiedVector]] = [:]
        for (name, arrival) in arriving.sorted(by: { $0.key < $1.key }) {
            arrived[name] = try store(
                arrival.vectors, space: arrival.space, collection: collection.id, firstPassage: firstPassage,
                sequence: sequence)
        }
        return arrived
    }

    /// Deletes a document's rows and vectors; its live bits are the caller's, by ``saveLiveChunks(_:in:)``.
    /// - Throws: ``StoreError/notFound(_:)`` when this version is no longer stored.
    public func delete(_ document: StoredDocument) throws(StoreError) {
        try requireTransaction()
        try deleteRows(of: document)
        _ = nextSequence()
    }

    /// Counts a change of what searches see that is none of rows counted otherwise, such as a setting.
    public func countChange() throws(StoreError) {
        try requireTransaction()
        _ = nextSequence()
    }

    /// Records the id the collection's next passage gets.
    public func setNextPassage(_ next: UInt32, in collection: UInt32) throws(StoreError) {
        try requireTransaction()
        try Collections(connection: connection).setNextPassage(next, in: collection)
    }

    /// Stores changed chunks of the set of live passages; empty chunks have no row.
    public func saveLiveChunks(_ chunks: [LiveChunk], in collection: UInt32) throws(StoreError) {
        try requireTransaction()
        for chunk in chunks {
            guard chunk.bytes.count == IDSet.chunkBitCount / 8 else {
                throw .misuse("saveLiveChunks: a chunk has 512 bytes")
            }
            try LiveChunks(connection: connection).save(chunk.bytes, index: chunk.index, in: collection)
        }
    }

    /// Stores vectors of passages that are still there and have none in this space.
    ///
    /// Sequence grows by one per vector stored.
    /// - Returns: What was stored, in the order given.
    @discardableResult
    public func insertVectors(
        _ vectors: [(id: PassageID, vector: [Float])], collection: UInt32, space name: String
    ) throws(StoreError) -> [EmbeddedPassage] {
        try requireTransaction()
        guard let dimension = vectors.first?.vector.count else { return [] }
        for (_, vector) in vectors where vector.count != dimension {
            throw .dimensionMismatch(space: name, expected: dimension, found: vector.count)
        }
        let space = try VectorSpaces(connection: connection).require(name, dimension: dimension)
        let (passages, table) = (Passages(connection: connection), Vectors(connection: connection))
        let failures = EmbeddingFailures(connection: connection)
        var stored: [EmbeddedPassage] = []
        var parked = 0
        for (id, vector) in vectors {
            let key = PassageKey(collection: collection, id: id)
            guard let position = try passages.position(key), position <= id.rawValue else { continue }
            guard
                try table.insert(
                    .blob(vector.littleEndianBytes), space: space, key: key, position: position, sequence: sequence + 1)
            else { continue }
            _ = nextSequence()
            parked += try failures.delete(key.rawValue...key.rawValue, space: space)
            stored.append(EmbeddedPassage(id, PassageID(id.rawValue - position)))
        }
        let progress = EmbeddingProgress(connection: connection)
        try progress.count(vectors: stored.count, parked: -parked, collection, space)
        try progress.advance(collection, space, limit: 2 * vectors.count + 64)
        return stored
    }

    /// Counts a refusal of the embedder; at ``parkingAttempts`` the passage no longer waits.
    /// - Parameter dimension: That of the space, needed before its first vector.
    /// - Returns: The number of attempts so far, 0 when the passage is gone.
    public func recordEmbeddingFailure(
        _ id: PassageID, collection: UInt32, space name: String, dimension: Int, reason: String
    ) throws(StoreError) -> Int {
        try requireTransaction()
        let key = PassageKey(collection: collection, id: id)
        guard try Passages(connection: connection).position(key) != nil else { return 0 }
        let space = try VectorSpaces(connection: connection).require(name, dimension: dimension)
        let progress = EmbeddingProgress(connection: connection)
        try progress.register(collection, space)
        let attempts = try EmbeddingFailures(connection: connection).record(key, space: space, reason: reason)
        if attempts == Self.parkingAttempts { try progress.count(vectors: 0, parked: 1, collection, space) }
        return attempts
    }

    /// Adds usage rows.
    public func appendUsage(_ rows: [UsageRow]) throws(StoreError) {
        try requireTransaction()
        try Usage(connection: connection).append(rows)
    }

    /// Adds audit rows to the chain.
    public func appendAudit(_ rows: [AuditRow]) throws(StoreError) {
        try requireTransaction()
        try audit.append(rows)
    }

    /// Folds the write-ahead log into the file.
    public func checkpoint(_ mode: CheckpointMode) throws(StoreError) {
        try log.checkpoint(mode)
    }

    /// Bytes of the log that are not yet in the file.
    public var pendingLogBytes: Int { log.pendingByteCount }

    /// Bytes of the log file in use; only a truncating checkpoint brings it to 0.
    public var walBytes: Int { log.byteCount }

    /// Folds the log into the file and ends the connection; a log without content is left alone.
    public func close() throws(StoreError) {
        if log.pendingByteCount > 0 { try log.checkpoint(.truncate) }
        try connection.close()
    }
}
