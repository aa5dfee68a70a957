/// Finds what somebody meant who mistyped a word.
enum NearestWord {
    /// The word of `known` nearest to `word`, if it is near enough to be meant: at most a third of its letters differ.
    static func find(_ word: String, in known: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let measured = known.map { (distance: distance(word, $0), word: $0) }
        guard let best = measured.min(by: { $0.distance < $1.distance }),
            best.distance <= max(1, best.word.count / 3)
        else { return nil }
        return best.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make `a` of `b` (optimal string alignment).
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
        var before: [Int] = []
        var last = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var row = [i + 1]
            for (j, right) in b.enumerated() {
                var best = min(last[j] + (left == right ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, left == b[j - 1], a[i - 1] == right {
                    best = min(best, before[j - 1] + 1)
                }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
