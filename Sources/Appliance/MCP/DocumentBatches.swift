import JSON
import MCP

/// The documents of one `add_documents` call: whole at once, or batch by batch where somebody is told how far it is.
///
/// A batch is a commit: what was added before a call was taken back or broke off stays, and the same call again adds
/// nothing twice.
struct DocumentBatches: Sendable {
    /// Documents in a batch; a call with no more has nothing to tell.
    static let size = 100

    private let items: [JSONValue]
    private let collection: String?
    private let appliance: SearchAppliance
    private let context: RequestContext

    init(_ items: [JSONValue], collection: String?, appliance: SearchAppliance, context: RequestContext) {
        self.items = items
        self.collection = collection
        self.appliance = appliance
        self.context = context
    }

    /// Adds them all.
    /// - Throws: What a commit throws; ``ApplianceError/cancelled`` between two of them.
    func add(_ progress: ProgressReporter) async throws -> ToolResult {
        let size = progress.isHeard ? Self.size : items.count
        var report = WriteReport()
        for start in stride(from: 0, to: items.count, by: max(size, 1)) {
            if start > 0 {
                guard !Task.isCancelled, !context.cancellation.isCancelled else { throw ApplianceError.cancelled }
                try await context.checkStillAllowed()
            }
            let end = min(start + size, items.count)
            report.join(try await add(start..<end))
            try await progress.report(Double(end), of: Double(items.count), "\(end) of \(items.count) documents")
        }
        let isError = report.acceptedCount == 0
        return ToolResult(structured: report.encoded(), isError: isError)
    }

    /// Adds the entries that can be read; the others are errors of the report, in the order of their places.
    private func add(_ range: Range<Int>) async throws -> WriteReport {
        var documents: [DocumentInput] = []
        var places: [Int] = []
        var errors: [(index: Int, reason: String)] = []
        for index in range {
            do {
                documents.append(try DocumentInput(items[index]))
                places.append(index)
            } catch {
                errors.append((index, Problem(error).detail))
            }
        }
        var report = WriteReport()
        if !documents.isEmpty {
            report = try await appliance.add(documents, collection: collection, passages: nil, context)
        }
        errors += report.errors.map { (places.indices.contains($0.index) ? places[$0.index] : $0.index, $0.reason) }
        report.errors = errors.sorted { $0.index < $1.index }
        return report
    }
}

extension WriteReport {
    /// Adds the report of the batch behind.
    fileprivate mutating func join(_ next: WriteReport) {
        added += next.added
        updated += next.updated
        unchanged += next.unchanged
        ids += next.ids
        errors += next.errors
        warnings += next.warnings.filter { !warnings.contains($0) }
    }
}
