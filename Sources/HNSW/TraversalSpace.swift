import IndexCore

/// Compares rows with one query: the larger a key, the nearer the row.
///
/// Every comparison of a walk goes through `keys`, four rows and more at a time, so that memory answers in parallel.
protocol TraversalSpace {
    /// Writes the keys of the rows listed.
    /// - Parameter areAsked: Whether ``prefetch(_:count:)`` was told of them.
    func keys(_ list: UnsafePointer<UInt32>, count: Int, areAsked: Bool, into keys: UnsafeMutablePointer<UInt32>)

    /// Writes the keys of those rows listed that may have a key of `least` or more, and leaves others out of the list as far
    /// as it can tell them without reading all of them.
    /// - Returns: How many rows are left, in their order.
    func contenders(
        _ list: UnsafeMutablePointer<UInt32>, count: Int, areAsked: Bool, least: UInt32,
        into keys: UnsafeMutablePointer<UInt32>
    ) -> Int

    /// Has memory bring what of the rows listed is read first.
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int)

    /// Turns of a walk from asking for rows to reading them, less than ``RowsUnderWay/turns``.
    var lag: Int { get }

    /// What rows are sifted by before they are compared.
    var sieve: SignSieve? { get }

    /// The value of a key, as ``sieve`` has it.
    func value(ofKey key: UInt32) -> Float

    /// Has memory bring what the rows listed are compared by, all of it: few are left of those that were sifted.
    func prefetchWhole(_ list: UnsafePointer<UInt32>, count: Int)
}

extension TraversalSpace {
    /// Whether rows are sifted.
    @inline(__always)
    var siftsRows: Bool { sieve != nil }

    /// Turns from what is let through to its comparison.
    @inline(__always)
    var siftedLag: Int { SignSieve.codeLag }

    /// Writes the rows of a list that may have a key of `least` or more to `target`, which may be the list, as far as their
    /// bits tell, and asks memory for them.
    /// - Parameters:
    ///   - best: The key of the nearest row of those of which the last has the key `least`; nil where only one is wanted.
    ///   - sums: Room for a number a row.
    @inline(__always)
    func sift(
        _ list: UnsafePointer<UInt32>, count: Int, least: UInt32, best: UInt32?, _ sums: UnsafeMutablePointer<UInt32>,
        to target: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let kept = sums.withMemoryRebound(to: Int32.self, capacity: count) { sums in
            sieve?.sift(
                list, count: count, least: value(ofKey: least), best: best.map { value(ofKey: $0) }, sums: sums,
                to: target)
        }
        prefetchWhole(target, count: kept ?? 0)
        return kept ?? 0
    }

    /// Writes all rows of a list to `target`, and asks memory for them.
    @inline(__always)
    func take(_ list: UnsafePointer<UInt32>, count: Int, to target: UnsafeMutablePointer<UInt32>) -> Int {
        target.update(from: list, count: count)
        prefetchWhole(target, count: count)
        return count
    }

    /// The keys of rows that memory was not asked for yet.
    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, into keys: UnsafeMutablePointer<UInt32>) {
        self.keys(list, count: count, areAsked: false, into: keys)
    }

    /// The keys of all of them.
    @inline(__always)
    func contenders(
        _ list: UnsafeMutablePointer<UInt32>, count: Int, areAsked: Bool, least: UInt32,
        into keys: UnsafeMutablePointer<UInt32>
    ) -> Int {
        self.keys(list, count: count, areAsked: areAsked, into: keys)
        return count
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
    /// Half the squared lengths; none where nothing asks for them.
    let terms: UnsafePointer<Float>?
    let isEuclidean: Bool
    /// The codes that rule rows out; none for short rows.
    let codes: (rows: FloatCodes, query: FloatCodeQuery)?
    let level = VectorKernels.level

    /// Asks for the codes; rows of floats are long, and those ahead are asked for where they are read.
    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {
        guard let rows = codes?.rows else { return }
        for index in 0..<count {
            let row = Int(list[index])
            VectorKernels.prefetch(rows.factors + row)
            VectorKernels.prefetchCodes(rows.codes + row &* rows.stride, byteCount: rows.stride)
        }
    }

    @inline(__always)
    var lag: Int { codes.map { Self.lag(rowByteCount: $0.rows.stride) } ?? 0 }

    @inline(__always)
    var sieve: SignSieve? { nil }

    @inline(__always)
    func value(ofKey key: UInt32) -> Float { Float(orderedKey: key) }

    @inline(__always)
    func prefetchWhole(_ list: UnsafePointer<UInt32>, count: Int) { prefetch(list, count: count) }

    @inline(__always)
    func keys(_ list: UnsafePointer<UInt32>, count: Int, areAsked: Bool, into keys: UnsafeMutablePointer<UInt32>) {
        keys.withMemoryRebound(to: Float.self, capacity: count) { products in
            VectorKernels.dots(
                UnsafePointer(query.bytes.assumingMemoryBound(to: Float.self)), base: base, stride: stride, rows: list,
                rowCount: count, count: stride, into: products, level: level)
        }
        for index in 0..<count {
            let product = Float(bitPattern: keys[index])
            keys[index] = (isEuclidean ? product - term(of: list[index]) : product).orderedKey
        }
    }

    @inline(__always)
    func contenders(
        _ list: UnsafeMutablePointer<UInt32>, count: Int, areAsked: Bool, least: UInt32,
        into keys: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var count = count
        if least > 0, let codes {
            count = ruleOut(codes.rows, codes.query, list, count: count, areAsked: areAsked, least: least, keys)
        }
        self.keys(list, count: count, areAsked: false, into: keys)
        return count
    }

    /// Leaves the rows out of the list whose codes say that their keys are below `least`.
    @inline(__always)
    private func ruleOut(
        _ rows: FloatCodes, _ code: FloatCodeQuery, _ list: UnsafeMutablePointer<UInt32>, count: Int, areAsked: Bool,
        least: UInt32, _ keys: UnsafeMutablePointer<UInt32>
    ) -> Int {
        keys.withMemoryRebound(to: Int32.self, capacity: count) { products in
            VectorKernels.codeDots(
                code.codes, querySum: code.sum, base: rows.codes, stride: rows.stride, rows: list, rowCount: count,
                count: rows.stride, areAsked: areAsked, into: products, level: level)
        }
        let least = Float(orderedKey: least)
        var kept = 0
        for index in 0..<count {
            let row = list[index]
            let product = Int32(bitPattern: keys[index])
            let factors = rows.factors[Int(row)]
            var end: Float
            if let term = terms?[Int(row)] {
                end = code.upperEnd(product, factors, length: (2 * term).squareRoot())
                if isEuclidean {
                    end -= term - Self.termRounding * term
                }
            } else {
                end = code.upperEnd(product, factors, length: 1)
            }
            list[kept] = row
            kept &+= end >= least ? 1 : 0
        }
        return kept
    }

    /// What a term, and what it is taken off, are off by.
    private static var termRounding: Float { 0x1p-20 }

    @inline(__always)
    private func term(of row: UInt32) -> Float { terms.map { $0[Int(row)] } ?? 0 }
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
    let sieve: SignSieve?
    let level = VectorKernels.level

    @inline(__always)
    func prefetch(_ list: UnsafePointer<UInt32>, count: Int) {
        if let sieve {
            sieve.prefetch(list, count: count)
            return
        }
        for index in 0..<count {
            VectorKernels.prefetchCodes(base + Int(list[index]) &* stride, byteCount: stride)
        }
    }

    @inline(__always)
    func prefetchWhole(_ list: UnsafePointer<UInt32>, count: Int) {
        for index in 0..<count {
            VectorKernels.prefetchLines(base + Int(list[index]) &* stride, byteCount: stride)
        }
    }

    @inline(__always)
    var lag: Int { siftsRows ? SignSieve.lag : Self.lag(rowByteCount: stride) }

    @inline(__always)
    func value(ofKey key: UInt32) -> Float {
        terms != nil ? Float(orderedKey: key) : Float(Int32(bitPattern: key ^ 0x8000_0000))
    }

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
