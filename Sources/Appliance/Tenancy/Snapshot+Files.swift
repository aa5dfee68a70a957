import BM25
import IndexCore

/// Index files under a snapshot: checked before they are first read, and left out when they are damaged.
extension Snapshot {
    /// Unchecked bytes up to which a search checks them itself.
    ///
    /// 64 MB take 10 ms from memory. Larger files are checked behind the opening of their tenant, and may answer before.
    private static let checkedAtFirstTouch = 64 << 20

    private func concerned(_ collection: String?) -> [CollectionSnapshot] {
        guard let collection else { return collections }
        return self.collection(named: collection).map { [$0] } ?? []
    }

    /// Checks the files that nobody has checked, where they are not too large.
    func verifyFiles(_ collection: String?) {
        let files = concerned(collection).flatMap(\.unverifiedFiles)
        guard files.reduce(0, { $0 + $1.byteCount }) <= Self.checkedAtFirstTouch else { return }
        for file in files { file.verify() }
    }

    /// Whether a file under this collection, or under any, is known to be damaged.
    func isDamaged(_ collection: String?) -> Bool {
        concerned(collection).contains { $0.keywords.segments.contains(where: \.isDamaged) }
    }

    /// The same without what lies in damaged files.
    func leavingOutDamage() -> Snapshot {
        Snapshot(
            sequence: sequence,
            collections: collections.map { collection in
                var collection = collection
                collection.keywords = collection.keywords.leavingOut(where: \.isDamaged)
                return collection
            })
    }
}

extension CollectionSnapshot {
    /// Files that nobody has checked, and that are not known to be damaged.
    var unverifiedFiles: [SegmentFile] {
        keywords.segments.compactMap(\.file).filter { !$0.isVerified && !$0.isDamaged }
    }
}

extension BM25Segment {
    /// The file it lies in; nil where it is in memory.
    var file: SegmentFile? { sections.file }

    /// Whether it lies in a file that is damaged.
    var isDamaged: Bool { file?.isDamaged == true }
}
