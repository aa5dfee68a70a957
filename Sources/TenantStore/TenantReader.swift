public import IndexCore

/// A reading connection to a tenant's file.
///
/// Used by one thread at a time; any number of readers work beside the writer and never wait for it. Each call sees one
/// committed state of the file; ``read(_:)`` makes several calls see the same. Keep reads short: the log cannot be
/// emptied while one lasts.
public final class TenantReader {
    package let connection: Connection
    private var readCount = 0
    /// Reads after which the cache is fitted to the file once more.
    private static let readsPerFit = 1_024

    /// Opens a file that a ``TenantWriter`` has opened before, which made it and brought its schema up to date.
    public static func open(_ path: String) throws(StoreError) -> TenantReader {
        let connection = try Connection(path, role: .reader)
        try TenantSchema.migrations.requireCurrent(connection)
        return TenantReader(connection)
    }

    private init(_ connection: Connection) {
        self.connection = connection
    }

    /// Lets all reads in `body` see the same committed state.
    public func read<T>(_ body: () throws -> T) throws -> T {
        if readCount % Self.readsPerFit == 0 { try connection.fitCache() }
        readCount += 1
        return try connection.transaction("BEGIN", body)
    }

    /// The number of changes so far; see ``TenantWriter/sequence``.
    public func sequence() throws(StoreError) -> Int64 {
        try Counters(connection: connection).value("sequence")
    }

    /// All collections by name.
    public func collections() throws(StoreError) -> [CollectionRecord] {
        try Collections(connection: connection).all()
    }

    /// The chunks of a collection's set of live passages, ascending.
    public func liveChunks(in collection: UInt32) throws(StoreError) -> [LiveChunk] {
        try LiveChunks(connection: connection).all(in: collection)
    }

    /// Calls `body` with every passage of a collection and its document's title, in id order, until it returns false.
    ///
    /// One row is in memory at a time.
    /// - Parameter id: Passages up to this one are left out.
    public func forEachPassage(
        in collection: UInt32, after id: PassageID? = nil, _ body: (StoredPassage, _ title: String) throws -> Bool
    ) throws {
        try Passages(connection: connection).forEach(in: collection, from: Self.start(collection, after: id), body)
    }

    /// The spaces in which a collection has vectors, or texts that the embedder refused, in the order of their making.
    public func spaces(of collection: UInt32) throws(StoreError) -> [SpaceRecord] {
        try VectorSpaces(connection: connection).spaces(of: collection).map {
            SpaceRecord(name: $0.name, dimension: $0.dimension)
        }
    }

    /// Calls `body` with every vector of a collection in one space, in id order, until it returns false.
    ///
    /// The bytes are Float32, little-endian, valid during the call and not aligned.
    /// - Parameter id: Vectors up to this passage are left out.
    public func forEachVector(
        in collection: UInt32, space: String, after id: PassageID? = nil,
        _ body: (_ id: PassageID, _ document: PassageID, _ bytes: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        guard let space = try VectorSpaces(connection: connection).space(named: space) else { return }
        try Vectors(connection: connection)
            .forEach(in: collection, space: space, from: Self.start(collection, after: id), body)
    }

    /// Calls `body` with the vectors of a collection in one space that arrived after change `sequence`, in the order of their
    /// arrival, until it returns false; bytes as in ``forEachVector(in:space:after:_:)``.
    /// - Complexity: O(vectors it is called with).
    public func forEachVector(
        in collection: UInt32, space: String, newerThan sequence: Int64,
        _ body: (_ id: PassageID, _ document: PassageID, _ bytes: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        guard let space = try VectorSpaces(connection: connection).space(named: space) else { return }
        try Vectors(connection: connection).forEach(in: collection, space: space, newerThan: sequence, body)
    }

    /// How many vectors arrived after change `sequence`; no more than `limit` are counted.
    public func vectorCount(
        in collection: UInt32, space: String, newerThan sequence: Int64, limit: Int
    ) throws(StoreError) -> Int {
        guard let space = try VectorSpaces(connection: connection).space(named: space) else { return 0 }
        return try Vectors(connection: connection)
            .count(in: collection, space: space, newerThan: sequence, limit: limit)
    }

    /// How many passages of a collection have a vector in a space.
    /// - Complexity: O(1): it is kept.
    public func vectorCount(in collection: UInt32, space: String) throws(StoreError) -> Int {
        guard let space = try VectorSpaces(connection: connection).space(named: space) else { return 0 }
        return try EmbeddingProgress(connection: connection).record(collection, space)?.vectors ?? 0
    }

    /// Calls `body` with each passage of a collection that has a vector in a space, in the order of arrival.
    /// - Complexity: O(passages), some 50 ns each: vectors themselves are not read.
    public func forEachVectorID(in collection: UInt32, space: String, _ body: (PassageID) -> Void) throws {
        guard let space = try VectorSpaces(connection: connection).space(named: space) else { return }
        try Vectors(connection: connection).forEachID(in: collection, space: space, body)
    }

    /// The documents named by these first passages, in the order given; those that are gone are left out.
    public func documents(byFirstPassage ids: [PassageID], in collection: UInt32) throws(StoreError) -> [StoredDocument]
    {
        try Documents(connection: connection).documents(ids.map { PassageKey(collection: collection, id: $0) })
    }

    /// These passages, in the order given; those that are gone are left out.
    public func passages(_ ids: [PassageID], in collection: UInt32) throws(StoreError) -> [StoredPassage] {
        try Passages(connection: connection).passages(ids.map { PassageKey(collection: collection, id: $0) })
    }

    /// These passages with their documents, in the order given; those that are gone are left out.
    public func passagesWithDocuments(
        _ ids: [PassageID], in collection: UInt32
    ) throws(StoreError) -> [(passage: StoredPassage, document: StoredDocument)] {
        try Passages(connection: connection)
            .passagesWithDocuments(ids.map { PassageKey(collection: collection, id: $0) })
    }

    /// What names these passages, in the order given; those that are gone are left out.
    ///
    /// Texts and metadata are not read.
    public func passageNames(_ ids: [PassageID], in collection: UInt32) throws(StoreError) -> [PassageName] {
        try Passages(connection: connection).names(ids.map { PassageKey(collection: collection, id: $0) })
    }

    /// The current version of a document.
    public func document(_ id: String, in collection: UInt32) throws(StoreError) -> StoredDocument? {
        try Documents(connection: connection).document(id, in: collection)
    }

    /// A document's text, byte for byte: its passages joined.
    /// - Throws: ``StoreError/notFound(_:)`` when this version was replaced or deleted meanwhile; ask for the document
    ///   and its text inside one ``read(_:)`` to rule that out.
    public func documentText(_ document: StoredDocument) throws(StoreError) -> String {
        let (text, passageCount) = try Passages(connection: connection).text(document.passageKeys)
        guard passageCount > 0 else { throw .notFound(.document(document.key)) }
        guard passageCount == document.passageCount else { throw connection.corruptRow("a document lacks passages") }
        return text
    }

    /// Documents by collection name, then id, both in byte order.
    /// - Parameters:
    ///   - collection: Only this one; nil is all of them.
    ///   - position: The last document of the page before, which may be gone since.
    public func listDocuments(
        in collection: UInt32? = nil, after position: ListPosition? = nil, limit: Int
    ) throws(StoreError) -> [StoredDocument] {
        guard limit > 0 else { return [] }
        let table = Documents(connection: connection)
        var result: [StoredDocument] = []
        for record in try collections() where collection == nil || record.id == collection {
            var after: String?
            if let position {
                // Names and ids compare as SQLite orders them: by bytes, not by Swift's canonical equivalence.
                let (name, last) = (Array(record.name.utf8), Array(position.collection.utf8))
                if name.lexicographicallyPrecedes(last) { continue }
                if name == last { after = position.id }
            }
            result += try table.page(in: record.id, after: after, limit: limit - result.count)
            if result.count >= limit { break }
        }
        return result
    }

    /// Passages without a vector in this space that are not parked, by collection number and id.
    ///
    /// A collection in which nothing waits costs one look at its counts. Otherwise the search starts at the mark below
    /// which everything is done, or after `position`, and looks at each passage from there: with the embedder working in
    /// id order that is about `limit` rows.
    /// - Parameters:
    ///   - position: The last passage of the batch before; nil is the beginning, where refused ones are tried again.
    ///   - byteLimit: Ends a batch once its texts have as many bytes; a batch has at least one text.
    public func pendingPassages(
        in collection: UInt32? = nil, space: String, after position: PassageKey? = nil, limit: Int,
        byteLimit: Int = 1 << 20
    ) throws(StoreError) -> [PendingPassage] {
        guard limit > 0 else { return [] }
        let space = try VectorSpaces(connection: connection).space(named: space)
        let progress = EmbeddingProgress(connection: connection)
        var result: [PendingPassage] = []
        var byteCount = 0
        var isFull: Bool { result.count >= limit || byteCount >= byteLimit }
        for record in try collections().sorted(by: { $0.id < $1.id }) {
            guard collection == nil || record.id == collection else { continue }
            if let position, record.id < position.collection { continue }
            guard try backlog(of: record, space: space).waiting > 0 else { continue }
            let mark = try space.flatMap { space throws(StoreError) in try progress.record(record.id, space) }
            var first = PassageKey.all(of: record.id).lowerBound + (mark?.completeBefore ?? 0)
            if let position, position.collection == record.id { first = max(first, position.rawValue + 1) }
            try progress.pending(in: record.id, space: space, from: first) { passage in
                result.append(passage)
                byteCount += passage.text.utf8.count
                return !isFull
            }
            if isFull { break }
        }
        return result
    }

    /// How many passages wait and how many are parked, in one collection or all.
    /// - Complexity: O(collections).
    public func pendingCount(in collection: UInt32? = nil, space: String) throws(StoreError) -> EmbeddingBacklog {
        let space = try VectorSpaces(connection: connection).space(named: space)
        var sum = EmbeddingBacklog(waiting: 0, parked: 0)
        for record in try collections() where collection == nil || record.id == collection {
            let backlog = try backlog(of: record, space: space)
            sum.waiting += backlog.waiting
            sum.parked += backlog.parked
        }
        return sum
    }

    /// The passages of a collection that the embedder refused for good.
    public func parkedPassages(in collection: UInt32, space: String) throws(StoreError) -> [PassageID] {
        guard let space = try VectorSpaces(connection: connection).space(named: space) else { return [] }
        return try EmbeddingFailures(connection: connection).parked(PassageKey.all(of: collection), space: space)
    }

    private func backlog(of collection: CollectionRecord, space: VectorSpace?) throws(StoreError) -> EmbeddingBacklog {
        guard let space, let progress = try EmbeddingProgress(connection: connection).record(collection.id, space)
        else {
            return EmbeddingBacklog(waiting: collection.passageCount, parked: 0)
        }
        return EmbeddingBacklog(
            waiting: max(0, collection.passageCount - progress.vectors - progress.parked), parked: progress.parked)
    }

    /// Usage rows with numbers above `number`, oldest first.
    public func usage(after number: Int64 = 0, limit: Int) throws(StoreError) -> [NumberedUsageRow] {
        try Usage(connection: connection).page(after: number, limit: limit)
    }

    /// Usage by user over rows with `from <= time < until`, in milliseconds since 1970.
    public func usageTotals(from: Int64, until: Int64) throws(StoreError) -> [UsageTotal] {
        try Usage(connection: connection).totals(from: from, until: until)
    }

    /// Audit rows with numbers above `number`, oldest first.
    public func audit(after number: Int64 = 0, limit: Int) throws(StoreError) -> [NumberedAuditRow] {
        try AuditLog.page(connection, after: number, limit: limit)
    }

    /// The end of the audit chain.
    public func auditHead() throws(StoreError) -> AuditChainHead {
        try AuditLog.head(connection)
    }

    /// Recomputes the audit chain and names the first row that does not fit.
    /// - Complexity: O(rows); one row is in memory at a time.
    public func verifyAudit(hash: @escaping AuditHash) throws(StoreError) -> AuditVerdict {
        try AuditLog(connection: connection, hash: hash).verify()
    }

    /// SQLite's own check of every page: empty when the file is sound.
    public func integrityProblems() throws(StoreError) -> [String] {
        try connection.all("PRAGMA quick_check(100)") { $0.text(0) }.filter { $0 != "ok" }
    }

    /// Ends the connection without writing anything.
    public func close() throws(StoreError) {
        try connection.close()
    }

    private static func start(_ collection: UInt32, after id: PassageID?) -> Int64 {
        PassageKey.all(of: collection).lowerBound + (id.map { Int64($0.rawValue) + 1 } ?? 0)
    }
}
