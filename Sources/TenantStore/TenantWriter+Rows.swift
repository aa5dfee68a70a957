import IndexCore

/// The steps of ``TenantWriter/replace(_:old:in:firstPassage:)``.
extension TenantWriter {
    /// The vectors that a document version starts with in one space, an entry per passage.
    struct Arrival {
        let space: VectorSpace
        var vectors: [[UInt8]?] = []

        init(_ space: VectorSpace) { self.space = space }

        /// Fills what is missing with vectors of the version before, by the hash of their texts.
        mutating func inherit(_ inherited: [[UInt8]: [[UInt8]]], by document: NewDocument) {
            // Reversed, so that each hash hands out its vectors in passage order from the end.
            var rest = inherited.mapValues { [[UInt8]]($0.reversed()) }
            if vectors.isEmpty { vectors = Array(repeating: nil, count: document.passages.count) }
            for (index, passage) in document.passages.enumerated() {
                let vector = rest[passage.textHash]?.popLast()
                vectors[index] = vectors[index] ?? vector
            }
        }
    }

    /// What the caller brought, by the name of its space.
    func supplied(_ document: NewDocument) throws(StoreError) -> [String: Arrival] {
        var arrivals: [String: Arrival] = [:]
        for (name, vectors) in document.suppliedVectors.sorted(by: { $0.key < $1.key }) {
            guard let dimension = vectors.lazy.compactMap({ $0 }).first?.count else { continue }
            var arrival = Arrival(try VectorSpaces(connection: connection).require(name, dimension: dimension))
            arrival.vectors = vectors.map { $0?.littleEndianBytes }
            arrivals[name] = arrival
        }
        return arrivals
    }

    func check(
        _ document: NewDocument, old: StoredDocument?, firstPassage: PassageID, collection: UInt32
    ) throws(StoreError) {
        guard !document.id.isEmpty else { throw .misuse("replace: a document needs an id") }
        guard !document.passages.isEmpty else { throw .misuse("replace: a document has at least one passage") }
        guard document.contentHash.count == 32 else { throw .misuse("replace: a content hash has 32 bytes") }
        for passage in document.passages where passage.textHash.count != 16 {
            throw .misuse("replace: a text hash has 16 bytes")
        }
        if let old, old.collection != collection { throw .misuse("replace: the old version is in another collection") }
        let last = UInt64(firstPassage.rawValue) + UInt64(document.passages.count)
        // The id after the last must be sayable too: it is the collection's next.
        guard last <= UInt64(UInt32.max) else { throw .passageIDsExhausted(collection: collection) }
        for (name, supplied) in document.suppliedVectors {
            guard supplied.count == document.passages.count else {
                throw .misuse("replace: supplied vectors are one per passage")
            }
            let vectors = supplied.compactMap { $0 }
            for vector in vectors where vector.count != vectors[0].count {
                throw .dimensionMismatch(space: name, expected: vectors[0].count, found: vector.count)
            }
        }
    }

    func insertRows(
        of document: NewDocument, collection: UInt32, firstPassage: PassageID, sequence: Int64
    ) throws(StoreError) {
        let passages = Passages(connection: connection)
        try Documents(connection: connection)
            .insert(document, key: PassageKey(collection: collection, id: firstPassage), sequence: sequence)
        var id = firstPassage.rawValue
        for passage in document.passages {
            let key = PassageKey(collection: collection, id: PassageID(id))
            try passages.insert(passage, key: key, position: Int(id - firstPassage.rawValue), sequence: sequence)
            id += 1
        }
        try Collections(connection: connection).count(documents: 1, passages: document.passages.count, in: collection)
    }

    func deleteRows(of document: StoredDocument) throws(StoreError) {
        let keys = document.passageKeys
        // First, since it finds out whether this version is still there.
        try Documents(connection: connection).delete(document.key)
        for space in try VectorSpaces(connection: connection).spaces(of: document.collection) {
            let vectors = try Vectors(connection: connection).delete(keys, space: space)
            let parked = try EmbeddingFailures(connection: connection).delete(keys, space: space)
            try EmbeddingProgress(connection: connection)
                .count(vectors: -vectors, parked: -parked, document.collection, space)
        }
        let passages = try Passages(connection: connection).delete(keys)
        try Collections(connection: connection).count(documents: -1, passages: -passages, in: document.collection)
    }

    /// Stores the vectors a document version starts with; nil where a passage has none.
    func store(
        _ vectors: [[UInt8]?], space: VectorSpace, collection: UInt32, firstPassage: PassageID, sequence: Int64
    ) throws(StoreError) -> [CopiedVector] {
        let table = Vectors(connection: connection)
        var stored: [CopiedVector] = []
        var position: UInt32 = 0
        for vector in vectors {
            defer { position += 1 }
            guard let vector else { continue }
            let id = PassageID(firstPassage.rawValue + position)
            let key = PassageKey(collection: collection, id: id)
            _ = try table.insert(.blob(vector), space: space, key: key, position: position, sequence: sequence)
            stored.append(CopiedVector(id, firstPassage, vector))
        }
        try EmbeddingProgress(connection: connection).count(vectors: stored.count, parked: 0, collection, space)
        return stored
    }
}
