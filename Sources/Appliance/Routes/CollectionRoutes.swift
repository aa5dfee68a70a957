import Access
import HTTPServer
import JSON
import TenantStore

/// `/v1/collections`.
enum CollectionRoutes {
    struct Creation: Sendable {
        var name: String
        /// How documents are cut; nil leaves it as it is, or to the default.
        var passages: PassageMode?
    }

    static let listLimit = 1...500

    static func readList(_ exchange: Exchange) async throws -> PageRequest {
        try PageRequest.read(exchange, limit: listLimit, default: listLimit.upperBound)
    }

    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ request: PageRequest) async throws
        -> HTTPResponse
    {
        let tenant = try context.requireTenant()
        let (rest, pager) = try await appliance.collections(behind: request.cursor, context)
        let page = Array(rest.prefix(request.limit))
        context.tally.update { $0.resultCount = page.count }
        let nextCursor = rest.count > page.count ? page.last.map { pager.cursor(after: [$0.name]) } : nil
        return .json { writer in
            write(page, of: tenant.name.rawValue, nextCursor: nextCursor, warnings: pager.warnings, to: &writer)
        }
    }

    /// - Parameter tenant: Told where the caller may not know whose collections these are: it has a key and no more.
    static func write(
        _ collections: [CollectionInfo], of tenant: String? = nil, nextCursor: String?, warnings: [String],
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        if let tenant { writer.member("tenant_id", tenant) }
        writer.key("collections")
        writer.beginArray()
        for collection in collections { collection.write(to: &writer) }
        writer.endArray()
        if let nextCursor { writer.member("next_cursor", nextCursor) }
        writer.member("warnings", warnings)
        writer.endObject()
    }

    static func readName(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("name") }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name }
        let collections = try await appliance.collections(context)
        guard let collection = collections.first(where: { $0.name == name }) else {
            throw ApplianceError.unknownCollection(name: name, existing: collections.map(\.name))
        }
        context.tally.update { $0.resultCount = 1 }
        return .json { collection.write(to: &$0) }
    }

    /// Deleting takes the documents along, so the name must be said twice.
    static func readDelete(_ exchange: Exchange) async throws -> String {
        let name = exchange.parameters["name"] ?? ""
        var query = try QueryFields(exchange.request)
        let confirmed = query.text("confirm")
        try query.finish()
        guard confirmed == name else {
            throw ApplianceError.invalidArgument(
                name: "confirm",
                reason: "must repeat the collection's name, as in ?confirm=notes: its documents are deleted with it")
        }
        return name
    }

    static func delete(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let documents = try await engine.dropCollection(
            name, options: context.writeOptions(target: name, byteCount: name.utf8.count))
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = documents
        }
        return .json { writer in
            writer.beginObject()
            writer.member("deleted", name)
            writer.member("documents", documents)
            writer.endObject()
        }
    }

    static func readCreate(_ exchange: Exchange) async throws -> Creation {
        try QueryFields(exchange.request).finish()
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let name = try fields.requiredText("name")
        let passages = try fields.choice("passages", of: [PassageMode.auto, .whole])
        try fields.finish()
        guard let name = try DocumentRoutes.checked(name) else {
            throw ApplianceError.invalidArgument(name: "name", reason: "is required: a string")
        }
        return Creation(name: name, passages: passages)
    }

    static func create(
        _ appliance: SearchAppliance, _ context: RequestContext, _ creation: Creation
    ) async throws -> HTTPResponse {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let existing = engine.published.current.collection(named: creation.name)
        let passages = creation.passages ?? existing?.record.passageMode ?? .auto
        try await engine.createCollection(
            creation.name, passages: passages,
            options: context.writeOptions(target: creation.name, byteCount: creation.name.utf8.count))
        context.tally.update { $0.isRecorded = true }
        return .json(status: existing == nil ? 201 : 200) { writer in
            writer.beginObject()
            writer.member("name", creation.name)
            writer.member("passages", passages.rawValue)
            writer.endObject()
        }
    }
}

extension SearchAppliance {
    /// The collections of the caller's tenant.
    func collections(_ context: RequestContext) async throws -> [CollectionInfo] {
        let engine = try await registry.engine(for: context.requireTenant())
        let collections = engine.collections()
        context.tally.update { $0.resultCount = collections.count }
        return collections
    }

    /// The collections of the caller's tenant behind a cursor, all that there are, and what makes cursors of the same list.
    func collections(behind cursor: String?, _ context: RequestContext) async throws -> ([CollectionInfo], ListPager) {
        let all = try await collections(context)
        let pager = try ListPager(
            cursor, list: "collections", request: [], fingerprint: Array(all.map { $0.name + "\n" }.joined().utf8),
            placeCount: 1, cursors: try await registry.engine(for: context.requireTenant()).cursors)
        guard let place = pager.place else { return (all, pager) }
        return (all.filter { place[0].utf8.lexicographicallyPrecedes($0.name.utf8) }, pager)
    }
}
