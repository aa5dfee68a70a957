internal import IndexCore

/// The surface words of one segment by their number of letters, with marks of the letters they have: near words are
/// found without the others being read.
///
/// One edit takes at most one letter away and brings at most one, so a word d edits away lacks at most d of the letters
/// looked for and has at most d others; and what a word is longer or shorter by is edits that can do but one of the two.
/// A scan of four bytes a word, over words of the right lengths, leaves a hundredth of them (signature hashing: Boytsov,
/// "Indexing methods for approximate dictionary searching", 2011); of these the first six letters, five bits each, tell
/// nearly all apart. What is left is read from the dictionary and decided by the automaton.
///
/// Sendable although it keeps pointers: the memory is its own, and nobody writes to it once it is made. Unsafe inside:
/// places come from its own counts.
final class SpellingList: @unchecked Sendable {
    /// No word of more scalars is near one that an automaton takes.
    private static let maximumScalarCount = EditDistanceAutomaton.maximumScalarCount + 2
    /// Words looked at together.
    private static let groupCount = 16
    /// Letters of a word's beginning.
    private static let beginningCount = 6

    /// By number of scalars: where its words begin; one more than there are.
    private let starts: [Int]
    /// The marks of each word's letters; words of the same number of scalars together and in the dictionary's order.
    private let marks: UnsafeMutablePointer<UInt32>
    /// The classes of each word's first letters, the first in the lowest bits.
    private let beginnings: UnsafeMutablePointer<UInt32>
    /// The words' places in the dictionary.
    private let ordinals: UnsafeMutablePointer<UInt32>

    /// What a list keeps of a word.
    private struct Look {
        /// One above the greatest if there are more.
        var scalarCount = 0
        var marks: UInt32 = 0
        var beginning: UInt32 = 0
    }

    /// Reads every word of a dictionary once.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    init(_ dictionary: TermDictionary, deadline: SearchDeadline) throws(BM25Error) {
        var looks = RawArray<Look>(capacity: dictionary.count(.surface))
        var counts = [Int](repeating: 0, count: Self.maximumScalarCount + 2)
        let classes = Self.asciiClasses
        var reader = SurfaceWordReader(dictionary)
        while reader.next() {
            let look = Self.look(at: reader.word, classes)
            looks.append(look)
            counts[look.scalarCount] += 1
            if reader.ordinal & 0xFFFF == 0xFFFF { try deadline.checkSearch() }
        }
        starts = counts.dropLast().reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let count = starts[starts.count - 1]
        marks = .allocate(capacity: count + Self.groupCount)
        marks.initialize(repeating: 0, count: count + Self.groupCount)
        beginnings = .allocate(capacity: count)
        beginnings.initialize(repeating: 0, count: count)
        ordinals = .allocate(capacity: count)
        ordinals.initialize(repeating: 0, count: count)
        var places = starts
        for ordinal in 0..<looks.count where looks[ordinal].scalarCount <= Self.maximumScalarCount {
            let look = looks[ordinal]
            let place = places[look.scalarCount]
            places[look.scalarCount] += 1
            marks[place] = look.marks
            beginnings[place] = look.beginning
            ordinals[place] = UInt32(truncatingIfNeeded: ordinal)
        }
    }

    deinit {
        marks.deallocate()
        beginnings.deallocate()
        ordinals.deallocate()
    }

    /// The bytes a list of so many words takes, at most.
    static func byteCount(_ words: Int) -> Int { words * 12 + groupCount * 4 }

    // MARK: Letters

    /// One class for each of a to z, six for all others.
    @inline(__always)
    private static func letterClass(_ scalar: UInt32) -> UInt32 {
        let letter = scalar &- 0x61
        return letter < 26 ? letter : 26 &+ scalar % 6
    }

    private static let asciiClasses = (0..<0x80).map { UInt8(letterClass($0)) }

    /// - Parameter classes: ``asciiClasses``.
    private static func look(at word: UnsafeBufferPointer<UInt8>, _ classes: [UInt8]) -> Look {
        var look = Look()
        var place = 0
        let beginningEnd = min(word.count, beginningCount)
        while place < beginningEnd, word[place] < 0x80 {
            let letter = UInt32(classes[Int(word[place])])
            look.marks |= 1 &<< letter
            look.beginning |= letter &<< UInt32(truncatingIfNeeded: 5 &* place)
            place &+= 1
        }
        while place < word.count, word[place] < 0x80 {
            look.marks |= 1 &<< UInt32(classes[Int(word[place])])
            place &+= 1
        }
        guard place < word.count else {
            look.scalarCount = min(place, maximumScalarCount + 1)
            return look
        }
        return lookByScalars(at: word)
    }

    private static func lookByScalars(at word: UnsafeBufferPointer<UInt8>) -> Look {
        var look = Look()
        var place = 0
        while place < word.count, look.scalarCount <= maximumScalarCount {
            let (scalar, end) = EditDistanceAutomaton.scalar(of: word, at: place, word.count)
            let letter = letterClass(scalar)
            look.marks |= 1 &<< letter
            if look.scalarCount < beginningCount {
                look.beginning |= letter &<< UInt32(truncatingIfNeeded: 5 &* look.scalarCount)
            }
            look.scalarCount &+= 1
            place = end
        }
        return look
    }

    /// Classes as letters of a word: what is equal stays equal, so nothing gets further apart.
    private static func spelling(_ letterClass: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x40 &+ letterClass) }

    // MARK: Near words

    /// Calls `body` with the place in the dictionary of each word that may be near enough; every near one is among them.
    func forEachCandidate(_ automaton: borrowing EditDistanceAutomaton, _ body: (_ ordinal: Int) -> Void) {
        let classes = automaton.scalars.map(Self.letterClass)
        let edits = automaton.maximumDistance
        let name = String(decoding: classes.map(Self.spelling), as: UTF8.self)
        guard var beginning = EditDistanceAutomaton(name, distance: edits) else { return }
        let wanted = classes.reduce(0) { $0 | 1 &<< $1 }
        var found = RawArray<UInt32>(capacity: 4_096)
        for scalarCount in max(1, classes.count - edits)...min(classes.count + edits, Self.maximumScalarCount) {
            // Letters put in take none away, letters left out bring none.
            let excess = scalarCount - classes.count
            scan(
                starts[scalarCount]..<starts[scalarCount + 1], wanted, lost: edits - max(0, excess),
                gained: edits - max(0, -excess), &found)
            for place in 0..<found.count {
                let place = Int(found[place])
                if isNear(beginnings[place], scalarCount, &beginning) { body(Int(ordinals[place])) }
            }
            found.removeAll()
        }
    }

    /// Whether a word of so many scalars that begins like this can be near enough.
    @inline(__always)
    private func isNear(_ classes: UInt32, _ scalarCount: Int, _ automaton: inout EditDistanceAutomaton) -> Bool {
        let count = min(scalarCount, Self.beginningCount)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.beginningCount) { buffer in
            for place in 0..<count {
                buffer[place] = Self.spelling(classes &>> UInt32(truncatingIfNeeded: 5 &* place) & 31)
            }
            let distance = automaton.distance(to: UnsafeBufferPointer(rebasing: buffer[..<count]))
            return distance != nil || scalarCount > count && automaton.deadCount == 0
        }
    }

    /// Appends the places of `range` whose words lack at most `lost` of the marks `wanted`, and have at most `gained`
    /// others; both 0 to 2.
    private func scan(_ range: Range<Int>, _ wanted: UInt32, lost: Int, gained: Int, _ found: inout RawArray<UInt32>) {
        typealias Group = SIMD16<UInt32>
        // x & (x - 1) is x without its lowest bit, x & (x - 0) is x.
        let lostOne = Group(repeating: lost > 0 ? 1 : 0)
        let lostTwo = Group(repeating: lost > 1 ? 1 : 0)
        let gainedOne = Group(repeating: gained > 0 ? 1 : 0)
        let gainedTwo = Group(repeating: gained > 1 ? 1 : 0)
        let wanted = Group(repeating: wanted)
        let raw = UnsafeRawPointer(marks)
        var place = range.lowerBound
        while place < range.upperBound {
            let words = raw.loadUnaligned(fromByteOffset: place &* 4, as: Group.self)
            var missing = wanted & ~words
            missing &= missing &- lostOne
            missing &= missing &- lostTwo
            var others = words & ~wanted
            others &= others &- gainedOne
            others &= others &- gainedTwo
            let tooMany = missing | others
            // The highest bit is set where none is too many: in few groups.
            let halves = unsafeBitCast(~tooMany & (tooMany &- 1), to: SIMD8<UInt64>.self)
            let quarters = halves.lowHalf | halves.highHalf
            let eighths = quarters.lowHalf | quarters.highHalf
            if (eighths[0] | eighths[1]) & 0x8000_0000_8000_0000 != 0 {
                for lane in 0..<min(Self.groupCount, range.upperBound &- place) where tooMany[lane] == 0 {
                    found.append(UInt32(truncatingIfNeeded: place &+ lane))
                }
            }
            place &+= Self.groupCount
        }
    }
}
