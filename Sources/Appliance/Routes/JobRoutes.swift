import HTTPServer
import JSON
import TenantStore

/// `/v1/jobs`: named bulk uploads and how far they have come; each user sees their own.
enum JobRoutes {
    static let listLimit = 1...500

    static func readList(_ exchange: Exchange) async throws -> PageRequest {
        try PageRequest.read(exchange, limit: listLimit, default: 50)
    }

    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ request: PageRequest) async throws
        -> HTTPResponse
    {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let page = try await engine.uploads(of: context.userID, limit: request.limit, cursor: request.cursor)
        context.tally.update { $0.resultCount = page.uploads.count }
        return .json { writer in
            writer.beginObject()
            writer.key("jobs")
            writer.beginArray()
            for upload in page.uploads { upload.write(to: &writer) }
            writer.endArray()
            if let nextCursor = page.nextCursor { writer.member("next_cursor", nextCursor) }
            writer.member("warnings", page.warnings)
            writer.endObject()
        }
    }

    static func readName(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("id") }

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
