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
                metadata: stored.metadata, passageCount: stored.passageCount, updatedAt: stored.updatedAt)
        }
    }

    /// One page of the documents, in order of collection and id.
    /// - Parameter limit: 1 to 500.
    package func list(collection: String?, limit: Int, cursor: String?) async throws -> DocumentPage {
        let after = try cursor.map { try ListCursor($0) }
        return try await read { reader, snapshot in
            let selected = try snapshot.selection(collection)
            // From the rows, which may already hold a collection that the snapshot lacks.
            let names = Dictionary(
                try reader.collections().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
            let rows = try reader.listDocuments(
                in: collection == nil ? nil : selected.first?.record.id, after: after?.position, limit: limit + 1)
            var page = DocumentPage()
            for row in rows.prefix(limit) {
                page.documents.append(
                    DocumentSummary(
                        id: row.id, collection: names[row.collection] ?? "", title: row.title, metadata: row.metadata,
                        passageCount: row.passageCount, updatedAt: row.updatedAt))
            }
            if rows.count > limit, let last = page.documents.last {
                page.nextCursor = ListCursor(ListPosition(collection: last.collection, id: last.id)).encoded
            }
            return page
        }
    }

    /// Every collection and how far it is embedded, by name.
    package func collections() -> [CollectionInfo] {
        let cut = textsCut.withLock { $0 }
        return published.current.collections.map { collection in
            CollectionInfo(
                name: collection.record.name, passageMode: collection.record.passageMode,
                documents: collection.documentCount, passages: collection.passageCount,
                waiting: collection.waitingCount, parked: collection.parkedCount,
                textsCut: cut[collection.record.id, default: 0],
                indexBytes: collection.indexBytes)
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

/// Where a listing goes on: version byte, collection, NUL, id, in base64url.
struct ListCursor {
    let position: ListPosition
    private static let version: UInt8 = 1

    init(_ position: ListPosition) {
        self.position = position
    }

    /// - Throws: ``ApplianceError/invalidCursor``.
    init(_ text: String) throws(ApplianceError) {
        guard text.utf8.count <= 1_024, let bytes = Digest.decodeBase64URL(text), bytes.first == Self.version,
            let border = bytes.firstIndex(of: 0), border > 1,
            let collection = String(validating: bytes[1..<border], as: UTF8.self),
            let id = String(validating: bytes[(border + 1)...], as: UTF8.self), !id.isEmpty
        else { throw .invalidCursor }
        position = ListPosition(collection: collection, id: id)
    }

    var encoded: String {
        Digest.base64URL([Self.version] + Array(position.collection.utf8) + [0] + Array(position.id.utf8))
    }
}
