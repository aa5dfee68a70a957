import HTTPServer
import JSON
import TenantStore

/// `POST /v1/documents:bulk`: one JSON document a line in, what became of them out.
///
/// The answer is NDJSON too and runs beside the upload: `{"committed_lines":n}` after each commit (every line up to n is
/// durable and visible, or was reported), `{"line":n,"error":"…"}` for a line that did not go in, and at the end
/// `{"summary":{…}}`. Without a summary something was cut off, and the last `committed_lines` is what holds.
enum BulkRoute {
    struct Upload: Sendable {
        var body: RequestBody
        var collection: String?
        var passages: PassageMode?
    }

    static func read(_ exchange: Exchange) async throws -> Upload {
        let (collection, passages) = try DocumentRoutes.place(exchange)
        if let type = exchange.request.headers["Content-Type"]?.prefix(while: { $0 != ";" }).lowercased(),
            !["application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/json", "text/plain"]
                .contains(String(type).trimmingSpaces)
        {
            throw ApplianceError.unsupportedMediaType(expected: "application/x-ndjson")
        }
        return Upload(
            body: exchange.request.body, collection: try DocumentRoutes.checked(collection), passages: passages)
    }

    static func answer(
        _ appliance: SearchAppliance, _ operation: Gate.OpenOperation, _ upload: Upload
    ) async throws -> HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": "application/x-ndjson", "Cache-Control": "no-store"],
            body: .stream { writer in
                do {
                    try await operation.run { context in
                        try await run(upload, appliance, operation, context, to: writer)
                    }
                } catch {
                    // The outcome is recorded and the summary has told the client: the answer itself ends whole.
                }
            })
    }

    /// Away from the event loop: lines are parsed here.
    @concurrent private static func run(
        _ upload: Upload, _ appliance: SearchAppliance, _ operation: Gate.OpenOperation, _ context: RequestContext,
        to writer: any BodyWriter
    ) async throws {
        var bulk = BulkImport(upload: upload, appliance: appliance, context: context)
        do {
            var lines = BodyLineReader(upload.body, limit: JSONBody.limit)
            while let line = try await lines.next() {
                if let answer = bulk.take(line) { try await writer.write(answer) }
                guard bulk.isBatchFull else { continue }
                try await operation.checkStillAllowed()
                try await writer.write(try await bulk.commit())
            }
            try await writer.write(try await bulk.commit())
            try await writer.write(bulk.summary(nil))
        } catch {
            let problem = Problem(error)
            // The client is told, if it is still there; the outcome says what happened in any case.
            try await writer.write(bulk.summary(problem))
            throw error
        }
    }
}

/// The state of one bulk upload: the batch being filled and what became of the lines before.
private struct BulkImport {
    static let batchCount = 1_000
    static let batchBytes = 4 << 20
    /// Errors told one by one; the rest are counted.
    static let errorLimit = 100

    let upload: BulkRoute.Upload
    let appliance: SearchAppliance
    let context: RequestContext

    private var documents: [DocumentInput] = []
    /// The line of each document of the batch.
    private var lineNumbers: [Int] = []
    private var bytes = 0
    private var lineCount = 0
    private var errorCount = 0
    private var added = 0
    private var updated = 0
    private var unchanged = 0
    private var warnings: [String] = []

    init(upload: BulkRoute.Upload, appliance: SearchAppliance, context: RequestContext) {
        self.upload = upload
        self.appliance = appliance
        self.context = context
    }

    var isBatchFull: Bool { documents.count >= Self.batchCount || bytes >= Self.batchBytes }

    /// Puts a line into the batch; returns what to tell the client if it cannot.
    mutating func take(_ line: BodyLineReader.Line) -> [UInt8]? {
        lineCount += 1
        switch line {
        case .tooLong: return failure(lineCount, "the line is longer than \(JSONBody.limit) bytes")
        case .bytes(let text):
            if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return nil }
            do {
                let document = try DocumentInput(JSONValue(parsing: text))
                documents.append(document)
                lineNumbers.append(lineCount)
                bytes += document.byteCount
                return nil
            } catch {
                return failure(lineCount, Problem(error).detail)
            }
        }
    }

    /// Writes the batch; returns what to tell the client.
    mutating func commit() async throws -> [UInt8] {
        var answer: [UInt8] = []
        if !documents.isEmpty {
            let report = try await appliance.add(
                documents, collection: upload.collection, passages: upload.passages, context)
            for (index, reason) in report.errors {
                answer += failure(lineNumbers.indices.contains(index) ? lineNumbers[index] : lineCount, reason) ?? []
            }
            added += report.added
            updated += report.updated
            unchanged += report.unchanged
            for warning in report.warnings where !warnings.contains(warning) && warnings.count < 20 {
                warnings.append(warning)
            }
            documents.removeAll(keepingCapacity: true)
            lineNumbers.removeAll(keepingCapacity: true)
            bytes = 0
            let count = added + updated + unchanged
            context.tally.update { $0.resultCount = count }
        }
        return answer + Self.line { $0.member("committed_lines", lineCount) }
    }

    func summary(_ problem: Problem?) -> [UInt8] {
        Self.line { writer in
            writer.key("summary")
            writer.beginObject()
            writer.member("complete", problem == nil)
            writer.member("lines", lineCount)
            writer.member("added", added)
            writer.member("updated", updated)
            writer.member("unchanged", unchanged)
            writer.member("failed", errorCount)
            writer.member("errors_not_listed", max(0, errorCount - Self.errorLimit))
            writer.member("warnings", warnings)
            if let problem {
                writer.key("error")
                writer.beginObject()
                writer.member("code", problem.code)
                writer.member("detail", problem.detail)
                writer.endObject()
            }
            writer.endObject()
        }
    }

    private mutating func failure(_ line: Int, _ reason: String) -> [UInt8]? {
        errorCount += 1
        guard errorCount <= Self.errorLimit else { return nil }
        return Self.line { writer in
            writer.member("line", line)
            writer.member("error", reason)
        }
    }

    private static func line(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
