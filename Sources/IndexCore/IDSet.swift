/// A copy-on-write set of passage ids: bits in chunks of 4,096, shared between copies until one of them changes.
///
/// `live`, filters and facets are values of this type. A copy costs one reference per chunk table; changing one id
/// of a copy duplicates one chunk (512 bytes) and the table (8 bytes per chunk).
public struct IDSet: Sendable {
    /// Bits in one chunk; also the unit stored in one row.
    public static let chunkBitCount = 4_096
    @usableFromInline static let wordCount = chunkBitCount / 64

    /// Chunk by index; an empty array stands for a chunk of zeros.
    @usableFromInline var chunks: [[UInt64]] = []
    /// The number of ids in the set.
    public private(set) var count = 0

    /// The empty set.
    public init() {}

    /// Whether the set holds no id.
    public var isEmpty: Bool { count == 0 }

    /// Whether `id` is in the set.
    ///
    /// O(1).
    @inlinable
    public func contains(_ id: PassageID) -> Bool {
        let chunk = Int(id.rawValue >> 12)
        guard chunk < chunks.count else { return false }
        let words = chunks[chunk]
        guard !words.isEmpty else { return false }
        return words[Int((id.rawValue & 4_095) >> 6)] & (1 &<< UInt64(id.rawValue & 63)) != 0
    }

    /// Adds `id`; returns whether it was new.
    @discardableResult
    public mutating func insert(_ id: PassageID) -> Bool {
        guard !contains(id) else { return false }
        let chunk = Int(id.rawValue >> 12)
        makeChunk(chunk)
        chunks[chunk][Int((id.rawValue & 4_095) >> 6)] |= 1 &<< UInt64(id.rawValue & 63)
        count += 1
        return true
    }

    /// Removes `id`; returns whether it was there.
    @discardableResult
    public mutating func remove(_ id: PassageID) -> Bool {
        guard contains(id) else { return false }
        chunks[Int(id.rawValue >> 12)][Int((id.rawValue & 4_095) >> 6)] &= ~(1 &<< UInt64(id.rawValue & 63))
        count -= 1
        return true
    }

    /// Adds every id of `range`.
    ///
    /// O(words touched).
    public mutating func insert(_ range: Range<UInt32>) {
        guard let last = range.last else { return }
        var word = range.lowerBound >> 6
        while word <= last >> 6 {
            let chunk = Int(word >> 6)
            makeChunk(chunk)
            var bits = UInt64.max
            if word == range.lowerBound >> 6 { bits &= .max << UInt64(range.lowerBound & 63) }
            if word == last >> 6 { bits &= .max >> UInt64(63 - last & 63) }
            let place = Int(word & 63)
            count += (bits & ~chunks[chunk][place]).nonzeroBitCount
            chunks[chunk][place] |= bits
            word += 1
        }
    }

    /// Removes every id of `range`.
    public mutating func remove(_ range: Range<UInt32>) {
        for raw in range {
            remove(PassageID(raw))
        }
    }

    /// Calls `body` with every id, ascending.
    public func forEach(_ body: (PassageID) throws -> Void) rethrows {
        for (index, words) in chunks.enumerated() {
            for (offset, word) in words.enumerated() {
                var rest = word
                while rest != 0 {
                    let bit = rest.trailingZeroBitCount
                    try body(PassageID(UInt32(index * Self.chunkBitCount + offset * 64 + bit)))
                    rest &= rest - 1
                }
            }
        }
    }

    private mutating func makeChunk(_ index: Int) {
        while chunks.count <= index {
            chunks.append([])
        }
        if chunks[index].isEmpty {
            chunks[index] = [UInt64](repeating: 0, count: Self.wordCount)
        }
    }
}

extension IDSet: Equatable {
    /// Two sets are equal when they hold the same ids, whatever chunks they have allocated.
    public static func == (left: IDSet, right: IDSet) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<max(left.chunks.count, right.chunks.count) where left.words(index) != right.words(index) {
            return false
        }
        return true
    }

    private func words(_ index: Int) -> [UInt64] {
        guard index < chunks.count, !chunks[index].isEmpty else {
            return [UInt64](repeating: 0, count: Self.wordCount)
        }
        return chunks[index]
    }
}

// MARK: Algebra

extension IDSet {
    /// The ids in both sets.
    public func intersection(_ other: IDSet) -> IDSet {
        combined(with: other) { $0 & $1 }
    }

    /// The ids in either set.
    public func union(_ other: IDSet) -> IDSet {
        combined(with: other) { $0 | $1 }
    }

    /// The ids of this set that are not in `other`.
    public func subtracting(_ other: IDSet) -> IDSet {
        combined(with: other) { $0 & ~$1 }
    }

    private func combined(with other: IDSet, _ operation: (UInt64, UInt64) -> UInt64) -> IDSet {
        var result = IDSet()
        for index in 0..<max(chunks.count, other.chunks.count) {
            let words = zip(self.words(index), other.words(index)).map(operation)
            let bits = words.reduce(0) { $0 + $1.nonzeroBitCount }
            result.chunks.append(bits == 0 ? [] : words)
            result.count += bits
        }
        return result
    }
}

// MARK: Stored form

extension IDSet {
    /// Indices of the chunks that hold at least one id, ascending.
    public var chunkIndices: [UInt32] {
        chunks.indices.filter { index in chunks[index].contains { $0 != 0 } }.map { UInt32($0) }
    }

    /// One chunk as 512 bytes: 64 little-endian words.
    ///
    /// Zeros where the set has no such chunk.
    public func chunkBytes(_ index: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.chunkBitCount / 8)
        for word in words(Int(index)) {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }

    /// Replaces one chunk by its stored form.
    /// - Throws: ``IndexError/corruptChunk(index:byteCount:)`` unless there are 512 bytes and the index is in range.
    public mutating func setChunk(_ index: UInt32, bytes: [UInt8]) throws(IndexError) {
        guard bytes.count == Self.chunkBitCount / 8, index <= UInt32.max >> 12 else {
            throw .corruptChunk(index: index, byteCount: bytes.count)
        }
        makeChunk(Int(index))
        var words = [UInt64](repeating: 0, count: Self.wordCount)
        for (offset, byte) in bytes.enumerated() {
            words[offset / 8] |= UInt64(byte) << UInt64(8 * (offset % 8))
        }
        let before = chunks[Int(index)].reduce(0) { $0 + $1.nonzeroBitCount }
        count += words.reduce(0) { $0 + $1.nonzeroBitCount } - before
        chunks[Int(index)] = words
    }
}
