import HTTPServer
import JSON
import TenantStore

/// `POST /v1/documents:bulk`: one JSON document a line in, what became of them out.
///
/// The answer is NDJSON too and runs beside the upload: `{"committed_lines":n}` after each commit (every line up to n is
/// durable and visible, or was reported), `{"line":n,"error":"…"}` for a line that did not go in, and at the end
/// `{"summary":{…}}`. Without a summary something was cut off, and the last `committed_lines` is what holds.
///
/// With `?upload=NAME` the count is kept in the transactions of the documents themselves, so after any break
/// `GET /v1/jobs/NAME` tells where to go on: the same call with `&from_line=` the line after, whose body begins there.
enum BulkRoute {
    struct Upload: Sendable {
        var body: RequestBody
        var collection: String?
        var passages: PassageMode?
        /// Under which the server remembers how far it came.
        var name: String?
        /// The number of the body's first line.
        var firstLine = 1
    }

    static func read(_ exchange: Exchange) async throws -> Upload {
        var query = try QueryFields(exchange.request)
        let collection = query.text("collection")
        let passages = try query.choice("passages", of: [PassageMode.auto, .whole])
        let name = query.text("upload")
        let firstLine = try query.integer("from_line", in: 1...Int(Int32.max))
        try query.finish()
        if let name, Call.identifier(name) == nil {
            throw ApplianceError.invalidArgument(
                name: "upload", reason: "must be 1 to 128 letters, digits, '.', '_', '-' and ':'")
        }
        if firstLine != nil, name == nil {
            throw ApplianceError.invalidArgument(
                name: "from_line", reason: "needs `upload`, the name under which the lines before were sent")
        }
        if let type = exchange.request.headers["Content-Type"]?.prefix(while: { $0 != ";" }).lowercased(),
            !["application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/json", "text/plain"]
                .contains(String(type).trimmingSpaces)
        {
            throw ApplianceError.unsupportedMediaType(expected: "application/x-ndjson")
        }
        return Upload(
            body: exchange.request.body, collection: try DocumentRoutes.checked(collection), passages: passages,
            name: name, firstLine: firstLine ?? 1)
    }

    static func answer(
        _ appliance: SearchAppliance, _ operation: Gate.OpenOperation, _ upload: Upload
    ) async throws -> HTTPResponse {
        // While there is still a status to refuse by.
        let run = try await operation.begin { context in try await begin(upload, appliance, context) }
        return HTTPResponse(
            headers: ["Content-Type": "application/x-ndjson", "Cache-Control": "no-store"],
            body: .stream { writer in
                do {
                    try await operation.run { context in
                        try await take(upload, run, appliance, operation, context, to: writer)
                    }
                } catch {
                    // The outcome is recorded and the summary has told the client: the answer itself ends whole.
                }
            })
    }

    /// The run that may write under the upload's name from now on; nil without a name.
    private static func begin(
        _ upload: Upload, _ appliance: SearchAppliance, _ context: RequestContext
    ) async throws -> UploadRecord? {
        guard let name = upload.name else { return nil }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        return try await engine.beginUpload(
            name, of: context.userID, collection: upload.collection, fromLine: upload.firstLine)
    }

    /// Away from the event loop: lines are parsed here.
    @concurrent private static func take(
        _ upload: Upload, _ run: UploadRecord?, _ appliance: SearchAppliance, _ operation: Gate.OpenOperation,
        _ context: RequestContext, to writer: any BodyWriter
    ) async throws {
        var bulk = BulkImport(upload: upload, run: run, appliance: appliance, context: context)
        do {
            var lines = BodyLineReader(upload.body, limit: JSONBody.limit)
            while let line = try await lines.next() {
                if let answer = bulk.take(line) { try await writer.write(answer) }
                guard bulk.isBatchFull else { continue }
                try await operation.checkStillAllowed()
                try await writer.write(try await bulk.commit())
            }
            try await operation.checkStillAllowed()
            try await writer.write(try await bulk.commit(isEnd: true))
            try await writer.write(bulk.summary(nil))
        } catch {
            let problem = Problem(error)
            // The client is told, if it is still there; the outcome says what happened in any case.
            try await writer.write(bulk.summary(problem))
            throw error
        }
    }
}
