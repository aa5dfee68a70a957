import Columns
import HTTPServer
import JSON
import TenantStore

/// `PATCH /v1/documents/{id}` and `POST /v1/documents:delete`.
enum DocumentChangeRoutes {
    struct Patch: Sendable {
        var id: String
        var patch: DocumentPatch
        var collection: String?
        var condition: WriteCondition?
    }

    /// Which documents go.
    enum Filter: Sendable {
        case ids([String])
        case condition(DocumentCondition)
    }

    struct Deletion: Sendable {
        var filter: Filter
        var collection: String?
    }

    static let idLimit = 1...1_000

    // MARK: Input

    /// A JSON Merge Patch (RFC 7396) of `title`, `text` and `metadata`, where `null` takes the member away, and vectors.
    static func readPatch(_ exchange: Exchange) async throws -> Patch {
        let id = try DocumentRoutes.id(exchange)
        let body = try await JSONBody.fields(
            of: exchange, types: ["application/json", "application/merge-patch+json"])
        var fields = body.fields
        let patch = try DocumentPatch(&fields)
        try fields.finish()
        if patch.isEmpty {
            throw ApplianceError.invalidArgument(
                name: "the body", reason: "must hold at least one of title, text, metadata, embedding, embeddings")
        }
        return Patch(
            id: id, patch: patch, collection: body.collection, condition: try WriteCondition(exchange.request.headers))
    }

    static func readDeletion(_ exchange: Exchange) async throws -> Deletion {
        let (members, collection) = try await JSONBody.fields(of: exchange)
        var body = members
        guard let value = body.value("filter") else {
            throw ApplianceError.invalidArgument(
                name: "filter", reason: "is required: a filter, or an object with `ids` or with `metadata`")
        }
        try body.finish()
        guard let object = value.objectValue, object.isEmpty || object["ids"] != nil || object["metadata"] != nil else {
            return Deletion(filter: .condition(.filter(try FilterExpression(value))), collection: collection)
        }
        var fields = Fields(object, prefix: "filter.")
        let ids = try fields.texts("ids", count: idLimit)
        let pairs = try fields.object("metadata")
        try fields.finish()
        switch (ids, pairs) {
        case (let ids?, nil):
            return Deletion(filter: .ids(ids), collection: collection)
        case (nil, let pairs?):
            guard let filter = MetadataFilter(pairs) else {
                throw ApplianceError.invalidArgument(
                    name: "filter.metadata",
                    reason: "must hold at least one pair; to delete all documents delete the collection")
            }
            return Deletion(filter: .condition(.pairs(filter)), collection: collection)
        default:
            throw ApplianceError.invalidArgument(
                name: "filter", reason: "must be a filter, or hold either `ids` or `metadata`")
        }
    }

    // MARK: Work

    static func patch(_ appliance: SearchAppliance, _ context: RequestContext, _ patch: Patch) async throws
        -> HTTPResponse
    {
        let report = try await appliance.patch(
            patch.id, with: patch.patch, collection: patch.collection, condition: patch.condition, context)
        return .json { report.write(to: &$0, tag: report.tag) }
    }

    static func delete(_ appliance: SearchAppliance, _ context: RequestContext, _ deletion: Deletion) async throws
        -> HTTPResponse
    {
        switch deletion.filter {
        case .ids(let ids):
            let report = try await appliance.delete(ids, collection: deletion.collection, context)
            return .json { report.write(to: &$0) }
        case .condition(let condition):
            let report = try await appliance.delete(matching: condition, collection: deletion.collection, context)
            return .json { report.write(to: &$0) }
        }
    }
}

extension SearchAppliance {
    /// How many documents a deletion by this filter would take now.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)`` for a filter that a deletion refuses.
    func count(_ filter: FilterExpression, collection: String?, _ context: RequestContext) async throws -> Int {
        let engine = try await registry.engine(for: context.requireTenant())
        return try await engine.count(filter, collection: collection, deadline: context.searchDeadline)
    }

    /// Deletes by metadata, for whichever door.
    func delete(
        matching filter: DocumentCondition, collection: String?, _ context: RequestContext
    ) async throws -> DeleteReport {
        let engine = try await registry.engine(for: context.requireTenant())
        let place = collection.map { $0 + " " } ?? ""
        context.tally.update { $0.target = place + "(by metadata)" }
        let report = try await engine.delete(
            matching: filter, collection: collection,
            options: { count in
                context.writeOptions(target: "\(place)(\(count) documents by metadata)", byteCount: 0)
            }, while: { !context.isPastDeadline && !context.cancellation.isCancelled })
        context.tally.update { tally in
            // Each commit had its rows with it; a call that found nothing made none.
            tally.isRecorded = report.deleted > 0
            tally.resultCount = report.deleted
        }
        return report
    }
}
