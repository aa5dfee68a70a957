import Access
import Synchronization
import TenantStore

extension TenantEngine {
    /// One document, whole.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``,
    ///   ``ApplianceError/unknownCollection(name:existing:)``.
    package func document(_ id: String, collection: String?) async throws -> DocumentView {
        try await read { reader, snapshot in
            let found = try snapshot.selection(collection).compactMap { collection in
                try reader.document(id, in: collection.record.id).map { (collection.record.name, $0) }
            }
            guard let (name, stored) = found.first else { throw ApplianceError.documentNotFound(id: id) }
            guard found.count == 1 else {
                throw ApplianceError.ambiguousDocument(id: id, collections: found.map(\.0))
            }
            return DocumentView(
                id: stored.id, collection: name, title: stored.title, text: try reader.documentText(stored),
                metadata: stored.metadata, passageCount: stored.passageCount, updatedAt: stored.updatedAt,
                tag: DocumentTag(
                    collection: name, id: stored.id, contentHash: stored.contentHash, updatedAt: stored.updatedAt))
        }
    }

    /// One page of the documents, in order of collection and id.
    /// - Parameters:
    ///   - id: Begins behind this id of the collection, unless a cursor says where.
    ///   - limit: 1 to 500.
    package func list(
        collection: String?, after id: String? = nil, limit: Int, cursor: String?
    ) async throws -> DocumentPage {
        let cursors = cursors
        return try await read { reader, snapshot in
            let selected = try snapshot.selection(collection)
            // From the rows, which may already hold a collection that the snapshot lacks.
            let records = try reader.collections()
            let names = Dictionary(records.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
            let only = collection == nil ? nil : selected.first?.record.id
            let pager = try ListPager(
                cursor, list: "documents", request: [collection ?? "", id ?? ""],
                fingerprint: Self.fingerprint(of: records.filter { only == nil || $0.id == only }), placeCount: 2,
                cursors: cursors)
            var position = pager.place.map { ListPosition(collection: $0[0], id: $0[1]) }
            if position == nil, let collection, let id { position = ListPosition(collection: collection, id: id) }
            let rows = try reader.listDocuments(in: only, after: position, limit: limit + 1)
            var page = DocumentPage()
            page.pager = pager
            page.warnings = pager.warnings
            for row in rows.prefix(limit) {
                page.documents.append(
                    DocumentSummary(
                        id: row.id, collection: names[row.collection] ?? "", title: row.title, metadata: row.metadata,
                        passageCount: row.passageCount, updatedAt: row.updatedAt))
            }
            if rows.count > limit { page.leadOn() }
            return page
        }
    }

    /// Names the documents of these collections: a change of them uses up passage numbers, or takes documents away.
    private static func fingerprint(of records: [CollectionRecord]) -> [UInt8] {
        Array(records.map { "\($0.id) \($0.name) \($0.nextPassage) \($0.documentCount)\n" }.joined().utf8)
    }

    /// Every collection and how far it is embedded, by name.
    package func collections() -> [CollectionInfo] {
        let cut = textsCut.withLock { $0 }
        return published.current.collections.map { collection in
            let usual = collection.usualSpace(earlier: services.earlierSpace)?.name
            return CollectionInfo(
                name: collection.record.name, passageMode: collection.record.passageMode,
                documents: collection.documentCount, passages: collection.passageCount,
                waiting: collection.waitingCount, parked: collection.parkedCount,
                textsCut: cut[collection.record.id, default: 0],
                indexBytes: collection.indexBytes, reindexing: collection.reindexing,
                spaces: spaceCounts(of: collection), isKeywordLegOff: collection.legs[.bm25, ""].isOff,
                isVectorLegOff: usual.map { collection.legs[.vector, $0].isOff } ?? false)
        }
    }

    private func spaceCounts(of collection: CollectionSnapshot) -> [CollectionInfo.SpaceCount] {
        let chosen = collection.usualSpace(earlier: services.earlierSpace)?.name
        return collection.spaces.map { space in
            CollectionInfo.SpaceCount(
                name: space.name, dimension: space.dimension, vectors: space.embeddedCount,
                isDefault: space.name == chosen)
        }
    }

    /// Everything `body` reads is of one moment.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (TenantReader, Snapshot) throws -> Value
    ) async throws -> Value {
        let snapshot = published.current
        return try await services.searches.run { [readers] in
            try readers.read { reader in try reader.read { try body(reader, snapshot) } }
        }
    }
}

extension DocumentPage {
    /// Gives the page the cursor behind its last document.
    mutating func leadOn() {
        if let offset {
            nextCursor = pager?.cursor(after: [String(offset + documents.count)])
            return
        }
        nextCursor = documents.last.flatMap { pager?.cursor(after: [$0.collection, $0.id]) }
    }
}
