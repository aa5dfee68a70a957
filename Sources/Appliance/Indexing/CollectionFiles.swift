import BM25
import IndexCore
import TenantStore

/// What the writer knows of the index files of one collection beside its index.
struct CollectionFiles {
    /// Ids among which live passages are not in the keyword index, ascending: their files were lost, or never made.
    var gaps: [ClosedRange<UInt32>] = []
    /// Work that runs on other threads.
    var isFlushing = false
    var isMerging = false
    var isRebuilding = false
    /// Passages in memory with smaller ids go to a file however few they are: they were in one before.
    var flushBefore: UInt32 = 0
    /// Passages in memory at which a flush that failed is tried again.
    var flushesAgainAt = 0
    /// A merge failed; the next flush that succeeds shows that files can be written again.
    var pausesMerges = false
    /// Counts files taken out: what was indexed anew beside one of them may lack its passages.
    var detachments = 0
    /// Counts replacements of the whole index: what was planned before one is not for the index after it.
    var generation = 0

    /// Adds ranges to the gaps.
    mutating func addGaps(_ ranges: [ClosedRange<UInt32>]) {
        gaps = (gaps + ranges).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Takes ids out of the gaps.
    mutating func close(_ range: ClosedRange<UInt32>) {
        gaps = gaps.flatMap { gap in
            guard gap.overlaps(range) else { return [gap] }
            var rest: [ClosedRange<UInt32>] = []
            if gap.lowerBound < range.lowerBound { rest.append(gap.lowerBound...range.lowerBound - 1) }
            if gap.upperBound > range.upperBound { rest.append(range.upperBound + 1...gap.upperBound) }
            return rest
        }
    }
}

extension CollectionState {
    /// Passages in memory that a file may hold.
    private var memoryPassageCount: Int { keywords.memorySegments.reduce(0) { $0 + $1.passageCount } }

    /// What is to go from memory to a file now, marked in the index as on its way.
    mutating func takeDueFlush() -> BM25SegmentPlan? {
        guard !files.isFlushing, memoryPassageCount >= files.flushesAgainAt else { return nil }
        let mustFlush =
            files.gaps.isEmpty && keywords.memorySegments.contains { $0.idRange.lowerBound < files.flushBefore }
        return mustFlush ? keywords.flushPlan() : keywords.pendingFlush()
    }

    /// The files to be joined now, marked in the index as on their way.
    mutating func takeDueMerge() -> BM25SegmentPlan? {
        files.isMerging || files.pausesMerges ? nil : keywords.pendingMerge()
    }

    /// The ids to be indexed anew now.
    var dueRebuild: ClosedRange<UInt32>? { files.isRebuilding ? nil : files.gaps.first }

    /// Whether any of this is due.
    var isIndexWorkDue: Bool {
        var copy = self
        return dueRebuild != nil || copy.takeDueFlush() != nil || copy.takeDueMerge() != nil
    }

    /// A flush failed: the next one is tried when there is as much again to write.
    mutating func postponeFlush() { files.flushesAgainAt = memoryPassageCount + 2_000 }

    /// What the index files hold, as it is to be written down.
    ///
    /// They are complete up to the first passage that is in memory alone, or in no segment.
    func manifest(by writer: TenantWriter) throws -> Manifest {
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
