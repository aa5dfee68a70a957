import BM25
import IndexCore

/// One of a collection's indexes that lie in files.
enum IndexPart: Sendable, Hashable {
    case keywords
}

/// Something to be done about one index of a collection outside of the writer's turn.
struct IndexWork: Sendable {
    enum Task: Sendable {
        /// Segments in memory become a file.
        case flush(BM25SegmentPlan)
        /// Files become one.
        case merge(BM25SegmentPlan)
        /// Passages with these ids are indexed anew, but for those that the index holds.
        ///
        /// `detachments` is the count of files that had been taken out of that index.
        case rebuild(ClosedRange<UInt32>, besides: BM25Index, detachments: Int)
    }

    let collection: UInt32
    let part: IndexPart
    /// That of the index it was planned for.
    let generation: Int
    /// What lived then; deaths since are seen when the result is installed.
    let live: IDSet
    let task: Task

    /// Which of the server's threads it is for.
    var pool: Pool {
        switch task {
        case .flush, .rebuild: .lanes
        case .merge: .merges
        }
    }

    enum Pool { case lanes, merges }
}

/// What came of it, to be installed in the writer's turn.
enum IndexProduct: Sendable {
    /// In its file; nil where nothing of the parts lives.
    case segment(BM25Segment?)
    case slice(PassageIndexer.Slice)

    /// The names of the files that were written for it.
    var files: [String] {
        switch self {
        case .segment(let segment): [segment?.file?.name].compactMap { $0 }
        case .slice: []
        }
    }
}
