import BM25
import IndexCore
import TestKit
import Testing

/// Words by their spelling, over segments, deletions and merges, against a scan of the living words.
@Suite struct SurfaceDictionaryTests {
    /// An index and, for each word, the passages alive that hold it.
    struct Library {
        var index = BM25Index()
        var passages: [UInt32: Set<String>] = [:]
        private var nextID: UInt32 = 0

        mutating func add(_ texts: [String], titles: [String]) {
            var builder = BM25SegmentBuilder()
            for (text, title) in zip(texts, titles) {
                builder.add(PassageID(nextID), document: PassageID(nextID), title: title, text: text)
                passages[nextID] = Set((title + " " + text).split(separator: " ").map(String.init))
                nextID += 1
            }
            index.append(builder.build())
        }

        mutating func remove(_ id: UInt32) {
            index.remove(id..<id + 1)
            passages[id] = nil
        }

        var counts: [String: Int] {
            passages.values.reduce(into: [:]) { counts, words in
                for word in words { counts[word, default: 0] += 1 }
            }
        }

        var dictionary: SurfaceDictionary { SurfaceDictionary(index.snapshot, deadline: .none) }
    }

    private static let letters = ["abcdefg", "abбвгλ\u{10400}"]

    static func library(_ random: inout SeededRandom) -> Library {
        var library = Library()
        let alphabet = letters[Int.random(in: 0..<letters.count, using: &random)].unicodeScalars
            .map { String($0).lowercased() }
        let words = (0..<400).map { _ in
            (0..<Int.random(in: 1...8, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" }
                .joined()
        }
        for _ in 0..<Int.random(in: 1...9, using: &random) {
            let texts = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                (0..<12).map { _ in words.randomElement(using: &random) ?? "a" }.joined(separator: " ")
            }
            library.add(texts, titles: texts.map { _ in words.randomElement(using: &random) ?? "a" })
        }
        for id in library.passages.keys.sorted() where Int.random(in: 0..<4, using: &random) == 0 {
            library.remove(id)
        }
        if Bool.random(using: &random) { library.index.mergeAll() }
        return library
    }

    private static func stem(_ word: String) -> String { BM25Query(word, parameters: .init()).terms.first ?? "" }

    private static func precedes(_ left: SurfaceDictionary.Word, _ right: SurfaceDictionary.Word) -> Bool {
        if left.distance != right.distance { return left.distance < right.distance }
        if left.passageCount != right.passageCount { return left.passageCount > right.passageCount }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    @Test(arguments: 0..<12)
    func `near words are those of a scan, whatever the segments`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let library = Self.library(&random)
        let counts = library.counts
        for _ in 0..<6 {
            guard let wanted = counts.keys.sorted().randomElement(using: &random) else { continue }
            let distance = Int.random(in: 0...2, using: &random)
            let limit = [1, 5, 1_000][Int.random(in: 0..<3, using: &random)]
            let expected = counts.compactMap { word, count in
                let edits = EditDistanceTests.distance(wanted, word)
                return edits > distance
                    ? nil
                    : SurfaceDictionary.Word(text: word, stem: Self.stem(word), passageCount: count, distance: edits)
            }.sorted(by: Self.precedes)
            let found = try library.dictionary.words(near: wanted, distance: distance, limit: limit)
            #expect(found.list == Array(expected.prefix(limit)), "\(wanted)~\(distance)")
            #expect(found.hasMore || expected.count <= limit)
        }
    }

    @Test(arguments: 0..<12)
    func `words with a beginning are those of a scan, whatever the segments`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let library = Self.library(&random)
        let counts = library.counts
        for _ in 0..<6 {
            guard let word = counts.keys.sorted().randomElement(using: &random) else { continue }
            let prefix = String(word.prefix(Int.random(in: 0...3, using: &random)))
            let limit = [1, 5, 1_000][Int.random(in: 0..<3, using: &random)]
            let expected = counts.filter { $0.key.utf8.starts(with: prefix.utf8) }
                .map { SurfaceDictionary.Word(text: $0.key, stem: Self.stem($0.key), passageCount: $0.value) }
                .sorted(by: Self.precedes)
            let found = try library.dictionary.words(beginningWith: prefix, limit: limit)
            #expect(found.list == Array(expected.prefix(limit)), "\(prefix)*")
            #expect(found.hasMore == (expected.count > limit))
        }
    }

    @Test(arguments: 0..<4)
    func `a term's passages are counted alive`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let library = Self.library(&random)
        let counts = library.counts
        for (word, count) in counts {
            #expect(library.dictionary.passageCount(of: word, .surface) == count)
        }
        #expect(library.dictionary.passageCount(of: "zzz", .surface) == 0)
    }
}
