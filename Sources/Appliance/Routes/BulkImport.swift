import HTTPServer
import JSON
import TenantStore

/// The state of one bulk upload: the batch being filled and what became of the lines before.
struct BulkImport {
    static let batchCount = 1_000
    static let batchBytes = 4 << 20
    /// Errors told one by one; the rest are counted.
    static let errorLimit = 100

    let upload: BulkRoute.Upload
    /// Under which progress is recorded; nil for an upload without a name.
    let run: UploadRecord?
    let appliance: SearchAppliance
    let context: RequestContext

    private var documents: [DocumentInput] = []
    /// The line of each document of the batch.
    private var lineNumbers: [Int] = []
    private var bytes = 0
    /// The number of the last line taken.
    private var lineNumber: Int
    private var errorCount = 0
    /// Errors that the upload's record does not count yet.
    private var unrecordedErrors = 0
    private var added = 0
    private var updated = 0
    private var unchanged = 0
    private var warnings: [String] = []

    init(upload: BulkRoute.Upload, run: UploadRecord?, appliance: SearchAppliance, context: RequestContext) {
        self.upload = upload
        self.run = run
        lineNumber = upload.firstLine - 1
        self.appliance = appliance
        self.context = context
    }

    var isBatchFull: Bool { documents.count >= Self.batchCount || bytes >= Self.batchBytes }

    /// Puts a line into the batch; returns what to tell the client if it cannot.
    mutating func take(_ line: BodyLineReader.Line) -> [UInt8]? {
        lineNumber += 1
        switch line {
        case .tooLong: return failure(lineNumber, "the line is longer than \(JSONBody.limit) bytes")
        case .bytes(let text):
            if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return nil }
            do {
                let document = try DocumentInput(JSONValue(parsing: text))
                documents.append(document)
                lineNumbers.append(lineNumber)
                bytes += document.byteCount
                return nil
            } catch {
                return failure(lineNumber, Problem(error).detail)
            }
        }
    }

    /// Writes the batch, and with it how far the upload has come; returns what to tell the client.
    mutating func commit(isEnd: Bool = false) async throws -> [UInt8] {
        var answer: [UInt8] = []
        let progress = progress(isEnd: isEnd)
        if documents.isEmpty {
            if let progress { try await appliance.recordUpload(progress, context) }
            unrecordedErrors = 0
        } else {
            let report = try await appliance.add(
                documents, collection: upload.collection, passages: upload.passages, upload: progress, context)
            for (index, reason) in report.errors {
                answer += failure(lineNumbers.indices.contains(index) ? lineNumbers[index] : lineNumber, reason) ?? []
            }
            // Those the commit has counted itself.
            unrecordedErrors = 0
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
        return answer + Self.line { $0.member("committed_lines", lineNumber) }
    }

    private func progress(isEnd: Bool) -> UploadProgress? {
        run.map { run in
            UploadProgress(
                user: run.user, name: run.name, run: run.run, committedLines: lineNumber, isComplete: isEnd,
                counts: UploadCounts(failed: unrecordedErrors))
        }
    }

    func summary(_ problem: Problem?) -> [UInt8] {
        Self.line { writer in
            writer.key("summary")
            writer.beginObject()
            writer.member("complete", problem == nil)
            writer.member("lines", lineNumber)
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
        unrecordedErrors += 1
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
