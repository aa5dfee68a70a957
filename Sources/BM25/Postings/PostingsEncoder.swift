internal import CKernels
internal import Glibc
internal import IndexCore

/// Writes postings and positions, term after term: ``PostingsFormat``.
///
/// The same rows, frequencies, positions and norms give the same bytes, whoever gathered them. Unsafe inside: raw
/// memory in and out, sized by its callers' counts.
struct PostingsEncoder: ~Copyable {
    var postings: ByteSink
    var positions: ByteSink
    /// Made when the first long list asks: most small segments have none.
    private var scratch: BlockScratch?

    /// A term's postings as they are handed in.
    struct Term {
        /// Ascending.
        var rows: UnsafePointer<UInt32>
        /// At least 1, one for each row.
        var frequencies: UnsafePointer<UInt32>
        var count: Int
        /// Of all rows, one after another, the first position of each and the distances of the others from the one
        /// before; nil in a field without positions.
        var distances: UnsafePointer<UInt32>?
    }

    /// What impacts are made of.
    struct Norms {
        /// By row.
        var bytes: UnsafePointer<UInt8>
        /// By norm: what a score adds to the frequency in its denominator.
        var lengths: UnsafePointer<Float>
    }

    init(postingsCapacity: Int, positionsCapacity: Int, spill: SpillFolder?) {
        postings = ByteSink(capacity: postingsCapacity, spill: spill)
        positions = ByteSink(capacity: positionsCapacity, spill: spill)
    }

    /// Appends the postings of a term of at least two rows; `norms` are looked at from 128 on.
    mutating func append(_ term: Term, norms: Norms) {
        let blockCount = PostingsFormat.blocks(term.count)
        guard term.count >= PostingsFormat.blockCount else {
            appendTail(term, from: 0, previous: .max)
            if let distances = term.distances {
                appendPositions(distances, count: Self.sum(term.frequencies, count: term.count))
            }
            return
        }
        appendBlocks(term, blockCount, norms)
    }

    /// The bytes of all terms.
    consuming func take() -> (postings: OwnedBytes, positions: OwnedBytes) {
        var postings = ByteSink(capacity: 0)
        swap(&postings, &self.postings)
        var positions = ByteSink(capacity: 0)
        swap(&positions, &self.positions)
        // Readers look at eight bytes at a time.
        positions.append(UInt64(0))
        return (postings.take(), positions.take())
    }

    private mutating func appendBlocks(_ term: Term, _ blockCount: Int, _ norms: Norms) {
        var scratch = scratch.take() ?? BlockScratch()
        let skip = SkipDataLayout(blockCount: blockCount, hasPositions: term.distances != nil)
        let start = postings.count
        memset(postings.room(skip.byteCount), 0, skip.byteCount)
        postings.advance(skip.byteCount)
        let firstBlock = postings.count
        let firstPosition = positions.count
        var previous = UInt32.max
        var position = 0
        for block in 0..<blockCount {
            let first = block * PostingsFormat.blockCount
            let count = min(PostingsFormat.blockCount, term.count - first)
            for place in first..<first + count {
                scratch.impacts.add(
                    frequency: term.frequencies[place], norm: norms.bytes[Int(term.rows[place])])
            }
            scratch.groupImpacts.add(scratch.impacts)
            postings.store(term.rows[first + count - 1], at: start + skip.lastRow(block))
            postings.store(scratch.impacts.take(norms.lengths), at: start + skip.impacts(block))
            postings.store(UInt32(postings.count - firstBlock), at: start + skip.offset(block))
            if let all = term.distances {
                postings.store(UInt32(positions.count - firstPosition), at: start + skip.positionOffset(block))
                let positionCount = Self.sum(term.frequencies + first, count: count)
                appendPositions(all + position, count: positionCount)
                position += positionCount
            }
            if block % PostingsFormat.groupCount == PostingsFormat.groupCount - 1 || block == blockCount - 1 {
                let group = block / PostingsFormat.groupCount
                postings.store(scratch.groupImpacts.take(norms.lengths), at: start + skip.groupImpacts(group))
            }
            if count == PostingsFormat.blockCount {
                appendFullBlock(term.rows + first, term.frequencies + first, previous: previous, scratch)
            } else {
                appendTail(term, from: first, previous: previous)
            }
            previous = term.rows[first + count - 1]
        }
        self.scratch = consume scratch
    }

    private mutating func appendFullBlock(
        _ rows: UnsafePointer<UInt32>, _ frequencies: UnsafePointer<UInt32>, previous: UInt32,
        _ scratch: borrowing BlockScratch
    ) {
        let gaps = scratch.gaps
        let rests = scratch.rests
        var last = previous
        var gapBits: UInt32 = 0
        var restBits: UInt32 = 0
        for place in 0..<PostingsFormat.blockCount {
            gaps[place] = rows[place] &- last &- 1
            last = rows[place]
            rests[place] = frequencies[place] &- 1
            gapBits |= gaps[place]
            restBits |= rests[place]
        }
        let gapWidth = 32 - gapBits.leadingZeroBitCount
        let restWidth = 32 - restBits.leadingZeroBitCount
        let words = (Int(last &- previous) + 63) >> 6
        // A bitmap answers "is this row there" without decoding, so it may cost a lane's width more.
        let isBitmap = words < Int(PostingsFormat.bitmapFlag) && words * 8 <= 16 * gapWidth + 16
        postings.append(isBitmap ? PostingsFormat.bitmapFlag | UInt8(words) : UInt8(gapWidth))
        postings.append(UInt8(restWidth))
        if isBitmap {
            let bitmap = postings.room(words * 8)
            memset(bitmap, 0, words * 8)
            for place in 0..<PostingsFormat.blockCount {
                let bit = Int(rows[place] &- previous &- 1)
                let byte = bitmap + bit >> 3
                byte.storeBytes(of: byte.load(as: UInt8.self) | 1 << UInt8(bit & 7), as: UInt8.self)
            }
            postings.advance(words * 8)
        } else {
            ck_pack(gaps, Int32(gapWidth), postings.room(16 * gapWidth).assumingMemoryBound(to: UInt8.self))
            postings.advance(16 * gapWidth)
        }
        ck_pack(rests, Int32(restWidth), postings.room(16 * restWidth).assumingMemoryBound(to: UInt8.self))
        postings.advance(16 * restWidth)
    }

    private mutating func appendTail(_ term: Term, from first: Int, previous: UInt32) {
        var previous = previous
        let target = postings.room((term.count &- first) &* 2 &* VByte.maximumByteCount)
        var length = 0
        for place in first..<term.count {
            let gap = term.rows[place] &- previous &- 1
            previous = term.rows[place]
            let frequency = term.frequencies[place]
            length &+= VByte.write(gap &<< 1 | (frequency == 1 ? 1 : 0), to: target + length)
            if frequency != 1 {
                length &+= VByte.write(frequency &- 1, to: target + length)
            }
        }
        postings.advance(length)
    }

    private static func sum(_ frequencies: UnsafePointer<UInt32>, count: Int) -> Int {
        var total: UInt32 = 0
        for place in 0..<count { total &+= frequencies[place] }
        return Int(total)
    }

    /// Appends one block of positions: first ones and distances.
    mutating func appendPositions(_ distances: UnsafePointer<UInt32>, count: Int) {
        var bits: UInt32 = 1
        for place in 0..<count { bits |= distances[place] }
        let width = 32 - bits.leadingZeroBitCount
        let byteCount = (count * width + 7) >> 3
        // Four bytes are written at a time.
        let target = positions.room(1 &+ byteCount &+ 4)
        target.storeBytes(of: UInt8(truncatingIfNeeded: width), as: UInt8.self)
        var writer = BitWriter(target + 1)
        for place in 0..<count { writer.append(distances[place], width: width) }
        writer.finish()
        positions.advance(1 &+ byteCount)
    }
}

/// What an encoder of long lists works with.
///
/// Unsafe inside: raw memory for one block.
struct BlockScratch: ~Copyable {
    let gaps = UnsafeMutablePointer<UInt32>.allocate(capacity: PostingsFormat.blockCount)
    let rests = UnsafeMutablePointer<UInt32>.allocate(capacity: PostingsFormat.blockCount)
    var impacts = ImpactCollector()
    var groupImpacts = ImpactCollector()

    deinit {
        gaps.deallocate()
        rests.deallocate()
    }
}

/// Where the parts of a term's skip data lie, in bytes from its start.
///
/// Arrays, not records: what is searched, the last rows, stays dense.
struct SkipDataLayout {
    let blockCount: Int
    let hasPositions: Bool

    @inline(__always)
    func lastRow(_ block: Int) -> Int { 4 &* block }
    @inline(__always)
    func impacts(_ block: Int) -> Int { 4 &* blockCount &+ 8 &* block }
    @inline(__always)
    func offset(_ block: Int) -> Int { 12 &* blockCount &+ 4 &* block }
    @inline(__always)
    func positionOffset(_ block: Int) -> Int { 16 &* blockCount &+ 4 &* block }
    @inline(__always)
    func groupImpacts(_ group: Int) -> Int { (hasPositions ? 20 : 16) &* blockCount &+ 8 &* group }
    @inline(__always)
    var byteCount: Int { PostingsFormat.skipByteCount(blocks: blockCount, hasPositions: hasPositions) }
}
