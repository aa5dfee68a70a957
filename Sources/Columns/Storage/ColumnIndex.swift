public import IndexCore

/// The writer's side of one collection's metadata: a value for a single writer.
///
/// Readers get a ``snapshot``, which later changes leave alone. Each write adds a small segment; eight segments of
/// about one size become one, up to 32,768 documents and more, so that a document is copied about five times and a
/// collection has some 40 small segments and one large one per 32,768 to 262,144 documents.
///
/// Memory: 8 bytes a document, and for each field of it what ``byteCount`` sums: 8 bytes for a number, a date or a truth
/// value, 4 for a keyword and its text once per segment; 4 more per value where documents have none or several.
public struct ColumnIndex: Sendable {
    /// The fields and their types.
    public var catalog: FieldCatalog
    /// By ascending ids; never empty ones.
    private var states: [ColumnSegmentState] = []

    /// Segments of one size that become one.
    private static let mergeFactor = 8
    /// Segments of so many documents are merged no more, but for what has died in them.
    private static let fullSegment = 32_768

    /// An index without documents.
    public init(catalog: FieldCatalog = FieldCatalog()) { self.catalog = catalog }

    /// Bytes of all segments.
    public var byteCount: Int { states.reduce(0) { $0 + $1.segment.byteCount } }

    /// The number of segments.
    public var segmentCount: Int { states.count }

    /// What a search sees, immutable.
    ///
    /// O(1).
    public var snapshot: ColumnSnapshot { ColumnSnapshot(catalog: catalog, states: states) }

    /// Adds documents as one segment; their fields become known, if they were not.
    /// - Parameters:
    ///   - documents: Ascending by id, above every id that is there.
    ///   - live: Holds the first passage of every document of the collection, these included.
    public mutating func append(_ documents: [ColumnDocument], live: IDSet) {
        guard let first = documents.first else { return }
        precondition(
            states.last?.segment.documents.last.map { $0 < first.first.rawValue } ?? true, "passage ids go back")
        for document in documents { _ = catalog.admit(document.entries) }
        states.append(ColumnSegmentState(ColumnSegment(documents, catalog: catalog)))
        compact(live: live)
    }

    /// Takes a document version out of the counts; an unknown one changes nothing.
    ///
    /// The caller takes its passages out of `live`, once.
    public mutating func remove(_ first: PassageID) {
        guard
            let index = states.lastIndex(where: { ($0.segment.documents.first ?? .max) <= first.rawValue }),
            states[index].segment.row(of: first.rawValue) != nil
        else { return }
        states[index].deadCount += 1
        if states[index].liveCount == 0 { states.remove(at: index) }
    }

    private mutating func compact(live: IDSet) {
        while let run = dueRun { merge(run, live: live) }
        while let rotten = states.firstIndex(where: { 2 * $0.deadCount > $0.segment.rowCount }) {
            merge(rotten..<rotten + 1, live: live)
        }
    }

    /// The latest segments, if enough of them have one size.
    private var dueRun: Range<Int>? {
        var size = Self.mergeFactor
        while size <= Self.fullSegment {
            let start = (states.lastIndex { $0.segment.rowCount >= size } ?? -1) + 1
            let count = states[start...].count { $0.segment.rowCount >= size / Self.mergeFactor }
            if count >= Self.mergeFactor { return start..<states.count }
            size *= Self.mergeFactor
        }
        return nil
    }

    private mutating func merge(_ run: Range<Int>, live: IDSet) {
        let merged = ColumnMerger(states[run].map(\.segment), live: live).merged()
        states.replaceSubrange(run, with: merged.rowCount > 0 ? [ColumnSegmentState(merged)] : [])
    }
}
