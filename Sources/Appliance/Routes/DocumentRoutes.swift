import Access
import HTTPServer
import JSON
import TenantStore

/// `/v1/documents` and `/v1/documents/{id}`.
enum DocumentRoutes {
    /// Documents in one call; more go through `documents:bulk`.
    static let addLimit = 1...1_000
    static let listLimit = 1...500

    struct Listing: Sendable {
        var collection: String?
        /// The id to begin behind; nil at the start.
        var after: String?
        var metadata: MetadataRequest
        var page: PageRequest
    }

    struct Addition: Sendable {
        var documents: [DocumentInput]
        var collection: String?
        var passages: PassageMode?
        /// Whether it is one document whose refusal is the call's.
        var isSingle: Bool
        var condition: WriteCondition?
    }

    struct Name: Sendable {
        var id: String
        var collection: String?
        /// For a read: the versions the caller has.
        var knownTags: EntityTags?
        /// For a change: the versions it is meant for.
        var condition: WriteCondition?
    }

    // MARK: Input

    static func readList(_ exchange: Exchange) async throws -> Listing {
        var query = try QueryFields(exchange.request)
        let collection = query.text("collection")
        let after = query.text("after")
        let metadata = try MetadataRequest(&query)
        let page = try PageRequest(&query, limit: listLimit, default: 50)
        try query.finish()
        if after != nil, collection == nil {
            throw ApplianceError.invalidArgument(name: "after", reason: "needs `collection`: ids are unique in one")
        }
        return Listing(collection: collection, after: after, metadata: metadata, page: page)
    }

    static func readGet(_ exchange: Exchange) async throws -> Name {
        var name = try readName(exchange)
        let fields = exchange.request.headers.values("If-None-Match")
        if !fields.isEmpty { name.knownTags = EntityTags(fields) }
        return name
    }

    static func readDelete(_ exchange: Exchange) async throws -> Name {
        var name = try readName(exchange)
        name.condition = try WriteCondition(exchange.request.headers)
        return name
    }

    private static func readName(_ exchange: Exchange) throws(ApplianceError) -> Name {
        var query = try QueryFields(exchange.request)
        let name = Name(id: try id(exchange), collection: query.text("collection"))
        try query.finish()
        return name
    }

    static func readAdd(_ exchange: Exchange) async throws -> Addition {
        let (collection, passages) = try place(exchange)
        let object = try await JSONBody.object(of: exchange.request)
        guard object["documents"] != nil else {
            return Addition(
                documents: [try DocumentInput(.object(object))], collection: try checked(collection),
                passages: passages,
                isSingle: true)
        }
        var fields = Fields(object)
        let items = try fields.list("documents", count: addLimit) ?? []
        let named = try fields.text("collection")
        let mode = try fields.choice("passages", of: [PassageMode.auto, .whole])
        try fields.finish()
        let documents = try items.enumerated().map { index, item throws(ApplianceError) in
            try DocumentInput(item, prefix: "documents[\(index)].")
        }
        return Addition(
            documents: documents, collection: try checked(named ?? collection), passages: mode ?? passages,
            isSingle: false)
    }

    static func readPut(_ exchange: Exchange) async throws -> Addition {
        let id = try id(exchange)
        let (collection, passages) = try place(exchange)
        var document = try DocumentInput(.object(try await JSONBody.object(of: exchange.request)))
        if let named = document.id, named != id {
            throw ApplianceError.invalidArgument(name: "id", reason: "must be the id of the path, or be left out")
        }
        document.id = id
        return Addition(
            documents: [document], collection: try checked(collection), passages: passages, isSingle: true,
            condition: try WriteCondition(exchange.request.headers))
    }

    static func id(_ exchange: Exchange) throws(ApplianceError) -> String {
        let id = exchange.parameters["id"] ?? ""
        try DocumentInput.check(id: id, name: "id")
        return id
    }

    static func place(_ exchange: Exchange) throws(ApplianceError) -> (collection: String?, passages: PassageMode?) {
        var query = try QueryFields(exchange.request)
        let collection = query.text("collection")
        let passages = try query.choice("passages", of: [PassageMode.auto, .whole])
        try query.finish()
        return (collection, passages)
    }

    /// A name that may become a collection's: those follow the rule of tenant names.
    static func checked(_ collection: String?) throws(ApplianceError) -> String? {
        guard let collection else { return nil }
        guard (try? TenantName(collection)) != nil else {
            throw .invalidArgument(
                name: "collection", reason: "must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'")
        }
        return collection
    }

    // MARK: Work

    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ listing: Listing) async throws
        -> HTTPResponse
    {
        let page = try await appliance.list(
            listing.metadata, collection: listing.collection, after: listing.after, limit: listing.page.limit,
            cursor: listing.page.cursor, context)
        return .json { page.write(to: &$0) }
    }

    static func get(_ appliance: SearchAppliance, _ context: RequestContext, _ name: Name) async throws -> HTTPResponse
    {
        let document = try await appliance.document(name.id, collection: name.collection, context)
        if let known = name.knownTags, known.names(document.tag.text) {
            return HTTPResponse(status: 304, headers: ["ETag": document.tag.text, "Cache-Control": "no-store"])
        }
        var response = HTTPResponse.json { document.write(to: &$0) }
        response.headers.set("ETag", document.tag.text)
        return response
    }

    static func add(_ appliance: SearchAppliance, _ context: RequestContext, _ addition: Addition) async throws
        -> HTTPResponse
    {
        let report = try await appliance.add(
            addition.documents, collection: addition.collection, passages: addition.passages,
            condition: addition.condition, context)
        if addition.isSingle, let error = report.errors.first {
            throw ApplianceError.invalidArgument(name: "the document", reason: error.reason)
        }
        return .json(status: addition.isSingle && report.added == 1 ? 201 : 200) { writer in
            report.write(to: &writer, tag: addition.isSingle ? report.tag : nil)
        }
    }

    static func delete(_ appliance: SearchAppliance, _ context: RequestContext, _ name: Name) async throws
        -> HTTPResponse
    {
        let report = try await appliance.delete(
            [name.id], collection: name.collection, condition: name.condition, context)
        return .json { report.write(to: &$0) }
    }
}

/// Work on documents for whichever door.
extension SearchAppliance {
    func list(
        _ metadata: MetadataRequest = MetadataRequest(), collection: String?, after: String? = nil, limit: Int,
        cursor: String?, _ context: RequestContext
    ) async throws -> DocumentPage {
        context.tally.update { $0.target = collection ?? "" }
        let engine = try await registry.engine(for: context.requireTenant())
        let page =
            metadata.isEmpty
            ? try await engine.list(collection: collection, after: after, limit: limit, cursor: cursor)
            : try await engine.list(
                metadata, collection: collection, after: after, limit: limit, cursor: cursor,
                deadline: context.searchDeadline)
        context.tally.update { $0.resultCount = page.documents.count }
        return page
    }

    func document(_ id: String, collection: String?, _ context: RequestContext) async throws -> DocumentView {
        context.tally.update { $0.target = DocumentURI.make(collection: collection ?? "", id: id) }
        let engine = try await registry.engine(for: context.requireTenant())
        let document = try await engine.document(id, collection: collection)
        context.tally.update { $0.resultCount = 1 }
        return document
    }

    func add(
        _ documents: [DocumentInput], collection: String?, passages: PassageMode?, upload: UploadProgress? = nil,
        condition: WriteCondition? = nil, _ context: RequestContext
    ) async throws -> WriteReport {
        let engine = try await registry.engine(for: context.requireTenant())
        let place = collection ?? engine.defaultCollection ?? ""
        var options = context.writeOptions(
            passages: passages, target: Self.target(documents.map(\.id), in: place),
            byteCount: documents.reduce(0) { $0 + $1.byteCount })
        options.upload = upload
        options.condition = condition
        let report = try await engine.put(documents, collection: collection, options: options)
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = report.acceptedCount
        }
        return report
    }

    /// Records progress of an upload that came with no documents.
    func recordUpload(_ progress: UploadProgress, _ context: RequestContext) async throws {
        try await registry.engine(for: context.requireTenant()).recordUpload(progress)
    }

    func delete(
        _ ids: [String], collection: String?, condition: WriteCondition? = nil, _ context: RequestContext
    ) async throws -> DeleteReport {
        let engine = try await registry.engine(for: context.requireTenant())
        var options = context.writeOptions(
            target: Self.target(ids, in: collection ?? ""), byteCount: ids.reduce(0) { $0 + $1.utf8.count })
        options.condition = condition
        let report = try await engine.delete(ids, collection: collection, options: options)
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = report.deleted
        }
        return report
    }

    /// What a change is about, for its audit row: the document where it is one with an id, else how many there are.
    static func target(_ ids: [String?], in collection: String) -> String {
        if ids.count == 1, let id = ids[0] { return DocumentURI.make(collection: collection, id: id) }
        return (collection.isEmpty ? "" : collection + " ") + "(\(ids.count) documents)"
    }
}

extension TenantEngine {
    /// Where a write goes that names no collection, as things stand: the only one, or `default` where there is none.
    fileprivate var defaultCollection: String? {
        let collections = published.current.collections
        return collections.count > 1 ? nil : collections.first?.record.name ?? "default"
    }
}
