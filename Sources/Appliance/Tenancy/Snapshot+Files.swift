import BM25
import HNSW
import IndexCore

/// Index files under a snapshot: checked before they are first read, and left out when they are damaged.
extension Snapshot {
    /// Unchecked bytes up to which a search checks them itself.
    ///
    /// 64 MB take 10 ms from memory. Larger files are checked behind the opening of their tenant, and may answer before;
    /// of vectors, what a search reads of them is checked by itself.
    private static let checkedAtFirstTouch = 64 << 20

    private func concerned(_ collection: String?) -> [CollectionSnapshot] {
        guard let collection else { return collections }
        return self.collection(named: collection).map { [$0] } ?? []
    }

    /// Checks the files that nobody has checked, where they are not too large: those that a search reads here and there,
    /// and those of vectors, of which it reads little, if there is room for them beside.
    func verifyFiles(_ collection: String?) {
        let concerned = concerned(collection)
        let files = concerned.flatMap(\.unverifiedFiles)
        guard !files.isEmpty else { return }
        if files.reduce(0, { $0 + $1.byteCount }) <= Self.checkedAtFirstTouch {
            for file in files { file.verify() }
            return
        }
        let dense = concerned.flatMap(\.unverifiedDenseFiles)
        guard dense.reduce(0, { $0 + $1.byteCount }) <= Self.checkedAtFirstTouch else { return }
        for file in dense { file.verify() }
    }

    /// Whether a file under this collection, or under any, is known to be damaged.
    func isDamaged(_ collection: String?) -> Bool {
        concerned(collection).contains { collection in
            collection.keywords.segments.contains(where: \.isDamaged) || collection.spaces.contains(where: \.isDamaged)
        }
    }

    /// The same without what lies in damaged files.
    func leavingOutDamage() -> Snapshot {
        Snapshot(
            sequence: sequence,
            collections: collections.map { collection in
                var collection = collection
                collection.keywords = collection.keywords.leavingOut(where: \.isDamaged)
                collection.spaces = collection.spaces.map { $0.isDamaged ? $0.leavingOutSegment() : $0 }
                return collection
            })
    }
}

extension CollectionSnapshot {
    /// Files that nobody has checked, and that are not known to be damaged.
    var unverifiedFiles: [SegmentFile] {
        (keywords.segments.compactMap(\.file) + spaces.flatMap(\.files)).filter { !$0.isVerified && !$0.isDamaged }
    }

    /// Those of them that a search reads all over.
    fileprivate var unverifiedDenseFiles: [SegmentFile] {
        let graphs = spaces.compactMap { $0.vectors.segment?.sections.file }
        return (keywords.segments.compactMap(\.file) + graphs).filter { !$0.isVerified && !$0.isDamaged }
    }

    /// Whether searches miss passages that are being indexed again.
    var isIncomplete: Bool { unindexedCount > 0 || spaces.contains { $0.missingCount > 0 } }
}

extension SpaceSnapshot {
    /// The files its index lies in.
    var files: [SegmentFile] { vectors.segment?.files ?? [] }

    fileprivate var isDamaged: Bool { files.contains(where: \.isDamaged) }

    /// The same without what lies in files.
    fileprivate func leavingOutSegment() -> SpaceSnapshot {
        var space = self
        space.vectors = vectors.withoutSegment
        space.missingCount = max(missingCount, embeddedCount - vectorDelta)
        return space
    }
}

extension BM25Segment {
    /// The file it lies in; nil where it is in memory.
    var file: SegmentFile? { sections.file }

    /// Whether it lies in a file that is damaged.
    var isDamaged: Bool { file?.isDamaged == true }
}
