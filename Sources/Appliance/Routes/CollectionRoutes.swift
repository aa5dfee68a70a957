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

    static func list(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        let tenant = try context.requireTenant()
        let collections = try await appliance.collections(context)
        return .json { write(collections, of: tenant.name.rawValue, to: &$0) }
    }

    /// - Parameter tenant: Told where the caller may not know whose collections these are: it has a key and no more.
    static func write(_ collections: [CollectionInfo], of tenant: String? = nil, to writer: inout JSONWriter) {
        writer.beginObject()
        if let tenant { writer.member("tenant_id", tenant) }
        writer.key("collections")
        writer.beginArray()
        for collection in collections { collection.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    static func readCreate(_ exchange: Exchange) async throws -> Creation {
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
}
