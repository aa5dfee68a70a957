import HNSW
import IndexCore
import Synchronization
import TenantStore

/// A merge of vectors under way: told how far it is, and asked whether to stop.
final class VectorMergeRun: Sendable {
    /// Whether the delta had grown so large that the merge runs at normal priority, and the embedder waits for it.
    let isUrgent: Bool
    /// Whether it was asked for: vectors are written anew in id order.
    let isCompaction: Bool
    private let isHastenedFlag = Atomic(false)
    private let thousandths = Atomic(0)

    init(isUrgent: Bool, isCompaction: Bool) {
        self.isUrgent = isUrgent
        self.isCompaction = isCompaction
    }

    /// Whether it shall stop and begin again at normal priority: at the idle one it may be late for ever.
    var isHastened: Bool { isHastenedFlag.load(ordering: .relaxed) }

    func hasten() { isHastenedFlag.store(true, ordering: .relaxed) }

    /// What share of the graph is built, 0...1.
    var progress: Double { Double(thousandths.load(ordering: .relaxed)) / 1_000 }

    func note(progress: Double) {
        thousandths.store(Int((min(1, max(0, progress)) * 1_000).rounded()), ordering: .relaxed)
    }
}

/// What is due of the files of one space.
extension SpaceState {
    /// Whether a merge is to be run now.
    var isMergeDue: Bool {
        guard !files.isMerging, !files.mergeRetry.isPending else { return false }
        return isCompactionDue ? vectors.count > 0 : vectors.isMergeDue
    }

    /// Whether everything is to be written anew: what is lost comes back first, for a compaction holds everything.
    private var isCompactionDue: Bool {
        if case .wanted = files.compaction { files.gaps.isEmpty } else { false }
    }

    /// The merge to be run now, if one is.
    func dueMerge(live: IDSet) -> (merge: VectorMerge, run: VectorMergeRun)? {
        guard isMergeDue else { return nil }
        if isCompactionDue {
            return (vectors.merge(live: live), VectorMergeRun(isUrgent: false, isCompaction: true))
        }
        return vectors.pendingMerge(live: live).map {
            ($0, VectorMergeRun(isUrgent: vectors.isMergeUrgent, isCompaction: false))
        }
    }

    /// Whether the merge that runs is to stop for one at normal priority.
    var mergeMustHasten: Bool {
        guard let mergeRun, files.isMerging else { return false }
        return !mergeRun.isUrgent && !mergeRun.isCompaction && !mergeRun.isHastened && vectors.isMergeUrgent
    }

    /// Whether a compaction has nothing to do.
    var hasIdleCompaction: Bool {
        if case .wanted = files.compaction { vectors.count == 0 && files.gaps.isEmpty } else { false }
    }

    /// The ids to be read again now; not while there is no room for them.
    var dueRebuild: ClosedRange<UInt32>? {
        vectors.isMergeUrgent && !files.mergeRetry.isPending ? nil : files.dueRebuild
    }

    /// Whether any of this is due.
    ///
    /// Asked at every commit.
    var isWorkDue: Bool { isMergeDue || dueRebuild != nil || mergeMustHasten || hasIdleCompaction }

    /// The files the index lies in: those of vectors, then that of the graph.
    var indexFiles: [SegmentFile] { vectors.segment?.files ?? [] }

    /// What the files hold, as it is to be written down.
    ///
    /// - Parameter sequence: The last change whose vectors they hold all of.
    func manifest(completeTo sequence: Int64) -> Manifest {
        let last = vectors.segment?.idRange.upperBound
        return Manifest(
            sequence: sequence, nextPassage: last.map { $0 == .max ? $0 : $0 + 1 } ?? 0,
            settings: vectors.parameters.fingerprint, files: vectors.segment?.manifestFiles ?? [])
    }

    /// Puts a merge's result in the place of what it was made from.
    /// - Returns: Whether it was wanted.
    mutating func install(_ segment: VectorSegment?, from merge: VectorMerge) -> Bool {
        guard vectors.install(segment, from: merge) else { return false }
        endMerge()
        files.mergeRetry.succeed()
        if case .ending = files.compaction { files.compaction = nil }
        return true
    }

    /// Notes that no merge runs.
    mutating func endMerge() {
        files.isMerging = false
        mergeRun = nil
    }

    /// Adds vectors that were read again, less those that have died since or came back another way.
    mutating func install(
        _ slice: VectorReplay.Slice, of range: ClosedRange<UInt32>, detachments: Int, live: IDSet
    ) throws(HNSWError) {
        for row in slice.rows where live.contains(row.id) && !vectors.contains(row.id) {
            try vectors.append(row.id, document: row.document, vector: row.vector)
            missing.remove(row.id)
        }
        // Otherwise the same ids are gone through once more, for what was lost meanwhile.
        if files.detachments == detachments, slice.end >= range.lowerBound {
            files.close(range.lowerBound...slice.end)
        }
        files.isRebuilding = false
        files.rebuildRetry.succeed()
        guard files.gaps.isEmpty else { return }
        missing = IDSet()
        // The files that were made meanwhile could not say what they are complete to.
        files.compaction = .wanted(before: .max)
    }

    /// Takes the segment out of the index if one of its files is damaged: a graph is of no use without its vectors, nor
    /// they without it.
    /// - Parameter nextPassage: Above every id.
    /// - Returns: The damaged files.
    mutating func detachDamaged(nextPassage: UInt32) -> [SegmentFile] {
        let damaged = indexFiles.filter(\.isDamaged)
        guard !damaged.isEmpty else { return [] }
        files.leftovers.formUnion(indexFiles.filter { !$0.isDamaged }.map(\.name))
        vectors.detachSegment()
        loseVectors(below: nextPassage)
        return damaged
    }

    /// Notes that vectors are to be read again, all that are not in the index.
    mutating func loseVectors(below nextPassage: UInt32) {
        guard nextPassage > 0 else { return }
        var lost = IDSet()
        embedded.forEach { id in
            if !vectors.contains(id) { lost.insert(id) }
        }
        missing = lost
        files.gaps = lost.isEmpty ? [] : [0...nextPassage - 1]
        files.detachments += 1
    }
}

extension VectorSegment {
    /// The files it lies in: those of vectors, then its own.
    var files: [SegmentFile] { (blocks.map(\.sections) + [sections]).compactMap(\.file) }

    /// How a manifest names them.
    var manifestFiles: [ManifestFile] {
        var rows = blocks.compactMap { block in
            block.sections.file.map {
                ManifestFile(
                    name: $0.name, byteCount: $0.byteCount, passageCount: block.count, passages: block.idRange)
            }
        }
        if let file = sections.file {
            rows.append(
                ManifestFile(name: file.name, byteCount: file.byteCount, passageCount: count, passages: idRange))
        }
        return rows
    }
}
