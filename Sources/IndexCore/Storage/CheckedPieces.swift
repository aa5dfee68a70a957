internal import Synchronization

/// Which pieces of an index file were found right.
///
/// Sendable: `words` is memory of this object alone and holds nothing but atomics. Two threads that check the same piece
/// come to the same result.
final class CheckedPieces: @unchecked Sendable {
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int
    private let areChecksumsKnown = Atomic(false)

    init(count: Int) {
        wordCount = (count + 63) / 64
        words = .allocate(capacity: max(1, wordCount))
        for index in 0..<wordCount { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: wordCount)
        words.deallocate()
    }

    func contains(_ piece: Int) -> Bool {
        words[piece / 64].load(ordering: .relaxed) & 1 << UInt64(piece % 64) != 0
    }

    func insert(_ piece: Int) {
        words[piece / 64].bitwiseOr(1 << UInt64(piece % 64), ordering: .relaxed)
    }

    /// Whether the checksums themselves were found right.
    var knowsChecksums: Bool { areChecksumsKnown.load(ordering: .relaxed) }

    func noteChecksums() { areChecksumsKnown.store(true, ordering: .relaxed) }
}
