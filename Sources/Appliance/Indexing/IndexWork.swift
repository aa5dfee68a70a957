import BM25
import HNSW
import IndexCore

/// One of a collection's indexes that lie in files.
enum IndexPart: Sendable, Hashable {
    case keywords
    case vectors(space: String)
}

/// Something to be done about one index of a collection outside of the writer's turn.
struct IndexWork: Sendable {
    enum Task: Sendable {
        /// Keyword segments in memory become a file.
        case flush(BM25SegmentPlan)
        /// Keyword files become one.
        case merge(BM25SegmentPlan)
        /// All keyword segments become one, since the tenant is left in peace.
        case settle(BM25SegmentPlan)
        /// Passages with these ids are indexed anew, but for those that the index holds.
        ///
        /// `detachments` is the count of files that had been taken out of that index.
        case rebuild(ClosedRange<UInt32>, besides: BM25Index, detachments: Int)
        /// Vectors in memory become a file, and they and what was in files before a graph.
        ///
        /// `sequence` is that of the last change whose vectors it knows.
        case mergeVectors(VectorMerge, VectorMergeRun, sequence: Int64)
        /// Vectors with these ids are read again, but for those that the index holds.
        case rebuildVectors(ClosedRange<UInt32>, besides: VectorIndex, detachments: Int)
    }

    let collection: UInt32
    let part: IndexPart
    /// That of the index it was planned for.
    let identity: IndexIdentity
    /// What lived then; deaths since are seen when the result is installed.
    let live: IDSet
    let task: Task

    /// Which of the server's threads it is for.
    var pool: Pool {
        switch task {
        case .flush, .rebuild, .rebuildVectors: .lanes
        case .merge: .keywordMerges
        case .settle: .rebuilds
        case .mergeVectors(_, let run, _): run.isUrgent ? .urgentMerges : run.isCompaction ? .rebuilds : .merges
        }
    }

    enum Pool { case lanes, keywordMerges, merges, urgentMerges, rebuilds }

    /// The files it reads.
    var inputs: [SegmentFile] {
        switch task {
        case .flush(let plan), .merge(let plan), .settle(let plan): plan.segments.compactMap(\.file)
        case .mergeVectors(let merge, _, _): merge.segment?.files ?? []
        case .rebuild, .rebuildVectors: []
        }
    }

    /// Whether it shall stop for other work to begin.
    var isHastened: Bool { if case .mergeVectors(_, let run, _) = task { run.isHastened } else { false } }
}

/// What came of it, to be installed in the writer's turn.
enum IndexProduct: Sendable {
    /// In its file; nil where nothing of the parts lives.
    case segment(BM25Segment?)
    case slice(PassageIndexer.Slice)
    /// In its files; nil where no vector lives. `written` are the names of those that are new.
    case vectors(VectorSegment?, written: [String])
    case vectorSlice(VectorReplay.Slice)

    /// Whether it is some rows that were indexed again, and no file.
    var isSlice: Bool {
        switch self {
        case .slice, .vectorSlice: true
        case .segment, .vectors: false
        }
    }

    /// The names of the files that were written for it.
    var files: [String] {
        switch self {
        case .segment(let segment): [segment?.file?.name].compactMap { $0 }
        case .vectors(_, let written): written
        case .slice, .vectorSlice: []
        }
    }
}
