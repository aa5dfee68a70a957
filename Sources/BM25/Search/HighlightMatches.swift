/// What was found of a question in a text: words, and the phrases they make.
struct HighlightMatches {
    /// A word of the text that has a term looked for.
    struct Match {
        /// In scalars.
        let range: Range<Int>
        /// With what stands around it up to white space, where that is near.
        let run: Range<Int>
        /// The place of its term among those looked for.
        let term: Int
        /// The word of the question, -1 for none.
        let word: Int
        /// Counted in words.
        let position: Int
    }

    /// A phrase of the question: indices of ``words``.
    struct PhraseMatch {
        let phrase: Int
        let words: ClosedRange<Int>
        /// In scalars.
        let range: Range<Int>
    }

    /// By ascending ranges.
    var words: [Match] = []
    /// By ascending last words.
    private(set) var phrases: [PhraseMatch] = []
    private var phraseCount = 0

    /// Looks for the next phrase of the question among the words.
    ///
    /// It stands where every step has a word whose position, less the step's own, lies within `slop` of the others'.
    /// - Parameter steps: Places of terms, by step.
    mutating func addPhrase(_ phrase: Highlighter.Phrase, _ steps: [[Int]]) {
        defer { phraseCount += 1 }
        /// For each step, words with their adjusted positions, ascending.
        var candidates: [[(start: Int, word: Int)]] = []
        for (step, terms) in zip(phrase.steps, steps) {
            let found = words.indices.filter { terms.contains(words[$0].term) }
                .map { (words[$0].position - step.position, $0) }
            guard !found.isEmpty else { return }
            candidates.append(found.sorted { $0.0 < $1.0 })
        }
        let slop = max(0, phrase.slop)
        var next = [Int](repeating: 0, count: candidates.count)
        for start in Set(candidates.joined().map(\.start)).sorted() {
            var chosen: [Int] = []
            for step in candidates.indices {
                while next[step] < candidates[step].count, candidates[step][next[step]].start < start {
                    next[step] += 1
                }
                guard next[step] < candidates[step].count, candidates[step][next[step]].start <= start + slop else {
                    break
                }
                chosen.append(candidates[step][next[step]].word)
            }
            guard chosen.count == candidates.count, Set(chosen).count == chosen.count || slop == 0,
                let first = chosen.min(), let last = chosen.max()
            else { continue }
            let end = chosen.map { words[$0].range.upperBound }.max() ?? 0
            phrases.append(
                PhraseMatch(phrase: phraseCount, words: first...last, range: words[first].range.lowerBound..<end))
        }
        phrases.sort { ($0.words.upperBound, $0.words.lowerBound) < ($1.words.upperBound, $1.words.lowerBound) }
    }

    /// What to mark in a window: whole phrases, then words, `limit` in all; ascending, what overlaps as one.
    func marks(within window: Range<Int>, limit: Int) -> [Range<Int>] {
        func isInside(_ range: Range<Int>) -> Bool {
            range.lowerBound >= window.lowerBound && range.upperBound <= window.upperBound
        }
        let single = words.lazy.filter { $0.word >= 0 && isInside($0.range) }.map(\.range)
        guard !phrases.isEmpty else { return Self.joined(single, limit: limit) }
        let whole = Self.joined(phrases.map(\.range).filter(isInside).sorted { $0.lowerBound < $1.lowerBound })
        let all = Self.joined((whole + single).sorted { $0.lowerBound < $1.lowerBound })
        guard all.count > limit else { return all }
        let first = all.filter { range in whole.contains { $0.overlaps(range) } }.prefix(max(0, limit))
        let rest = all.filter { !first.contains($0) }.prefix(max(0, limit) - first.count)
        return (first + rest).sorted { $0.lowerBound < $1.lowerBound }
    }

    private static let usualMarkCount = 16

    /// Ascending ranges, those that overlap as one, and of these the first.
    private static func joined(_ ranges: some Sequence<Range<Int>>, limit: Int = .max) -> [Range<Int>] {
        var result: [Range<Int>] = []
        result.reserveCapacity(min(limit, usualMarkCount))
        for range in ranges {
            if let last = result.last, range.lowerBound < last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                guard result.count < limit else { break }
                result.append(range)
            }
        }
        return result
    }
}
