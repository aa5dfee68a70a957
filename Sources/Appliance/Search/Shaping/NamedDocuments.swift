import IndexCore
import TenantStore

/// The documents that a request pins and hides, as one snapshot knows them.
///
/// An id names a document of every searched collection that has it.
struct NamedDocuments {
    struct Pin {
        var collection: UInt32
        var passages: Range<UInt32>
        /// Such a version is named by its first passage.
        var document: PassageID { PassageID(passages.lowerBound) }
    }

    /// In the order of the request, then of the collections' names.
    var pinned: [Pin] = []
    var hidden: [ExcludedDocument] = []
    /// Pinned ids nobody has.
    var unknown: [String] = []

    func pins(_ document: PassageID, of collection: UInt32) -> Bool {
        pinned.contains { $0.document == document && $0.collection == collection }
    }

    func hides(_ document: PassageID, of collection: UInt32) -> Bool {
        hidden.contains { $0.passages.lowerBound == document.rawValue && $0.collection == collection }
    }
}

extension Searcher {
    /// Looks up what the request names.
    /// - Throws: ``StaleSnapshot`` where the rows have moved on.
    /// - Complexity: One look into the rows for each id and collection.
    func namedDocuments(_ readers: ReaderPool) throws -> NamedDocuments {
        var named = NamedDocuments()
        guard request.shaping.namesDocuments else { return named }
        let collections = try snapshot.selection(request.collection)
        try readers.read { reader in
            try reader.read {
                func passages(_ id: String) throws -> [(UInt32, Range<UInt32>)] {
                    try collections.compactMap { collection in
                        guard let document = try reader.document(id, in: collection.record.id) else { return nil }
                        guard collection.live.contains(document.firstPassage) else { throw StaleSnapshot() }
                        return (collection.record.id, CollectionState.passages(of: document))
                    }
                }
                for id in request.shaping.pinned {
                    let found = try passages(id)
                    if found.isEmpty { named.unknown.append(id) }
                    named.pinned += found.map { NamedDocuments.Pin(collection: $0.0, passages: $0.1) }
                }
                for id in request.shaping.hidden {
                    named.hidden += try passages(id).map { ExcludedDocument(collection: $0.0, passages: $0.1) }
                }
            }
        }
        return named
    }
}
