import Columns
import IndexCore
import TenantStore

/// One page of a list of documents by their metadata: those that pass a filter, in order of collection and id or of
/// fields, with counts beside them.
///
/// Snapshot and rows are of one moment. In order of fields a page costs a look at every document that passes; in order
/// of ids a look at the ids of up to ``fewDocuments``, and with more of them a walk through the list until the page is full.
struct MetadataListing {
    let request: MetadataRequest
    let collection: String?
    /// Begins behind this id of the collection, unless a cursor says where.
    let after: String?
    let limit: Int
    let cursor: String?
    let snapshot: Snapshot
    let cursors: CursorSeal
    let deadline: SearchDeadline

    /// Documents whose ids are looked up and sorted at once.
    private static let fewDocuments = 4_096
    /// Rows read at a time while looking for documents that pass.
    private static let walkStep = 512
    /// Pages in order of fields end here.
    private static let deepestDocument = SearchRequest.deepestDocument

    private struct Part {
        let collection: CollectionSnapshot
        var documents: DocumentSelection
    }

    /// - Throws: ``Searcher/StaleSnapshot`` when the rows have moved on; ``ApplianceError``.
    func page(_ reader: TenantReader) throws -> DocumentPage {
        guard try reader.sequence() == snapshot.sequence else { throw Searcher.StaleSnapshot() }
        var page = DocumentPage()
        var parts: [Part] = []
        page.facets = request.facets.map { Facet($0) }
        for collection in try snapshot.selection(collection) {
            page.warnings += MetadataScope.faults(request, in: collection)
            let scope = try MetadataScope(collection, filter: request.filter, deadline: deadline)
            let documents = scope.documents
            for index in page.facets.indices {
                page.facets[index].add(
                    try collection.columns.counts(page.facets[index].request, in: documents, deadline: deadline))
            }
            parts.append(Part(collection: collection, documents: documents))
        }
        if request.sort.isEmpty {
            try addInOrderOfIDs(leaveOutRepeated(parts), reader, to: &page)
        } else {
            try addInOrderOfFields(parts, reader, to: &page)
        }
        return page
    }

    private func pager(_ list: String, placeCount: Int) throws -> ListPager {
        let collections = try snapshot.selection(collection)
        let state = collections.map { collection in
            "\(collection.record.id) \(collection.record.name) \(collection.record.nextPassage) \(collection.documentCount)\n"
        }
        return try ListPager(
            cursor, list: list, request: [collection ?? "", after ?? "", request.pagedContent],
            fingerprint: Array(state.joined().utf8), placeCount: placeCount, cursors: cursors)
    }

    private static func summary(_ row: StoredDocument, in collection: CollectionSnapshot) -> DocumentSummary {
        DocumentSummary(
            id: row.id, collection: collection.record.name, title: row.title, metadata: row.metadata,
            passageCount: row.passageCount, updatedAt: row.updatedAt)
    }

    // MARK: In order of fields

    private func addInOrderOfFields(_ parts: [Part], _ reader: TenantReader, to page: inout DocumentPage) throws {
        guard after == nil else {
            throw ApplianceError.invalidArgument(name: "after", reason: "goes with the order of ids, not with `sort`")
        }
        let pager = try pager("documents by fields", placeCount: 1)
        let offset = pager.place.flatMap { Int($0[0]) } ?? 0
        guard (0...Self.deepestDocument).contains(offset) else { throw ApplianceError.invalidCursor }
        var found: [(part: Int, document: PassageID, place: SortPlace)] = []
        for (index, part) in parts.enumerated() {
            let count = request.distinct == nil ? offset + limit + 1 : part.documents.count
            found += try part.collection.columns
                .first(count, of: part.documents, by: request.sort, deadline: deadline)
                .map { (index, $0.document, $0.place) }
        }
        if parts.count > 1 {
            found.sort { left, right in
                let order = left.place.order(right.place, request.sort)
                return order != 0 ? order < 0 : (left.part, left.document) < (right.part, right.document)
            }
        }
        page.total = parts.reduce(0) { $0 + $1.documents.count }
        if let field = request.distinct {
            var distinct = DistinctDocuments(field: field)
            found.removeAll { !distinct.admits($0.document, of: parts[$0.part].collection.columns) }
            page.total = found.count
        }
        page.pager = pager
        page.offset = offset
        page.warnings += pager.warnings
        for entry in found.dropFirst(offset).prefix(limit) {
            let collection = parts[entry.part].collection
            guard let row = try reader.documents(byFirstPassage: [entry.document], in: collection.record.id).first
            else { throw Searcher.StaleSnapshot() }
            page.documents.append(Self.summary(row, in: collection))
        }
        guard found.count > offset + limit else { return }
        if offset + limit > Self.deepestDocument {
            page.warnings.append("paging ends with document \(offset + limit); narrow the filter for what comes after")
        } else {
            page.leadOn()
        }
    }

    // MARK: In order of ids

    /// Of documents with one value of the field that is to be distinct the first that came in stays.
    private func leaveOutRepeated(_ parts: [Part]) -> [Part] {
        guard let field = request.distinct else { return parts }
        var distinct = DistinctDocuments(field: field)
        return parts.map { part in
            var part = part
            var admitted = IDSet()
            for document in part.documents.documents where distinct.admits(document, of: part.collection.columns) {
                admitted.insert(document)
            }
            part.documents.formIntersection(admitted)
            return part
        }
    }

    private func addInOrderOfIDs(_ parts: [Part], _ reader: TenantReader, to page: inout DocumentPage) throws {
        let pager = try pager("documents by metadata", placeCount: 2)
        var position = pager.place.map { ListPosition(collection: $0[0], id: $0[1]) }
        if position == nil, let collection, let after { position = ListPosition(collection: collection, id: after) }
        page.pager = pager
        page.warnings += pager.warnings
        page.total = parts.reduce(0) { $0 + $1.documents.count }
        for part in parts {
            let name = part.collection.record.name
            if let position, name.utf8.lexicographicallyPrecedes(position.collection.utf8) { continue }
            let start = position?.collection == name ? position?.id : nil
            let room = limit + 1 - page.documents.count
            page.documents += try documents(of: part, after: start, count: room, reader)
            if page.documents.count > limit { break }
        }
        guard page.documents.count > limit else { return }
        page.documents.removeLast(page.documents.count - limit)
        page.leadOn()
    }

    private func documents(
        of part: Part, after start: String?, count: Int, _ reader: TenantReader
    ) throws -> [DocumentSummary] {
        let collection = part.collection
        let wanted = part.documents.documents
        guard wanted.count > Self.fewDocuments else {
            let ids = try reader.documentIDs(byFirstPassage: wanted, in: collection.record.id)
            var named = zip(ids, wanted).compactMap { id, document in id.map { (id: $0, document: document) } }
            if let start { named.removeAll { !start.utf8.lexicographicallyPrecedes($0.id.utf8) } }
            named.sort { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
            return try reader.documents(byFirstPassage: named.prefix(count).map(\.document), in: collection.record.id)
                .map { Self.summary($0, in: collection) }
        }
        var set = IDSet()
        for document in wanted { set.insert(document) }
        var found: [DocumentSummary] = []
        var last = start
        while found.count < count {
            try deadline.check()
            let rows = try reader.listDocuments(
                in: collection.record.id,
                after: last.map { ListPosition(collection: collection.record.name, id: $0) }, limit: Self.walkStep)
            found += rows.filter { set.contains($0.firstPassage) }.map { Self.summary($0, in: collection) }
            guard rows.count == Self.walkStep else { break }
            last = rows.last?.id
        }
        return Array(found.prefix(count))
    }
}

extension TenantEngine {
    /// One page of the documents as their metadata has it.
    /// - Parameters:
    ///   - id: Begins behind this id of the collection, unless a cursor says where.
    ///   - limit: 1 to 500.
    func list(
        _ request: MetadataRequest, collection: String?, after id: String?, limit: Int, cursor: String?,
        deadline: SearchDeadline
    ) async throws -> DocumentPage {
        try await withSearcher(SearchRequest(query: ""), vectors: [:], deadline: deadline) { searcher, readers in
            let listing = MetadataListing(
                request: request, collection: collection, after: id, limit: limit, cursor: cursor,
                snapshot: searcher.snapshot, cursors: searcher.cursors, deadline: deadline)
            return try readers.read { reader in try reader.read { try listing.page(reader) } }
        }
    }
}
