import IndexCore

/// Documents with their values, immutable: one row per document version, ascending by first passage id.
final class ColumnSegment: Sendable {
    /// First passage ids.
    let documents: [UInt32]
    let passageCounts: [UInt32]
    /// By field; a field that no row has is not there.
    let columns: [String: Column]

    init(documents: [UInt32], passageCounts: [UInt32], columns: [String: Column]) {
        self.documents = documents
        self.passageCounts = passageCounts
        self.columns = columns
    }

    /// - Parameters:
    ///   - documents: Ascending by id.
    ///   - catalog: Knows their fields; what it does not know, for there are too many, is left out.
    convenience init(_ documents: [ColumnDocument], catalog: FieldCatalog) {
        var builders: [String: ColumnBuilder] = [:]
        for (row, document) in documents.enumerated() {
            for (field, entries) in Dictionary(grouping: document.entries, by: \.field) {
                guard let type = catalog.type(of: field) else { continue }
                builders[field, default: ColumnBuilder(type)].add(entries.map(\.value), row: row)
            }
        }
        self.init(
            documents: documents.map(\.first.rawValue), passageCounts: documents.map { UInt32($0.passageCount) },
            columns: builders.mapValues { $0.build(rowCount: documents.count) })
    }

    var rowCount: Int { documents.count }
    var byteCount: Int { 8 * documents.count + columns.values.reduce(0) { $0 + $1.byteCount } }

    /// The row of a document version.
    func row(of first: UInt32) -> Int? {
        var (low, high) = (0, documents.count)
        while low < high {
            let middle = (low + high) / 2
            if documents[middle] < first { low = middle + 1 } else { high = middle }
        }
        return low < documents.count && documents[low] == first ? low : nil
    }
}

/// A segment, and how many of its documents are gone.
struct ColumnSegmentState: Sendable {
    let segment: ColumnSegment
    var deadCount = 0

    init(_ segment: ColumnSegment) { self.segment = segment }

    var liveCount: Int { segment.rowCount - deadCount }
}
