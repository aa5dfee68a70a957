/// Finds the words of one segment that an automaton accepts, entering its dictionary only where a word can be.
///
/// The segment must outlive it.
struct FuzzyWalk: ~Copyable {
    private let dictionary: TermDictionary
    private var reader: SurfaceWordReader
    private var isAtEnd = false
    /// Whether the reader stands on a word not looked at yet.
    private var isFresh = false

    init(_ dictionary: TermDictionary) {
        self.dictionary = dictionary
        reader = SurfaceWordReader(dictionary)
    }

    /// The word found last.
    var word: UnsafeBufferPointer<UInt8> { reader.word }

    /// The next word that is near enough: its ordinal, and how near it is.
    mutating func next(_ automaton: inout EditDistanceAutomaton) -> (ordinal: Int, distance: Int)? {
        while !isAtEnd {
            if !isFresh {
                guard reader.next() else { break }
            }
            isFresh = false
            if let distance = automaton.distance(to: reader.word) {
                return (reader.ordinal, distance)
            }
            guard automaton.deadCount > 0 else { continue }
            guard let key = automaton.nextKey() else { break }
            isFresh = seek(UnsafeRawBufferPointer(key), deadCount: automaton.deadCount)
            if !isFresh { break }
        }
        isAtEnd = true
        return nil
    }

    /// Moves on to the first word not below `key`; false if there is none.
    private mutating func seek(_ key: UnsafeRawBufferPointer, deadCount: Int) -> Bool {
        let blocks = dictionary.blocks(.surface)
        let block = blocks.lowerBound + reader.ordinal / TermDictionary.blockCount
        // Most keys are near: windows that double find the block with few steps.
        var width = 4
        var start = block + 1
        var target = block
        while start < blocks.upperBound {
            let end = min(start + width, blocks.upperBound)
            guard let found = dictionary.lastBlock(notAfter: key, in: start..<end) else { break }
            target = found
            guard found == end - 1 else { break }
            start = end
            width *= 2
        }
        if target > block { reader.seek(block: target - blocks.lowerBound) }
        var isSkipping = target == block
        while reader.next() {
            // What shares the dead beginning is below the key without a look.
            if isSkipping, reader.sharedByteCount >= deadCount { continue }
            isSkipping = false
            if !TermCursor.isBelow(UnsafeRawBufferPointer(reader.word), key) { return true }
        }
        return false
    }
}
