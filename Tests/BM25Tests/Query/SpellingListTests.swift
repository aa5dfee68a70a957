import BM25
import IndexCore
import TestKit
import Testing

/// Words near a word by their letters, against the walk and the textbook recurrence.
@Suite struct SpellingListTests {
    private static let alphabets = ["abcdefg", "abcdefghijklmnopqrstuvwxyz0123_", "abбвгλ\u{10428}9", "aéß東b\u{1F600}"]

    /// A segment of these words, and the words its dictionary has.
    private static func segment(_ words: [String]) -> (SegmentInspection, [String]) {
        var builder = BM25SegmentBuilder()
        for (place, word) in words.enumerated() {
            let id = PassageID(UInt32(place))
            builder.add(id, document: id, title: "", text: word)
        }
        let inspection = SegmentInspection(builder.build())
        return (inspection, inspection.terms(field: 2).map(\.text))
    }

    private static func near(_ wanted: String, _ distance: Int, among words: [String]) -> [String: Int] {
        words.reduce(into: [:]) { near, word in
            let edits = EditDistanceTests.distance(wanted, word)
            if edits <= distance { near[word] = edits }
        }
    }

    /// A word a few random edits away.
    private static func misspelt(_ word: String, _ alphabet: [Unicode.Scalar], _ random: inout SeededRandom) -> String {
        var scalars = Array(word.unicodeScalars)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let place = Int.random(in: 0...scalars.count, using: &random)
            let letter = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            switch Int.random(in: 0..<4, using: &random) {
            case 0: scalars.insert(letter, at: place)
            case 1 where place < scalars.count && scalars.count > 1: scalars.remove(at: place)
            case 2 where place < scalars.count: scalars[place] = letter
            default: if place + 1 < scalars.count { scalars.swapAt(place, place + 1) }
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test(arguments: 0..<12)
    func `a list, a walk and the recurrence agree`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let letters = Self.alphabets[Int(seed) % Self.alphabets.count]
        let (segment, words) = Self.segment(
            EditDistanceTests.vocabulary(&random, count: 1_200, letters: letters, longest: 12))
        #expect(words.count > 100)
        var count = 0
        for _ in 0..<40 {
            let word = words[Int.random(in: 0..<words.count, using: &random)]
            let wanted = Self.misspelt(word, Array(letters.unicodeScalars), &random)
            let distance = Int.random(in: 0...2, using: &random)
            let expected = Self.near(wanted, distance, among: words)
            count += expected.count
            #expect(try segment.words(near: wanted, distance: distance, byLetters: true) == expected, "\(wanted)")
            #expect(try segment.words(near: wanted, distance: distance, byLetters: false) == expected, "\(wanted)")
        }
        #expect(count > 10)
    }

    @Test func `neighbours exchanged are found at the borders of blocks`() throws {
        var random = SeededRandom(seed: 5)
        let (segment, words) = Self.segment(
            EditDistanceTests.vocabulary(&random, count: 600, letters: "abcdefghij", longest: 9))
        for border in stride(from: 0, to: words.count, by: 32) {
            for ordinal in [border - 1, border, border + 1] where words.indices.contains(ordinal) {
                let scalars = Array(words[ordinal].unicodeScalars)
                for place in scalars.indices.dropLast() {
                    var swapped = scalars
                    swapped.swapAt(place, place + 1)
                    let wanted = String(String.UnicodeScalarView(swapped))
                    for byLetters in [false, true] {
                        let found = try segment.words(near: wanted, distance: 1, byLetters: byLetters)
                        #expect(found[words[ordinal]] == (swapped == scalars ? 0 : 1), "\(wanted)")
                    }
                }
            }
        }
    }

    @Test func `the longest words are found, and longer ones passed over`() throws {
        let (segment, words) = Self.segment((58...80).map { String(repeating: "ab", count: $0 / 2) + "c" })
        for length in [59, 61, 63] {
            let wanted = String(repeating: "ab", count: length / 2) + "c"
            for distance in 0...2 {
                let expected = Self.near(wanted, distance, among: words)
                #expect(!expected.isEmpty)
                #expect(try segment.words(near: wanted, distance: distance, byLetters: true) == expected)
                #expect(try segment.words(near: wanted, distance: distance, byLetters: false) == expected)
            }
        }
    }

    @Test func `a list is made for the ninth word, and asking at once or again changes no answer`() async throws {
        var random = SeededRandom(seed: 9)
        let vocabulary = EditDistanceTests.vocabulary(&random, count: 9_000, letters: "abcdefghijkl", longest: 8)
        var index = BM25Index()
        var next: UInt32 = 0
        for part in 0..<3 {
            var builder = BM25SegmentBuilder()
            for place in stride(from: part, to: vocabulary.count, by: 3) {
                builder.add(
                    PassageID(next), document: PassageID(next), title: "",
                    text: vocabulary[place] + " " + vocabulary[place / 7])
                next += 1
            }
            index.append(builder.build())
        }
        let snapshot = index.snapshot
        let segments = snapshot.segments.map { SegmentInspection($0) }
        let wanted = (0..<6).map { _ in vocabulary[Int.random(in: 0..<vocabulary.count, using: &random)] + "x" }
        let ask: @Sendable (String) throws -> SurfaceDictionary.Words = { word in
            try SurfaceDictionary(snapshot, deadline: .none).words(near: word, distance: 2, limit: 1_000)
        }
        let first = try ask(wanted[0])
        for word in wanted + wanted.prefix(1) { _ = try ask(word) }
        #expect(segments.allSatisfy { !$0.hasSpellingList })
        try await withThrowingTaskGroup(of: SurfaceDictionary.Words.self) { group in
            for _ in 0..<8 { group.addTask { try ask(wanted[0]) } }
            for try await words in group { #expect(words == first) }
        }
        #expect(segments.count > 1 && segments.allSatisfy { $0.hasSpellingList })
        for word in wanted {
            let expected = Self.near(word, 2, among: vocabulary)
            let found = try ask(word).list
            #expect(found.reduce(into: [:]) { $0[$1.text] = $1.distance } == expected)
            #expect(found.count == expected.count)
        }
    }

    @Test func `a budget gives no more than it has`() {
        let budget = SpellingListBudget(100)
        #expect(budget.take(60))
        #expect(!budget.take(41))
        #expect(budget.take(40))
        budget.giveBack(60)
        #expect(budget.take(60))
        #expect(!budget.take(1))
    }
}
