import BM25
import Glibc

/// Answers by picking sentences: those that hold most of the question, weighed as BM25 weighs words.
///
/// A word counts by how few of the candidate sentences have it, so words that are everywhere count next to nothing. The
/// sentences are the documents' own, byte for byte; nothing is put into other words.
struct ExtractiveWriter {
    /// Sentences of an answer at most, in all and from one source.
    static let sentenceLimit = 6
    static let sentencesPerSource = 3
    /// A sentence must hold this part of the weight of all the question's words that occur at all.
    static let leastShare = 0.2
    /// Two sentences are one if they share this part of their words.
    static let sameness = 0.7
    /// Longer runs are tables and lists rather than sentences.
    static let longestSentence = 1_200

    private struct Candidate {
        var source: AnswerSource
        /// In bytes of the source's text.
        var range: Range<Int>
        var terms: Set<String>
        var score = 0.0
    }

    let parameters = BM25Parameters()

    /// The sentences that answer `question` best, by source and position.
    /// - Parameter checkpoint: Called between sources.
    func answer(_ question: String, from sources: [AnswerSource], checkpoint: () throws -> Void) rethrows
        -> [AnswerClaim]
    {
        let words = Set(BM25Query(question, parameters: parameters).terms)
        var candidates: [Candidate] = []
        for source in sources {
            try checkpoint()
            for range in PassageSplitter().sentences(of: source.text) where range.count <= Self.longestSentence {
                let terms = Set(BM25Query(Self.text(range, of: source), parameters: parameters).terms)
                guard terms.count > 2 else { continue }
                candidates.append(Candidate(source: source, range: range, terms: terms))
            }
        }
        return pick(score(candidates, words)).map(claim)
    }

    /// Candidates that hold enough of the question, best first.
    private func score(_ candidates: [Candidate], _ words: Set<String>) -> [Candidate] {
        let weights = Dictionary(
            uniqueKeysWithValues: words.map { word in
                (word, weight(candidates.count { $0.terms.contains(word) }, of: candidates.count))
            })
        let total = weights.values.reduce(0, +)
        let length = Double(candidates.reduce(0) { $0 + $1.terms.count }) / Double(max(1, candidates.count))
        guard total > 0 else { return [] }
        return candidates.compactMap { candidate in
            // In the order of the words, so that sums do not depend on the order of a set.
            let share = candidate.terms.intersection(words).sorted().reduce(0) { $0 + (weights[$1] ?? 0) }
            guard share >= total * Self.leastShare else { return nil }
            var candidate = candidate
            let norm = 1.2 * (0.25 + 0.75 * Double(candidate.terms.count) / length)
            candidate.score = share * 2.2 / (1 + norm) * (1 + 0.3 * candidate.source.score)
            return candidate
        }.sorted { a, b in
            (b.score, a.source.number, a.range.lowerBound) < (a.score, b.source.number, b.range.lowerBound)
        }
    }

    /// A word no candidate has says nothing about any.
    private func weight(_ count: Int, of all: Int) -> Double {
        count == 0 ? 0 : log(1 + (Double(all - count) + 0.5) / (Double(count) + 0.5))
    }

    private func pick(_ candidates: [Candidate]) -> [Candidate] {
        var picked: [Candidate] = []
        for candidate in candidates {
            let ofSource = picked.count { $0.source.number == candidate.source.number }
            let repeats = picked.contains { other in
                let shared = Double(other.terms.intersection(candidate.terms).count)
                return shared >= Self.sameness * Double(min(other.terms.count, candidate.terms.count))
            }
            if ofSource < Self.sentencesPerSource, !repeats { picked.append(candidate) }
            if picked.count == Self.sentenceLimit { break }
        }
        return picked.sorted { a, b in
            (a.source.number, a.range.lowerBound) < (b.source.number, b.range.lowerBound)
        }
    }

    private func claim(_ candidate: Candidate) -> AnswerClaim {
        let utf8 = Array(candidate.source.text.utf8)
        let before = utf8[..<candidate.range.lowerBound].count { $0 & 0xC0 != 0x80 }
        let text = Self.text(candidate.range, of: candidate.source)
        let start = candidate.source.start + before
        return AnswerClaim(
            text: text, source: candidate.source.number, start: start, end: start + text.unicodeScalars.count)
    }

    private static func text(_ range: Range<Int>, of source: AnswerSource) -> String {
        String(decoding: Array(source.text.utf8)[range], as: UTF8.self)
    }
}
