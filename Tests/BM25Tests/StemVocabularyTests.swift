import BM25
import Foundation
import Testing

/// Terms against stems made by another implementation: the Python that the Snowball compiler writes
/// (`tools/make_stems.py`).
@Suite("Snowball vocabularies")
struct StemVocabularyTests {
    private typealias Stemmer = AnalyzerOptions.Stemmer

    private struct Row {
        let word: String
        let stem: String
        /// That of Snowball 3, where it is another.
        let later: String?

        /// The term: a word whose stem is empty stays as it is.
        var term: String { FoldedText.fold(stem.isEmpty ? word : stem) }
    }

    /// The points of Hebrew letters are dropped before words are stemmed, and a Yiddish stem may depend on one.
    private static let unpointed = ["רויִנירסטו": "רױניר"]

    private static let rows: [String: [Row]] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/stems.tsv")
        var rows: [String: [Row]] = [:]
        for line in ((try? String(contentsOf: path, encoding: .utf8)) ?? "").split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard !line.hasPrefix("#"), parts.count >= 3 else { continue }
            let row = Row(word: parts[1], stem: parts[2], later: parts.count > 3 ? parts[3] : nil)
            rows[parts[0], default: []].append(row)
        }
        return rows
    }()

    @Test("words of every language get the stems of Snowball 2.2", arguments: Stemmer.allCases.filter { $0 != .none })
    private func vocabulary(stemmer: Stemmer) throws {
        let rows = try #require(Self.rows[stemmer.rawValue])
        #expect(rows.count >= 160)
        let options = AnalyzerOptions(stemmer: stemmer)
        let others = rows.filter {
            options.tokens(of: $0.word).map(\.term) != [Self.unpointed[$0.word] ?? $0.term]
        }
        #expect(others.isEmpty, "\(others.prefix(10).map { "\($0.word): \(options.tokens(of: $0.word).map(\.term))" })")
    }

    @Test("where Snowball 3 has another stem, the terms are those of 2.2")
    func differences() {
        // A library of version 3 would change every index; Fixtures/stems.tsv counts whole vocabularies.
        var count: [String: Int] = [:]
        for (language, rows) in Self.rows {
            guard let stemmer = Stemmer(rawValue: language) else { continue }
            let options = AnalyzerOptions(stemmer: stemmer)
            for row in rows {
                guard let later = row.later, FoldedText.fold(later) != row.term else { continue }
                count[language, default: 0] += 1
                #expect(options.tokens(of: row.word).map(\.term) != [FoldedText.fold(later)], "\(language) \(row.word)")
            }
        }
        #expect(
            Set(count.keys).isSuperset(of: ["dutch", "english", "french", "german", "norwegian", "romanian", "swedish"])
        )
    }
}
