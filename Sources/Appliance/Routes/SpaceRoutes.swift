import Access
import HTTPServer
import HNSW
import JSON
import TenantStore

/// `/v1/collections/{name}/spaces`: the vector spaces of a collection.
enum SpaceRoutes {
    // MARK: List

    static func readName(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("name") }

    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = name }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let collection = try found(name, engine)
        context.tally.update { $0.resultCount = collection.spaces.count }
        let earlier = engine.services.earlierSpace
        return .json { writer in
            writer.beginObject()
            writer.member("collection", collection.record.name)
            writer.member(
                "default_space", collection.usualSpace(earlier: earlier)?.name ?? "")
            writer.member("is_default_set", collection.settings.defaultSpace != nil)
            writer.key("spaces")
            writer.beginArray()
            for space in collection.spaces { write(space, of: collection, earlier: earlier, to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func found(_ name: String, _ engine: TenantEngine) throws(ApplianceError) -> CollectionSnapshot {
        guard let collection = try engine.published.current.selection(name).first else {
            throw .unknownCollection(name: name, existing: [])
        }
        return collection
    }

    private static func write(
        _ space: SpaceSnapshot, of collection: CollectionSnapshot, earlier: String?, to writer: inout JSONWriter
    ) {
        let isPresent = space.name == collection.modelSpace
        let isModels = SpaceName.isModels(space.name)
        writer.beginObject()
        writer.member("name", space.name)
        writer.member("filled_by", isModels ? "model" : "callers")
        if isModels { writer.member("is_loaded", isPresent || space.name == earlier) }
        writer.member("dimension", space.dimension)
        writer.member("vectors", space.embeddedCount)
        if isPresent {
            writer.member("waiting", collection.waitingCount)
            writer.member("parked", space.parkedCount)
        }
        writer.key("settings")
        writer.beginObject()
        space.settings.writeMembers(to: &writer, withMetric: true)
        writer.endObject()
        writer.member("is_current", space.isCurrent)
        if let rebuilding = space.rebuilding {
            writer.key("rebuilding")
            rebuilding.write(to: &writer)
        }
        writer.member("index_bytes", space.byteCount)
        writer.key("walk_bytes")
        writer.beginObject()
        for name in SpaceSettings.CodesName.allCases {
            writer.member(
                name.rawValue,
                space.settings.parameters.walkBytes(name.value, dimension: space.dimension) * space.embeddedCount)
        }
        writer.endObject()
        writer.endObject()
    }

    // MARK: Changes

    static func readChange(_ exchange: Exchange) async throws -> SpaceChange {
        try QueryFields(exchange.request).finish()
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let dimension = try fields.integer("dimension", in: SpaceSettings.dimensionRange)
        let settings = try SpaceSettings(&fields, takesMetric: true)
        try fields.finish()
        return SpaceChange(
            collection: exchange.parameters["name"] ?? "", space: exchange.parameters["space"] ?? "",
            dimension: dimension, settings: settings)
    }

    static func change(_ appliance: SearchAppliance, _ context: RequestContext, _ change: SpaceChange) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let isMade = try await engine.put(
            change,
            options: context.writeOptions(
                target: "\(change.collection)/\(change.space)", byteCount: change.space.utf8.count))
        context.tally.update { $0.isRecorded = true }
        let collection = try found(change.collection, engine)
        guard let space = collection.space(named: change.space) else {
            throw ApplianceError.unknownSpace(
                name: change.space, collection: change.collection, existing: collection.spaces.map(\.name))
        }
        return .json(status: isMade ? 201 : 200) {
            write(space, of: collection, earlier: engine.services.earlierSpace, to: &$0)
        }
    }

    struct Drop: Sendable {
        var collection: String
        var space: String
    }

    /// Deleting takes the vectors along, so the name must be said twice.
    static func readDrop(_ exchange: Exchange) async throws -> Drop {
        let space = exchange.parameters["space"] ?? ""
        var query = try QueryFields(exchange.request)
        let confirmed = query.text("confirm")
        try query.finish()
        guard confirmed == space else {
            throw ApplianceError.invalidArgument(
                name: "confirm", reason: "must repeat the space's name, as in ?confirm=images: its vectors go with it")
        }
        return Drop(collection: exchange.parameters["name"] ?? "", space: space)
    }

    static func drop(_ appliance: SearchAppliance, _ context: RequestContext, _ drop: Drop) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let count = try await engine.dropSpace(
            drop.space, of: drop.collection,
            options: context.writeOptions(
                target: "\(drop.collection)/\(drop.space)", byteCount: drop.space.utf8.count))
        context.tally.update { tally in
            tally.isRecorded = true
            tally.resultCount = count
        }
        return .json { writer in
            writer.beginObject()
            writer.member("deleted", drop.space)
            writer.member("vectors", count)
            writer.endObject()
        }
    }
}
