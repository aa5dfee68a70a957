import HTTPServer
import JSON
import TenantStore

/// `/v1/jobs`: named bulk uploads and how far they have come; each user sees their own.
enum JobRoutes {
    static let listLimit = 1...500

    static func readList(_ exchange: Exchange) async throws -> Int {
        var query = try QueryFields(exchange.request)
        let limit = try query.integer("limit", in: listLimit) ?? 50
        try query.finish()
        return limit
    }

    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ limit: Int) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let uploads = try await engine.uploads(of: context.userID, limit: limit)
        context.tally.update { $0.resultCount = uploads.count }
        return .json { writer in
            writer.beginObject()
            writer.key("jobs")
            writer.beginArray()
            for upload in uploads { upload.write(to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    static func readName(_ exchange: Exchange) async throws -> String {
        try QueryFields(exchange.request).finish()
        return exchange.parameters["id"] ?? ""
    }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ name: String) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        guard let upload = try await engine.upload(name, of: context.userID) else {
            throw ApplianceError.jobNotFound(id: name)
        }
        context.tally.update { tally in
            tally.target = name
            tally.resultCount = 1
        }
        return .json { upload.write(to: &$0) }
    }
}

extension UploadRecord {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", name)
        writer.member("kind", "bulk")
        writer.member("state", isComplete ? "complete" : "open")
        if !collection.isEmpty { writer.member("collection", collection) }
        writer.member("committed_lines", committedLines)
        writer.member("added", counts.added)
        writer.member("updated", counts.updated)
        writer.member("unchanged", counts.unchanged)
        writer.member("failed", counts.failed)
        writer.member("started_at", Timestamp(milliseconds: startedAt).description)
        writer.member("updated_at", Timestamp(milliseconds: updatedAt).description)
        writer.endObject()
    }
}
