import IndexCore

/// Compares rows with one query: the larger a key, the nearer the row.
///
/// Every comparison of a walk goes through `keys`, four rows and more at a time, so that memory answers in parallel.
protocol TraversalSpace {
    /// Writes the keys of the rows listed.
    /// - Parameter areAsked: Whether ``prefetch(_:count:)`` was told of them.
    func keys(_ list: UnsafePointer<UInt32>, count: Int, areAsked: Bool, into keys: UnsafeMutablePointer<UInt32>)

    /// Has memory bring the rows listed, which ``keys(_:count:areAsked:into:)`` will read.
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int)

    /// Turns of a walk from asking for rows to comparing them, less than ``RowsUnderWay/turns``.
    var lag: Int { get }
}

extension TraversalSpace {
    /// The keys of rows that memory was not asked for yet.
    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, into keys: UnsafeMutablePointer<UInt32>) {
        self.keys(list, count: count, areAsked: false, into: keys)
    }

    /// The lag for rows of a size: three turns ask for some 36 rows, and memory brings about a hundred lines at a time.
    ///
    /// What a walk goes through without knowing what it has asked for is partly in vain, so larger rows, which keep memory
    /// busy by themselves, wait less or not at all (docs/decisions/0131).
    @inline(__always)
    static func lag(rowByteCount: Int) -> Int {
        min(RowsUnderWay.turns - 1, 768 / rowByteCount)
    }
}

extension Float {
    /// A number that sorts as the value does.
    @inline(__always)
    var orderedKey: UInt32 {
        bitPattern ^ (UInt32(bitPattern: Int32(bitPattern: bitPattern) >> 31) | 0x8000_0000)
    }

    /// The value whose ``orderedKey`` this is.
    @inline(__always)
    init(orderedKey key: UInt32) {
        self.init(bitPattern: key ^ (key & 0x8000_0000 != 0 ? 0x8000_0000 : 0xFFFF_FFFF))
    }
}

/// Rows of `Float`s, by inner product; less half the squared length where distances are Euclidean.
struct FloatSpace: TraversalSpace {
    let query: TraversalQuery
    let base: UnsafePointer<Float>
    let stride: Int
    let terms: UnsafePointer<Float>?
    let level = VectorKernels.level

    /// Rows of floats are long: those ahead are asked for where they are read.
    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {}

    @inline(__always)
    var lag: Int { 0 }

    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, areAsked: Bool, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Float.self, capacity: count) { products in
            VectorKernels.dots(
                UnsafePointer(query.bytes.assumingMemoryBound(to: Float.self)), base: base, stride: stride, rows: list,
                rowCount: count, count: stride, into: products, level: level)
        }
        for index in 0..<count {
            let product = Float(bitPattern: keys[index])
            keys[index] = (terms.map { product - $0[Int(list[index])] } ?? product).orderedKey
        }
    }
}

/// Rows of codes with the quantiser's steps folded into the query: one integer product each.
///
/// Where distances are Euclidean, the product becomes a `Float` and half the row's squared length is taken off.
struct QuantizedSpace: TraversalSpace {
    let query: TraversalQuery
    let isNibbles: Bool
    let base: UnsafePointer<UInt8>
    let stride: Int
    let terms: UnsafePointer<Float>?
    let level = VectorKernels.level

    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {
        for index in 0..<count {
            VectorKernels.prefetchCodes(base + Int(list[index]) &* stride, byteCount: stride)
        }
    }

    @inline(__always)
    var lag: Int { Self.lag(rowByteCount: stride) }

    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, areAsked: Bool, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Int32.self, capacity: count) { products in
            if isNibbles {
                VectorKernels.nibbleDots(
                    UnsafePointer(query.bytes.assumingMemoryBound(to: Int8.self)), base: base, stride: stride,
                    rows: list, rowCount: count, areAsked: areAsked, into: products, level: level)
            } else {
                VectorKernels.codeDots(
                    UnsafePointer(query.bytes.assumingMemoryBound(to: UInt8.self)), querySum: query.sum, base: base,
                    stride: stride, rows: list, rowCount: count, count: stride, areAsked: areAsked, into: products,
                    level: level)
            }
        }
        if let terms {
            // Codes of half bytes count from 7.5 below the mean.
            let middle = isNibbles ? 7.5 * Float(query.sum) : 0
            for index in 0..<count {
                let product = Float(Int32(bitPattern: keys[index])) - middle
                keys[index] = (product * query.scale - terms[Int(list[index])]).orderedKey
            }
        } else {
            for index in 0..<count {
                keys[index] ^= 0x8000_0000
            }
        }
    }
}
