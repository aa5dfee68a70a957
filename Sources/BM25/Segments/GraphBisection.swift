internal import CKernels
internal import Glibc
internal import IndexCore

/// Puts documents that hold the same terms next to each other: recursive graph bisection.
///
/// Dhulipala et al., "Compressing Graphs and Indexes with Recursive Graph Bisection" (KDD 2016): the documents are
/// halved, those exchanged that the other half suits better, as measured by the logarithms of the gaps their terms
/// would have, and each half treated alike. The best exchange must gain more in each round (Mackenzie et al., "Tradeoff
/// Options for Bipartite Graph Partitioning", 2022), so that rounds end. What makes a round cheap is memory read in its
/// order and tables that fit the nearest cache: terms that few documents of a range hold are taken out of it, the others
/// numbered anew, and those of a great range's documents laid one after another before its halves are looked at. The
/// same graph gives the same order. Cost for n documents of t terms: O(n t log n), at most ``roundLimit`` passes over
/// the graph a level.
struct GraphBisection: ~Copyable {
    /// Documents that are not halved any more: half a block of postings.
    private static let leafCount = 64
    private static let roundLimit = 10
    /// A round that exchanges a smaller part than this is the last.
    private static let leastShare = 128
    /// A term that fewer documents of a range hold does not care for its order.
    private static let leastFrequency: Int32 = 2
    /// Documents whose biases tell where those of a range have their middle.
    private static let sampleCount = 1 << 13
    /// Documents from which it is worth to put their terms in their order.
    private static let gatheredCount = 1 << 12
    /// Documents ahead of which memory is asked for.
    private static let prefetchDistance = 8

    private let graph: DocumentGraph
    private let spill: SpillFolder?
    /// Where terms are put in another order.
    private let copy: RawArray<UInt16>
    /// By place: how much better the right half would suit the document.
    private let biases: RawArray<Float>
    private let sample = RawArray<Float>(repeating: 0, count: GraphBisection.sampleCount)
    /// By term of the present range, how many documents of either half hold it: those of a term side by side.
    private let counts: RawArray<Counts>
    private let termBiases: RawArray<Float>
    /// By term of the range that is being copied, its number in the copy.
    private let numbers: RawArray<UInt16>
    private let logarithms: RawArray<Float>

    private struct Counts {
        var left: Int32 = 0
        var right: Int32 = 0
    }

    init(_ graph: consuming DocumentGraph, spill: SpillFolder?) {
        self.spill = spill
        copy = RawArray(repeating: 0, count: graph.terms.count, spill: spill)
        biases = RawArray(repeating: 0, count: graph.count, spill: spill)
        logarithms = RawArray(repeating: 0, count: 4_096)
        for count in 0..<logarithms.count { logarithms[count] = log2f(Float(count + 1)) }
        counts = RawArray(repeating: Counts(), count: graph.termCount)
        termBiases = RawArray(repeating: 0, count: graph.termCount)
        numbers = RawArray(repeating: 0, count: graph.termCount)
        self.graph = graph
    }

    /// The documents in their new order.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    func run(_ deadline: SearchDeadline) throws(BM25Error) -> RawArray<UInt32> {
        try split(0..<graph.count, termCount: graph.termCount, deadline)
        let result = RawArray<UInt32>(repeating: 0, count: graph.count, spill: spill)
        for place in 0..<graph.count { result[place] = graph.members[place].document }
        return result
    }

    private func split(
        _ range: Range<Int>, termCount: Int, _ deadline: SearchDeadline
    ) throws(BM25Error) {
        guard range.count > Self.leafCount else { return }
        let middle = range.lowerBound + range.count / 2
        countTerms(range, middle, termCount: termCount)
        let termCount = leaveOutRareTerms(range, termCount: termCount)
        for round in 0..<Self.roundLimit {
            if range.count > 1_024 { try deadline.checkSearch() }
            setBiases(range, termCount: termCount)
            let exchanged = exchange(range, middle, leastGain: Float(round))
            if exchanged * Self.leastShare <= range.count { break }
        }
        if range.count >= Self.gatheredCount { gatherTerms(range) }
        try split(range.lowerBound..<middle, termCount: termCount, deadline)
        try split(middle..<range.upperBound, termCount: termCount, deadline)
    }

    // MARK: Terms of a range

    /// Counts the terms of the two halves of a range, which are below `termCount`.
    private func countTerms(_ range: Range<Int>, _ middle: Int, termCount: Int) {
        for term in 0..<termCount { counts[term] = Counts() }
        for place in range {
            prefetch(place, range)
            let member = graph.members[place]
            let isRight: Int32 = place < middle ? 0 : 1
            for entry in 0..<Int(member.count) {
                let term = Int(graph.terms[Int(member.start) &+ entry])
                counts[term].left &+= 1 &- isRight
                counts[term].right &+= isRight
            }
        }
    }

    /// Takes the terms out of a range's documents that too few of them hold for any order to matter, there or in a part
    /// of the range, and numbers the others anew; returns how many are left.
    private func leaveOutRareTerms(_ range: Range<Int>, termCount: Int) -> Int {
        var kept = 0
        for term in 0..<termCount {
            let both = counts[term]
            let isRare = both.left &+ both.right < Self.leastFrequency
            numbers[term] = isRare ? .max : UInt16(truncatingIfNeeded: kept)
            counts[kept] = both
            kept &+= isRare ? 0 : 1
        }
        for place in range {
            prefetch(place, range)
            let member = graph.members[place]
            let terms = graph.terms.base + Int(member.start)
            var count = 0
            for entry in 0..<Int(member.count) {
                let number = numbers[Int(terms[entry])]
                terms[count] = number
                count &+= number == .max ? 0 : 1
            }
            graph.members[place].count = UInt32(truncatingIfNeeded: count)
        }
        return kept
    }

    /// Puts the terms of a range's documents one after another, in the order of these.
    private func gatherTerms(_ range: Range<Int>) {
        var first = UInt32.max
        var end = 0
        for place in range {
            prefetch(place, range)
            let member = graph.members[place]
            first = min(first, member.start)
            let terms = graph.terms.base + Int(member.start)
            for entry in 0..<Int(member.count) { copy[end &+ entry] = terms[entry] }
            end &+= Int(member.count)
        }
        (graph.terms.base + Int(first)).update(from: copy.base, count: end)
        for place in range {
            graph.members[place].start = first
            first &+= graph.members[place].count
        }
    }

    private func setBiases(_ range: Range<Int>, termCount: Int) {
        for term in 0..<termCount {
            termBiases[term] = logarithm(counts[term].right) - logarithm(counts[term].left)
        }
        let table = UnsafePointer(termBiases.base)
        for place in range {
            prefetch(place, range)
            let member = graph.members[place]
            let terms = UnsafePointer(graph.terms.base + Int(member.start))
            let count = Int(member.count)
            // Four sums, so that no addition waits for the one before.
            var first: Float = 0
            var second: Float = 0
            var third: Float = 0
            var fourth: Float = 0
            var entry = 0
            while entry &+ 4 <= count {
                first += table[Int(terms[entry])]
                second += table[Int(terms[entry &+ 1])]
                third += table[Int(terms[entry &+ 2])]
                fourth += table[Int(terms[entry &+ 3])]
                entry &+= 4
            }
            while entry < count {
                first += table[Int(terms[entry])]
                entry &+= 1
            }
            biases[place] = (first + second) + (third + fourth)
        }
    }

    @inline(__always)
    private func logarithm(_ count: Int32) -> Float {
        count < 4_096 ? logarithms[Int(count)] : log2f(Float(count &+ 1))
    }

    @inline(__always)
    private func prefetch(_ place: Int, _ range: Range<Int>) {
        let far = place &+ Self.prefetchDistance
        guard far < range.upperBound else { return }
        ck_prefetch(graph.terms.base + Int(graph.members[far].start))
    }

    // MARK: Exchanges

    /// Exchanges documents of the two halves so that those drawn most to the right come there; returns how many pairs.
    private func exchange(_ range: Range<Int>, _ middle: Int, leastGain: Float) -> Int {
        var greatest = -Float.infinity
        var least = Float.infinity
        for place in range.lowerBound..<middle { greatest = max(greatest, biases[place]) }
        for place in middle..<range.upperBound { least = min(least, biases[place]) }
        guard greatest - least > leastGain else { return 0 }
        let border = middleBias(of: range)
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
            // Most often there is none left, and the other half need not be looked at.
            guard leaving < middle else { return exchanged }
            while coming < range.upperBound, biases[coming] >= below { coming &+= 1 }
            guard coming < range.upperBound else { return exchanged }
            let (leaver, comer) = (graph.members[leaving], graph.members[coming])
            let bias = biases[leaving]
            move(leaver, toRight: 1)
            move(comer, toRight: -1)
            graph.members[leaving] = comer
            graph.members[coming] = leaver
            biases[leaving] = biases[coming]
            biases[coming] = bias
            exchanged &+= 1
        }
    }

    @inline(__always)
    private func move(_ member: DocumentGraph.Member, toRight one: Int32) {
        for entry in 0..<Int(member.count) {
            let term = Int(graph.terms[Int(member.start) &+ entry])
            counts[term].left &-= one
            counts[term].right &+= one
        }
    }

    /// The bias that stands in the middle if those of `range`, or of a great one so many, are sorted.
    private func middleBias(of range: Range<Int>) -> Float {
        let count = min(range.count, sample.count)
        for number in 0..<count { sample[number] = biases[range.lowerBound + number * range.count / count] }
        var low = 0
        var high = count - 1
        let wanted = count / 2
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
        // Hoare's selection.
        while low < high {
            // Any pivot will do; chance, always the same, makes bad ones rare.
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let pivot = sample[low + Int((random >> 33) % UInt64(high - low + 1))]
            var first = low
            var last = high
            while first <= last {
                while sample[first] < pivot { first &+= 1 }
                while sample[last] > pivot { last &-= 1 }
                if first <= last {
                    let value = sample[first]
                    sample[first] = sample[last]
                    sample[last] = value
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
        return sample[wanted]
    }
}
