import BM25
import HNSW
import IndexCore
import TenantStore

/// The indexes of a collection that lie in files, one like the other.
extension CollectionState {
    /// The indexes there are.
    var indexParts: [IndexPart] { [.keywords] + spaces.keys.sorted().map { .vectors(space: $0) } }

    /// What is known of an index's files; nil where there is no such index.
    func files(of part: IndexPart) -> IndexFiles? {
        switch part {
        case .keywords: files
        case .vectors(let space): spaces[space]?.files
        }
    }

    mutating func changeFiles(of part: IndexPart, _ change: (inout IndexFiles) -> Void) {
        switch part {
        case .keywords:
            change(&files)
        case .vectors(let space):
            guard var state = spaces[space] else { return }
            change(&state.files)
            spaces[space] = state
        }
    }

    /// Whether indexes are being written anew because somebody asked for it.
    var isCompacting: Bool { indexParts.contains { files(of: $0)?.compaction != nil } }

    /// Everything there is now shall be written to new files.
    mutating func beginCompaction() {
        compactionFailure = nil
        let next = record.nextPassage
        for part in indexParts {
            changeFiles(of: part) { files in
                files.compaction = .wanted(before: next)
                // Whoever asks wants it tried again now.
                files.resume()
            }
        }
    }

    /// Ends a compaction that cannot go on.
    mutating func giveUpCompaction(of part: IndexPart, because reason: String) {
        guard files(of: part)?.compaction != nil else { return }
        changeFiles(of: part) { $0.compaction = nil }
        compactionFailure = reason
    }

    /// Files that manifests still name though no index lies in them.
    var leftovers: Set<String> {
        indexParts.reduce(into: []) { names, part in names.formUnion(files(of: part)?.leftovers ?? []) }
    }

    /// The files of all indexes.
    var indexFiles: [SegmentFile] {
        keywords.fileSegments.compactMap(\.file) + spaces.values.flatMap(\.indexFiles)
    }

    /// Whether something is due about the files of an index.
    var isIndexWorkDue: Bool { isKeywordWorkDue || spaces.values.contains(where: \.isWorkDue) }

    /// Whether so much of the indexes is in memory alone that writes should wait while that work runs.
    var isMemoryFull: Bool { keywords.isMemoryFull || spaces.values.contains(where: \.vectors.isMemoryFull) }

    /// Whether some of that work runs.
    var hasIndexWork: Bool { files.isAtWork || spaces.values.contains { $0.files.isAtWork } }
}
