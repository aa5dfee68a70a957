import BM25
import TestKit
import Testing

/// The automaton against the textbook recurrence.
@Suite struct EditDistanceTests {
    /// Optimal string alignment over Unicode scalars, cell by cell.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        var table = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for row in 0...left.count { table[row][0] = row }
        for column in 0...right.count { table[0][column] = column }
        for row in 1..<left.count + 1 {
            for column in 1..<right.count + 1 {
                let change = left[row - 1] == right[column - 1] ? 0 : 1
                var least = min(
                    table[row - 1][column] + 1, table[row][column - 1] + 1, table[row - 1][column - 1] + change)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    least = min(least, table[row - 2][column - 2] + 1)
                }
                table[row][column] = least
            }
        }
        return table[left.count][right.count]
    }

    /// Few letters, so that words are near one another; some beyond ASCII in one, two, three and four bytes.
    static func vocabulary(_ random: inout SeededRandom, count: Int, letters: String, longest: Int) -> [String] {
        let letters = letters.unicodeScalars.map { String($0) }
        var words = Set<String>()
        for _ in 0..<count {
            words.insert(
                (0..<Int.random(in: 1...longest, using: &random))
                    .map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }.joined())
        }
        return words.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    private static let alphabets = ["ab", "abcdefgh", "aéß東\u{1F600}b", "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}"]

    @Test(arguments: 0..<8)
    func `every word of a sorted vocabulary has the distance of the recurrence`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = Self.vocabulary(
            &random, count: 300, letters: Self.alphabets[Int(seed) % Self.alphabets.count], longest: 9)
        for limit in 0...2 {
            for _ in 0..<8 {
                let wanted = words[Int.random(in: 0..<words.count, using: &random)]
                guard var automaton = EditDistanceAutomaton(wanted, distance: limit) else {
                    Issue.record("no automaton")
                    return
                }
                for word in words {
                    let expected = Self.distance(wanted, word)
                    var word = word
                    let found = word.withUTF8 { automaton.distance(to: $0) }
                    #expect(found == (expected <= limit ? expected : nil), "\(wanted) ~ \(word)")
                }
            }
        }
    }

    @Test(arguments: 0..<8)
    func `leaving dead beginnings loses no word and reads fewer`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = Self.vocabulary(
            &random, count: 1_500, letters: Self.alphabets[Int(seed) % Self.alphabets.count] + "klmno", longest: 7)
        for limit in 0...2 {
            let wanted = words[Int.random(in: 0..<words.count, using: &random)] + (limit == 0 ? "" : "x")
            let expected = words.filter { Self.distance(wanted, $0) <= limit }
            guard var automaton = EditDistanceAutomaton(wanted, distance: limit) else {
                Issue.record("no automaton")
                return
            }
            var found: [String] = []
            var readCount = 0
            var place = 0
            while place < words.count {
                var word = words[place]
                readCount += 1
                if word.withUTF8({ automaton.distance(to: $0) }) != nil { found.append(word) }
                place += 1
                guard automaton.deadCount > 0 else { continue }
                guard let key = automaton.nextKey().map(Array.init) else { break }
                #expect(Array(word.utf8).lexicographicallyPrecedes(key))
                while place < words.count, Array(words[place].utf8).lexicographicallyPrecedes(key) { place += 1 }
            }
            #expect(found == expected)
            #expect(limit == 2 || readCount < words.count / 2)
        }
    }

    @Test func `random bytes are read, in any order`() {
        var random = SeededRandom(seed: 1)
        guard var automaton = EditDistanceAutomaton("wörd", distance: 2) else {
            Issue.record("no automaton")
            return
        }
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: Bool.random(using: &random) ? 0...255 : 0x61...0x7A, using: &random)
            }
            let distance = bytes.withUnsafeBufferPointer { automaton.distance(to: $0) }
            #expect(distance == nil || bytes.count <= 24)
            if automaton.deadCount > 0 { _ = automaton.nextKey() }
        }
    }

    @Test func `words of no or too many letters have no automaton`() {
        if EditDistanceAutomaton("", distance: 1) != nil { Issue.record("an automaton for nothing") }
        if EditDistanceAutomaton(String(repeating: "a", count: 64), distance: 1) != nil { Issue.record("64 letters") }
        guard var longest = EditDistanceAutomaton(String(repeating: "a", count: 63), distance: 2) else {
            Issue.record("no automaton")
            return
        }
        for (count, distance) in [(60, nil), (61, 2), (63, 0), (65, 2), (66, nil)] as [(Int, Int?)] {
            let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
            #expect(bytes.withUnsafeBufferPointer { longest.distance(to: $0) } == distance)
        }
    }
}
