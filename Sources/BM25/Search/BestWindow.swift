/// Chooses the part of a text that holds the most of a question.
struct BestWindow {
    /// Matches of different words with fewer scalars between them count as neighbours.
    static let nearby = 16

    /// What windows are compared by, member by member.
    struct Worth: Comparable {
        /// Distinct words of the question, by weight.
        var coverage = 0
        /// Distinct phrases of the question.
        var phrases = 0
        /// Neighbouring matches of different words.
        var neighbours = 0

        static func < (left: Worth, right: Worth) -> Bool {
            (left.coverage, left.phrases, left.neighbours) < (right.coverage, right.phrases, right.neighbours)
        }
    }

    private let matches: HighlightMatches
    private let weights: [Int]
    private var worth = Worth()
    private var wordCounts: [Int]
    private var phraseCounts: [Int: Int] = [:]
    /// Matches in the window: `left..<right`.
    private var left = 0
    private var right = 0
    /// Phrases whose last word is at or behind `right`.
    private var nextPhrase = 0

    private init(_ matches: HighlightMatches, weights: [Int]) {
        self.matches = matches
        self.weights = weights
        wordCounts = [Int](repeating: 0, count: weights.count)
    }

    /// The scalars from the first to the last match, and what they hang together with, of the best window of at most
    /// `length` scalars; the first of equals.
    ///
    /// O(matches) but for phrases, which are few. A match longer than a window stands alone.
    static func span(of matches: HighlightMatches, weights: [Int], length: Int) -> Range<Int> {
        var window = BestWindow(matches, weights: weights)
        var best = 0..<0
        var bestWorth = Worth()
        while window.right < matches.words.count {
            window.append()
            let end = window.end
            while window.left < window.right - 1, end - matches.words[window.left].run.lowerBound > length {
                window.removeFirst()
            }
            if window.worth > bestWorth {
                bestWorth = window.worth
                best = matches.words[window.left].run.lowerBound..<end
            }
        }
        return best
    }

    /// Where the last match ends.
    private var end: Int { matches.words[right - 1].run.upperBound }

    private mutating func append() {
        let match = matches.words[right]
        if match.word >= 0 {
            if wordCounts[match.word] == 0 { worth.coverage += weights[match.word] }
            wordCounts[match.word] += 1
        }
        if right > left, areNeighbours(right - 1) { worth.neighbours += 1 }
        while nextPhrase < matches.phrases.count, matches.phrases[nextPhrase].words.upperBound == right {
            if matches.phrases[nextPhrase].words.lowerBound >= left { count(matches.phrases[nextPhrase].phrase, 1) }
            nextPhrase += 1
        }
        right += 1
    }

    private mutating func removeFirst() {
        let match = matches.words[left]
        if match.word >= 0 {
            wordCounts[match.word] -= 1
            if wordCounts[match.word] == 0 { worth.coverage -= weights[match.word] }
        }
        if left + 1 < right, areNeighbours(left) { worth.neighbours -= 1 }
        for phrase in matches.phrases where phrase.words.lowerBound == left && phrase.words.upperBound < right {
            count(phrase.phrase, -1)
        }
        left += 1
    }

    private mutating func count(_ phrase: Int, _ change: Int) {
        let before = phraseCounts[phrase, default: 0]
        phraseCounts[phrase] = before + change
        if before == 0 { worth.phrases += 1 }
        if before + change == 0 { worth.phrases -= 1 }
    }

    /// Whether a match and the next one stand together.
    private func areNeighbours(_ index: Int) -> Bool {
        let (first, second) = (matches.words[index], matches.words[index + 1])
        return first.word >= 0 && second.word >= 0 && first.word != second.word
            && second.range.lowerBound - first.range.upperBound < Self.nearby
    }
}
