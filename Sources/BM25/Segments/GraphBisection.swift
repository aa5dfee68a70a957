internal import CKernels
internal import Glibc
internal import IndexCore

/// Puts documents that hold the same terms next to each other: recursive graph bisection.
///
/// Dhulipala et al., "Compressing Graphs and Indexes with Recursive Graph Bisection" (KDD 2016): the documents are
/// halved, those exchanged that the other half suits better, as measured by the logarithms of the gaps their terms
/// would have, and each half treated alike. The best exchange must gain more in each round (Mackenzie et al., "Tradeoff
/// Options for Bipartite Graph Partitioning", 2022), so that rounds end. A document that changes sides is only marked; once the
/// rounds are over, each half is laid out by how much its documents are drawn to the other side, which is a better
/// beginning for its own halves than any: they need fewer rounds, and gaps shrink. What makes a round cheap is memory read in its
/// order, without a loop for each document, and tables that fit the nearest cache: terms that few documents of a half hold
/// are taken out of it, the others numbered anew. Biases are integers, whose sums are the same in any order. The same graph
/// gives the same order. Cost for n documents of t terms: O(n t log n), at most ``roundLimit`` passes over the graph a level.
struct GraphBisection: ~Copyable {
    /// Documents that are not halved any more: a block of postings.
    private static let leafCount = 128
    private static let roundLimit = 10
    /// A round that exchanges a smaller part than this is the last.
    private static let leastShare = 128
    /// A term that fewer documents of a range hold does not care for its order.
    private static let leastFrequency: Int32 = 2
    /// Biases are counted in parts of a bit: those of 65,535 terms in 2^24 documents stay below 2^31.
    private static let partsPerBit: Float = 1_024
    /// Terms whose biases are summed before they are told apart by document.
    private static let sumCount = 1 << 12
    /// Documents ahead of which memory is asked for.
    private static let prefetchDistance = 12

    private let graph: DocumentGraph
    private let spill: SpillFolder?
    /// By place, and where a document of the graph begins by place, too.
    private let documents: RawArray<UInt32>
    /// By place: 0 for the left half of the present range, 1 for the right one.
    private let sides: RawArray<UInt8>
    /// By place: how much better the right half would suit the document.
    private let biases: RawArray<Int32>
    /// Places of a range in another order, and those that leave and come.
    private let places: RawArray<UInt32>
    /// Where terms are put in another order.
    private let copy: RawArray<UInt16>
    private let sample = SampleMiddle()
    /// By term of the present range, how many documents of either half hold it: those of a term side by side.
    private let counts: RawArray<Counts>
    private let termBiases: RawArray<Int32>
    /// By term of the range that is being laid out, its number in either half.
    private let leftNumbers: RawArray<UInt16>
    private let rightNumbers: RawArray<UInt16>
    private let sums = RawArray<Int32>(repeating: 0, count: GraphBisection.sumCount + 1)
    private let logarithms: RawArray<Int32>
    private let sorter = BiasSorter()

    private struct Counts {
        var left: Int32 = 0
        var right: Int32 = 0
    }

    init(_ graph: consuming DocumentGraph, spill: SpillFolder?) {
        self.spill = spill
        documents = RawArray(repeating: 0, count: graph.count, spill: spill)
        for document in 0..<graph.count { documents[document] = UInt32(truncatingIfNeeded: document) }
        sides = RawArray(repeating: 0, count: graph.count, spill: spill)
        biases = RawArray(repeating: 0, count: graph.count, spill: spill)
        places = RawArray(repeating: 0, count: graph.count, spill: spill)
        copy = RawArray(repeating: 0, count: graph.terms.count, spill: spill)
        logarithms = RawArray(repeating: 0, count: 4_096)
        for count in 0..<logarithms.count { logarithms[count] = Self.computedLogarithm(count) }
        counts = RawArray(repeating: Counts(), count: graph.termCount)
        termBiases = RawArray(repeating: 0, count: graph.termCount)
        leftNumbers = RawArray(repeating: 0, count: graph.termCount)
        rightNumbers = RawArray(repeating: 0, count: graph.termCount)
        self.graph = graph
    }

    /// The documents in their new order.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    consuming func run(_ deadline: SearchDeadline) throws(BM25Error) -> RawArray<UInt32> {
        try split(0..<graph.count, termCount: graph.termCount, deadline)
        return documents
    }

    private func split(
        _ range: Range<Int>, termCount: Int, _ deadline: SearchDeadline
    ) throws(BM25Error) {
        guard range.count > Self.leafCount else { return }
        let middle = range.lowerBound + range.count / 2
        countTerms(range, middle, termCount: termCount)
        for round in 0..<Self.roundLimit {
            if range.count > 1_024 { try deadline.checkSearch() }
            setBiases(range, termCount: termCount)
            let exchanged = exchange(range, leastGain: round * Int(Self.partsPerBit))
            if exchanged * Self.leastShare <= range.count { break }
        }
        let kept = numberTerms(termCount)
        // The range has fewer terms now, so that what follows it does not begin where it ends.
        let next = graph.starts[range.upperBound]
        defer { graph.starts[range.upperBound] = next }
        layOut(range, middle)
        try split(range.lowerBound..<middle, termCount: kept.left, deadline)
        try split(middle..<range.upperBound, termCount: kept.right, deadline)
    }

    /// Counts the terms of the two halves of a range, which are below `termCount`.
    private func countTerms(_ range: Range<Int>, _ middle: Int, termCount: Int) {
        for term in 0..<termCount { counts[term] = Counts() }
        let border = Int(graph.starts[middle])
        for entry in Int(graph.starts[range.lowerBound])..<border { counts[Int(graph.terms[entry])].left &+= 1 }
        for entry in border..<Int(graph.starts[range.upperBound]) { counts[Int(graph.terms[entry])].right &+= 1 }
        for place in range { sides[place] = place < middle ? 0 : 1 }
    }

    // MARK: Rounds

    private func setBiases(_ range: Range<Int>, termCount: Int) {
        for term in 0..<termCount {
            termBiases[term] = logarithm(counts[term].right) &- logarithm(counts[term].left)
        }
        let starts = UnsafePointer(graph.starts.base)
        var place = range.lowerBound
        while place < range.upperBound {
            let start = Int(starts[place])
            var end = place
            while end < range.upperBound, Int(starts[end &+ 1]) &- start <= Self.sumCount { end &+= 1 }
            // A document of more terms stands for itself.
            if end == place {
                var sum: Int32 = 0
                for entry in start..<Int(starts[place &+ 1]) { sum &+= termBiases[Int(graph.terms[entry])] }
                biases[place] = sum
                place &+= 1
                continue
            }
            sumBiases(start..<Int(starts[end]))
            var last: Int32 = 0
            for document in place..<end {
                let sum = sums[Int(starts[document &+ 1]) &- start]
                biases[document] = sum &- last
                last = sum
            }
            place = end
        }
    }

    /// Sums the biases of some terms, document after document, as if they were all one's: what a document's are is the difference
    /// of two sums, and there is no end of a loop to be guessed wrong.
    @inline(__always)
    private func sumBiases(_ entries: Range<Int>) {
        let table = UnsafePointer(termBiases.base)
        let terms = UnsafePointer(graph.terms.base + entries.lowerBound)
        let sums = sums.base + 1
        var sum: Int32 = 0
        var entry = 0
        while entry &+ 4 <= entries.count {
            let first = table[Int(terms[entry])]
            let two = first &+ table[Int(terms[entry &+ 1])]
            let third = table[Int(terms[entry &+ 2])]
            let four = two &+ (third &+ table[Int(terms[entry &+ 3])])
            sums[entry] = sum &+ first
            sums[entry &+ 1] = sum &+ two
            sums[entry &+ 2] = sum &+ two &+ third
            sum &+= four
            sums[entry &+ 3] = sum
            entry &+= 4
        }
        while entry < entries.count {
            sum &+= table[Int(terms[entry])]
            sums[entry] = sum
            entry &+= 1
        }
    }

    @inline(__always)
    private func logarithm(_ count: Int32) -> Int32 {
        count < 4_096 ? logarithms[Int(count)] : Self.computedLogarithm(Int(count))
    }

    private static func computedLogarithm(_ count: Int) -> Int32 {
        Int32((log2f(Float(count + 1)) * partsPerBit).rounded())
    }

    /// Exchanges documents of the two halves so that those drawn most to the right come there; returns how many pairs.
    private func exchange(_ range: Range<Int>, leastGain: Int) -> Int {
        var greatest = Int32.min
        var least = Int32.max
        for place in range {
            let right = 0 &- Int32(truncatingIfNeeded: sides[place])
            greatest = max(greatest, biases[place] & ~right | .min & right)
            least = min(least, biases[place] & right | .max & ~right)
        }
        guard Int(greatest) - Int(least) > leastGain else { return 0 }
        let border = sample.middle(of: biases.base + range.lowerBound, count: range.count)
        // Those that leave the left half from the front, those that come from the back; at one place both would be the same.
        let places = places.base + range.lowerBound
        let back = range.count &- 1
        var leaving = 0
        var coming = 0
        // Without a branch that depends on a bias.
        for place in range {
            let right = Int(sides[place])
            let bias = biases[place]
            places[leaving] = UInt32(truncatingIfNeeded: place)
            leaving &+= (right ^ 1) & (bias > border ? 1 : 0)
            places[back &- coming] = UInt32(truncatingIfNeeded: place)
            coming &+= right & (bias < border ? 1 : 0)
        }
        // Those at the border go where there is room for them.
        var place = range.lowerBound
        while leaving < coming, place < range.upperBound {
            places[leaving] = UInt32(truncatingIfNeeded: place)
            leaving &+= (Int(sides[place]) ^ 1) & (biases[place] == border ? 1 : 0)
            place &+= 1
        }
        while coming < leaving, place < range.upperBound {
            places[back &- coming] = UInt32(truncatingIfNeeded: place)
            coming &+= Int(sides[place]) & (biases[place] == border ? 1 : 0)
            place &+= 1
        }
        let pairs = min(leaving, coming)
        for pair in 0..<pairs {
            move(Int(places[pair]), toRight: 1)
            move(Int(places[back &- pair]), toRight: -1)
        }
        return pairs
    }

    @inline(__always)
    private func move(_ place: Int, toRight one: Int32) {
        sides[place] ^= 1
        for entry in Int(graph.starts[place])..<Int(graph.starts[place &+ 1]) {
            let term = Int(graph.terms[entry])
            counts[term].left &-= one
            counts[term].right &+= one
        }
    }

    // MARK: Layout

    /// Numbers anew, for either half, the terms that enough of its documents hold for an order to matter, there or in a part
    /// of it; returns how many they are.
    private func numberTerms(_ termCount: Int) -> (left: Int, right: Int) {
        var left = 0
        var right = 0
        for term in 0..<termCount {
            let isLeft = counts[term].left >= Self.leastFrequency
            let isRight = counts[term].right >= Self.leastFrequency
            leftNumbers[term] = isLeft ? UInt16(truncatingIfNeeded: left) : .max
            rightNumbers[term] = isRight ? UInt16(truncatingIfNeeded: right) : .max
            left &+= isLeft ? 1 : 0
            right &+= isRight ? 1 : 0
        }
        return (left, right)
    }

    /// Puts the documents of a range where they belong, half after half, and in a half by their biases, with the terms that are left.
    private func layOut(_ range: Range<Int>, _ middle: Int) {
        let places = places.base + range.lowerBound
        sorter.sort(range, biases, sides, into: places)
        let first = Int(graph.starts[range.lowerBound])
        let terms = UnsafePointer(graph.terms.base)
        var end = first
        for number in 0..<range.count {
            prefetch(places, number, range.count)
            let place = Int(places[number])
            let numbers = number < middle &- range.lowerBound ? leftNumbers.base : rightNumbers.base
            // Biases and places are not needed any more, once each is read: there the order is put together.
            biases[range.lowerBound &+ number] = Int32(bitPattern: documents[place])
            places[number] = UInt32(truncatingIfNeeded: end)
            for entry in Int(graph.starts[place])..<Int(graph.starts[place &+ 1]) {
                let term = numbers[Int(terms[entry])]
                copy[end] = term
                end &+= term == .max ? 0 : 1
            }
        }
        (graph.terms.base + first).update(from: copy.base + first, count: end &- first)
        (graph.starts.base + range.lowerBound).update(from: places, count: range.count)
        for place in range { documents[place] = UInt32(bitPattern: biases[place]) }
        graph.starts[range.upperBound] = UInt32(truncatingIfNeeded: end)
    }

    @inline(__always)
    private func prefetch(_ places: UnsafeMutablePointer<UInt32>, _ number: Int, _ count: Int) {
        guard number &+ 2 &* Self.prefetchDistance < count else { return }
        let far = Int(places[number &+ 2 &* Self.prefetchDistance])
        ck_prefetch(graph.starts.base + far)
        ck_prefetch(documents.base + far)
        ck_prefetch(graph.terms.base + Int(graph.starts[Int(places[number &+ Self.prefetchDistance])]))
    }
}
