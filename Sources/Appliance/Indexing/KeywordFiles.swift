import BM25
import IndexCore
import TenantStore

/// What is due of a collection's keyword files.
extension CollectionState {
    /// Passages in memory that a file may hold.
    private var memoryPassageCount: Int { keywords.memorySegments.reduce(0) { $0 + $1.passageCount } }

    /// What is to go from memory to a file now, marked in the index as on its way.
    mutating func takeDueFlush() -> BM25SegmentPlan? {
        guard !files.isFlushing, memoryPassageCount >= files.flushesAgainAt else { return nil }
        let mustFlush = files.gaps.isEmpty && hasMemory(before: max(files.flushBefore, compactedBefore))
        return mustFlush ? keywords.flushPlan() : keywords.pendingFlush()
    }

    private func hasMemory(before id: UInt32) -> Bool {
        keywords.memorySegments.contains { $0.idRange.lowerBound < id }
    }

    /// Ids below this go to a file, since a compaction was asked for.
    private var compactedBefore: UInt32 {
        if case .wanted(let before) = files.compaction { before } else { 0 }
    }

    /// The files to be joined now, marked in the index as on their way.
    mutating func takeDueMerge() -> BM25SegmentPlan? {
        guard !files.isMerging else { return nil }
        if case .wanted(let before) = files.compaction {
            guard !files.isFlushing, files.gaps.isEmpty else { return nil }
            if let plan = keywords.fullMergePlan() {
                // Where no place for a file was left, something is still in memory: then this merge is not the last.
                if !hasMemory(before: before) { files.compaction = .ending }
                return plan
            }
            if !hasMemory(before: before) { files.compaction = nil }
            return nil
        }
        return files.pausesMerges ? nil : keywords.pendingMerge()
    }

    /// Of quiet for a passage: ten times what it takes to join it, and more.
    private static let restPerPassage = Duration.microseconds(200)

    /// How long nothing may be written until segments are joined that nothing else asks to join; nil where there are none.
    var restingPause: Duration? {
        guard !files.isAtWork, !files.pausesMerges, files.gaps.isEmpty, files.compaction == nil, keywords.isDivided
        else { return nil }
        return Self.restPerPassage * live.count
    }

    /// Those segments, marked in the index as on their way; few that are all in memory are joined here.
    mutating func takeRestingMerge() -> BM25SegmentPlan? {
        guard restingPause != nil, let plan = keywords.restingPlan() else { return nil }
        files.isMerging = true
        return plan
    }

    /// Whether any of this is due.
    var isKeywordWorkDue: Bool {
        var copy = self
        return files.dueRebuild != nil || copy.takeDueFlush() != nil || copy.takeDueMerge() != nil
            || (files.compaction != nil && copy.files.compaction == nil)
    }

    /// Adds passages that were indexed anew.
    mutating func install(_ slice: PassageIndexer.Slice, of range: ClosedRange<UInt32>, detachments: Int) {
        add(slice)
        // Otherwise the same ids are gone through once more, for what the files taken out meanwhile had held.
        if files.detachments == detachments, slice.end >= range.lowerBound {
            files.close(range.lowerBound...slice.end)
        }
        files.isRebuilding = false
        files.rebuildRetry.succeed()
        if files.gaps.isEmpty { files.flushBefore = record.nextPassage }
    }

    /// Takes segments whose files are damaged out of the index.
    /// - Returns: Their files.
    mutating func detachDamagedKeywords() -> [SegmentFile] {
        let damaged = keywords.fileSegments.filter(\.isDamaged)
        guard !damaged.isEmpty else { return [] }
        keywords.detach { segment in damaged.contains { $0 === segment } }
        files.addGaps(damaged.map(\.idRange))
        files.detachments += 1
        return damaged.compactMap(\.file)
    }

    /// A flush failed: the next one is tried after a pause, or before that when there is as much again to write.
    mutating func postponeFlush() { files.flushesAgainAt = memoryPassageCount + 2_000 }

    /// What the index files hold, as it is to be written down.
    ///
    /// They are complete up to the first passage that is in memory alone, or in no segment.
    func keywordManifest(by writer: TenantWriter) throws -> Manifest {
        var next = record.nextPassage
        for gap in files.gaps { next = min(next, gap.lowerBound) }
        for segment in keywords.memorySegments { next = min(next, segment.idRange.lowerBound) }
        return Manifest(
            sequence: next == record.nextPassage
                ? writer.sequence : try writer.sequence(ofPassagesBefore: next, in: record.id),
            nextPassage: next, settings: keywords.parameters.fingerprint,
            files: keywords.fileSegments.compactMap(ManifestFile.init).sorted {
                ($0.passages.lowerBound, $0.name) < ($1.passages.lowerBound, $1.name)
            })
    }
}

extension ManifestFile {
    /// The row of a segment that lies in a file.
    init?(_ segment: BM25Segment) {
        guard let file = segment.file else { return nil }
        self.init(
            name: file.name, byteCount: file.byteCount, passageCount: segment.passageCount, passages: segment.idRange)
    }
}
