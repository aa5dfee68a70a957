internal import CKernels
internal import Glibc
internal import IndexCore

/// Which terms each document holds.
///
/// Unsafe inside: raw arrays, indexed by numbers its maker gave.
struct DocumentGraph: ~Copyable {
    /// By document, where its terms begin; one more than documents.
    fileprivate var starts: RawArray<Int>
    fileprivate var terms = RawArray<UInt16>(capacity: 1)
    private var next: RawArray<Int>

    init(documentCount: Int) {
        starts = RawArray(repeating: 0, count: documentCount + 1)
        next = RawArray(repeating: 0, count: documentCount + 1)
    }

    fileprivate var count: Int { starts.count - 1 }

    /// Makes room for the terms of each document: where they begin, and after the last where they end.
    mutating func reserve(_ ends: borrowing RawArray<Int>) {
        for document in 0..<starts.count {
            starts[document] = ends[document]
            next[document] = ends[document]
        }
        terms = RawArray(repeating: 0, count: ends[ends.count - 1])
    }

    /// Adds a term to a document; one more than there is room for is left out.
    @inline(__always)
    func append(_ term: UInt16, to document: Int) {
        // A file that is cut short between two looks may say more at the second.
        guard next[document] < starts[document &+ 1] else { return }
        terms[next[document]] = term
        next[document] &+= 1
    }
}

/// Puts documents that hold the same terms next to each other: recursive graph bisection.
///
/// Dhulipala et al., "Compressing Graphs and Indexes with Recursive Graph Bisection" (KDD 2016): the documents are
/// halved, those exchanged that the other half suits better, as measured by the logarithms of the gaps their terms
/// would have, and each half treated alike. The best exchange must gain more in each round (Mackenzie et al., "Tradeoff
/// Options for Bipartite Graph Partitioning", 2022), so that rounds end. The same graph gives the same order. Cost for
/// n documents of t terms: O(n t log n), at most ``roundLimit`` passes over the graph a level.
struct GraphBisection: ~Copyable {
    /// Documents that are not halved any more: half a block of postings.
    private static let leafCount = 64
    private static let roundLimit = 10
    /// A round that exchanges a smaller part than this is the last.
    private static let leastShare = 128
    /// Documents ahead of which memory is asked for.
    private static let prefetchDistance = 8

    private let graph: DocumentGraph
    /// The documents in their present order.
    private let order: RawArray<UInt32>
    /// By place: how much better the right half would suit the document.
    private let biases: RawArray<Float>
    private let selection: RawArray<Float>
    private let left = RawArray<Int32>(repeating: 0, count: 1 << 16)
    private let right = RawArray<Int32>(repeating: 0, count: 1 << 16)
    private let termBiases = RawArray<Float>(repeating: 0, count: 1 << 16)
    /// The terms of the present range.
    private var touched = RawArray<UInt16>(capacity: 1 << 16)
    private let logarithms: RawArray<Float>

    init(_ graph: consuming DocumentGraph) {
        order = RawArray(repeating: 0, count: graph.count)
        for document in 0..<graph.count { order[document] = UInt32(truncatingIfNeeded: document) }
        biases = RawArray(repeating: 0, count: graph.count)
        selection = RawArray(repeating: 0, count: graph.count)
        logarithms = RawArray(repeating: 0, count: 4_096)
        for count in 0..<logarithms.count { logarithms[count] = log2f(Float(count + 1)) }
        self.graph = graph
    }

    /// The documents in their new order.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    mutating func run(_ deadline: SearchDeadline) throws(BM25Error) -> RawArray<UInt32> {
        try split(0..<graph.count, deadline)
        let result = RawArray<UInt32>(repeating: 0, count: order.count)
        for place in 0..<order.count { result[place] = order[place] }
        return result
    }

    private mutating func split(_ range: Range<Int>, _ deadline: SearchDeadline) throws(BM25Error) {
        guard range.count > Self.leafCount else { return }
        let middle = range.lowerBound + range.count / 2
        countTerms(range, middle)
        for round in 0..<Self.roundLimit {
            if range.count > 1_024 { try deadline.checkSearch() }
            setBiases(range)
            let exchanged = exchange(range, middle, leastGain: Float(round))
            if exchanged * Self.leastShare <= range.count { break }
        }
        for place in 0..<touched.count {
            left[Int(touched[place])] = 0
            right[Int(touched[place])] = 0
        }
        try split(range.lowerBound..<middle, deadline)
        try split(middle..<range.upperBound, deadline)
    }

    private mutating func countTerms(_ range: Range<Int>, _ middle: Int) {
        touched.removeAll()
        for place in range {
            prefetch(place, range)
            let document = Int(order[place])
            let counts = place < middle ? left.base : right.base
            for entry in graph.starts[document]..<graph.starts[document &+ 1] {
                let term = graph.terms[entry]
                if left[Int(term)] | right[Int(term)] == 0 { touched.append(term) }
                counts[Int(term)] &+= 1
            }
        }
    }

    private func setBiases(_ range: Range<Int>) {
        for place in 0..<touched.count {
            let term = Int(touched[place])
            termBiases[term] = logarithm(right[term]) - logarithm(left[term])
        }
        let table = UnsafePointer(termBiases.base)
        for place in range {
            prefetch(place, range)
            let document = Int(order[place])
            let terms = UnsafePointer(graph.terms.base + graph.starts[document])
            let count = graph.starts[document &+ 1] &- graph.starts[document]
            // Four sums, so that no addition waits for the one before.
            var sums = SIMD4<Float>()
            var entry = 0
            while entry &+ 4 <= count {
                sums += SIMD4(
                    table[Int(terms[entry])], table[Int(terms[entry &+ 1])], table[Int(terms[entry &+ 2])],
                    table[Int(terms[entry &+ 3])])
                entry &+= 4
            }
            while entry < count {
                sums[0] += table[Int(terms[entry])]
                entry &+= 1
            }
            biases[place] = (sums[0] + sums[1]) + (sums[2] + sums[3])
        }
    }

    @inline(__always)
    private func logarithm(_ count: Int32) -> Float {
        count < 4_096 ? logarithms[Int(count)] : log2f(Float(count &+ 1))
    }

    @inline(__always)
    private func prefetch(_ place: Int, _ range: Range<Int>) {
        let far = place &+ 2 &* Self.prefetchDistance
        guard far < range.upperBound else { return }
        ck_prefetch(graph.starts.base + Int(order[far]))
        let terms = graph.terms.base + graph.starts[Int(order[place &+ Self.prefetchDistance])]
        // Forty terms or so: two lines of cache.
        ck_prefetch(terms)
        ck_prefetch(terms + 32)
    }

    // MARK: Exchanges

    /// Exchanges documents of the two halves so that those drawn most to the right come there; returns how many pairs.
    private func exchange(_ range: Range<Int>, _ middle: Int, leastGain: Float) -> Int {
        var greatest = -Float.infinity
        var least = Float.infinity
        for place in range {
            if place < middle {
                greatest = max(greatest, biases[place])
            } else {
                least = min(least, biases[place])
            }
            selection[place] = biases[place]
        }
        guard greatest - least > leastGain else { return 0 }
        let border = select(middle, in: range)
        // Those at the border go where there is room for them.
        return swap(range, middle, above: border, below: border)
            + swap(range, middle, above: border, below: border.nextUp)
            + swap(range, middle, above: border.nextDown, below: border)
    }

    /// Exchanges pairs of which the left one's bias is above, and the right one's below a limit.
    private func swap(_ range: Range<Int>, _ middle: Int, above: Float, below: Float) -> Int {
        var exchanged = 0
        var leaving = range.lowerBound
        var coming = middle
        while true {
            while leaving < middle, biases[leaving] <= above { leaving &+= 1 }
            while coming < range.upperBound, biases[coming] >= below { coming &+= 1 }
            guard leaving < middle, coming < range.upperBound else { return exchanged }
            move(Int(order[leaving]), from: left, to: right)
            move(Int(order[coming]), from: right, to: left)
            let (document, bias) = (order[leaving], biases[leaving])
            order[leaving] = order[coming]
            biases[leaving] = biases[coming]
            order[coming] = document
            biases[coming] = bias
            exchanged &+= 1
        }
    }

    @inline(__always)
    private func move(_ document: Int, from: borrowing RawArray<Int32>, to: borrowing RawArray<Int32>) {
        for entry in graph.starts[document]..<graph.starts[document &+ 1] {
            let term = Int(graph.terms[entry])
            from[term] &-= 1
            to[term] &+= 1
        }
    }

    /// The bias that would stand at `wanted` if those of `range` were sorted: Hoare's selection.
    private func select(_ wanted: Int, in range: Range<Int>) -> Float {
        var low = range.lowerBound
        var high = range.upperBound - 1
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
        while low < high {
            // Any pivot will do; chance, always the same, makes bad ones rare.
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let pivot = selection[low + Int((random >> 33) % UInt64(high - low + 1))]
            var first = low
            var last = high
            while first <= last {
                while selection[first] < pivot { first &+= 1 }
                while selection[last] > pivot { last &-= 1 }
                if first <= last {
                    let value = selection[first]
                    selection[first] = selection[last]
                    selection[last] = value
                    first &+= 1
                    last &-= 1
                }
            }
            if wanted <= last {
                high = last
            } else if wanted >= first {
                low = first
            } else {
                break
            }
        }
        return selection[wanted]
    }
}
