package import IndexCore

/// An immutable graph over vectors: rows in id order, their codes, and links.
///
/// Made by ``VectorMerge``.
public final class VectorSegment: Sendable {
    let rows: VectorRows
    let links: GraphLinks
    let scratch: ScratchPool
    /// The number of vectors, dead ones included.
    public let count: Int
    /// A hash of the passages in it (FNV-1a over their ids, in order).
    ///
    /// A passage's vector never changes, and the same rows give the same graph, so equal hashes name equal segments.
    public let contentHash: UInt64

    init(rows: VectorRows, links: GraphLinks, count: Int) {
        self.rows = rows
        self.links = links
        self.count = count
        contentHash = (0..<count).reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64(rows.ids[$1])) &* 0x100_0000_01B3 }
        scratch = ScratchPool(rowCount: count, linkLimit: links.m0)
    }

    /// Bytes of memory: vectors, codes, ids and links.
    public var byteCount: Int { count * rows.bytesPerRow + links.byteCount }

    /// The rows whose passages are in `ids`, ascending; both are in id order, so the search only ever moves forward.
    func rows(in ids: IDSet) -> [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(min(ids.count, count))
        var row = 0
        ids.forEach { id in
            // Double the step until it overshoots, then halve.
            var step = 1
            while row + step < count, rows.ids[row + step] <= id.rawValue {
                step *= 2
            }
            var low = row
            var high = min(row + step, count)
            while low < high {
                let middle = (low + high) / 2
                if rows.ids[middle] < id.rawValue {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            row = low
            if row < count, rows.ids[row] == id.rawValue {
                found.append(UInt32(row))
            }
        }
        return found
    }
}

// MARK: For tests

extension VectorSegment {
    /// All links as bytes: equal graphs have equal bytes.
    package var graphBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes += UnsafeRawBufferPointer(start: links.counts0, count: count)
        bytes += UnsafeRawBufferPointer(start: links.links0, count: count * links.m0 * 4)
        bytes += UnsafeRawBufferPointer(start: links.upperStarts, count: count * 4)
        bytes += UnsafeRawBufferPointer(start: links.upper, count: links.upperCount * 4)
        return bytes
    }

    /// The neighbours of a row on a level, as rows; empty where the row does not reach the level.
    package func neighbors(row: Int, level: Int) -> [Int] {
        level <= self.level(row: row) ? links.neighbors(row, level: level).map { Int($0) } : []
    }

    /// The highest level of a row's node.
    package func level(row: Int) -> Int {
        GraphLinks.level(of: rows.ids[row], m: links.m)
    }

    /// The passage of a row.
    package func passage(row: Int) -> PassageID { PassageID(rows.ids[row]) }

    /// The row a search enters at, and its level.
    package var entry: (row: Int, level: Int) { (links.entry, links.highestLevel) }
}
