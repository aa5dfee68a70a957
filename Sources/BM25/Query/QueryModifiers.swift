/// What stands behind a word, phrase or group: `*`, `~1`, `^2.5`.
struct QueryModifiers {
    /// What they stand behind.
    enum Place {
        case word, phrase, group
    }

    var isPrefix = false
    var isFuzzy = false
    /// The number behind `~`.
    var number: Int?
    var boost: Float?

    static func isStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "*" || scalar == "~" || scalar == "^" }
    static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        isStart(scalar) || scalar == "." || ("0"..."9").contains(scalar)
    }

    init() {}

    /// Reads `text`, all of which is ``isPart(_:)``; what is none of the modifiers of this place is told.
    init(
        _ text: some Collection<Unicode.Scalar>, after place: Place, at position: Int,
        _ warnings: inout QueryScanner.Warnings
    ) {
        var rest = Array(text)[...]
        var spelling = ""
        spelling.unicodeScalars.append(contentsOf: rest)
        if place == .word, rest.first == "*" {
            isPrefix = true
            rest.removeFirst()
        }
        if !isPrefix, rest.first == "~" {
            rest.removeFirst()
            let digits = Self.takeNumber(&rest)
            guard place == .word || !digits.isEmpty else {
                self = QueryModifiers()
                warnings.add(.unknownModifier(spelling), at: position)
                return
            }
            isFuzzy = place == .word
            setNumber(digits, place, at: position, &warnings)
        }
        if rest.first == "^" {
            rest.removeFirst()
            let digits = Self.takeNumber(&rest)
            if let value = Float(digits), rest.isEmpty {
                let limits = QueryTree.Limits.boosts
                boost = min(max(value, limits.lowerBound), limits.upperBound)
                if let boost, boost != value {
                    warnings.add(.outOfRange("^" + digits, taken: "^" + QuerySyntax.spelled(boost)), at: position)
                }
                return
            }
            rest = rest.isEmpty ? ["^"] : rest
        }
        if !rest.isEmpty {
            warnings.add(.unknownModifier(spelling), at: position)
        }
    }

    private mutating func setNumber(
        _ digits: String, _ place: Place, at position: Int, _ warnings: inout QueryScanner.Warnings
    ) {
        guard !digits.isEmpty else { return }
        let limit =
            switch place {
            case .word: QueryTree.Limits.distance
            case .phrase: QueryTree.Limits.slop
            case .group: QueryTree.Limits.termCount
            }
        guard let value = Int(digits), value <= limit else {
            // `~0.8` was a similarity once: then the word's length decides.
            number = place == .word && digits.contains(".") ? nil : limit
            let taken = number.map { "~\($0)" } ?? "~"
            return warnings.add(.outOfRange("~" + digits, taken: taken), at: position)
        }
        number = value
    }

    private static func takeNumber(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
        let digits = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        var text = ""
        text.unicodeScalars.append(contentsOf: digits)
        return text
    }
}

/// A word of a query, with what stands behind it.
struct QueryWord {
    /// Without escapes and modifiers.
    let text: String
    let modifiers: QueryModifiers
    /// Whether it is the one star that stands for everything.
    let isStar: Bool

    init(_ letters: [QuerySyntax.Letter], at position: Int, _ warnings: inout QueryScanner.Warnings) {
        var wordCount = letters.count
        while wordCount > 0, !letters[wordCount - 1].isEscaped, QueryModifiers.isPart(letters[wordCount - 1].scalar) {
            wordCount -= 1
        }
        // Digits belong to the word unless they stand behind a modifier; a modifier needs a word before it.
        wordCount = max(wordCount, 1)
        while wordCount < letters.count, !QueryModifiers.isStart(letters[wordCount].scalar) { wordCount += 1 }
        let word = letters.prefix(wordCount)
        isStar = word.count == 1 && word.first?.means("*") == true
        text = QuerySyntax.text(word.lazy.map(\.scalar))
        modifiers =
            wordCount < letters.count
            ? QueryModifiers(
                letters[wordCount...].map(\.scalar), after: .word, at: position + wordCount, &warnings)
            : QueryModifiers()
        let hasLetters = word.contains { $0.scalar.properties.isAlphabetic }
        if hasLetters, word.contains(where: { $0.means("*") }) {
            warnings.add(.wildcardInside(text), at: position)
        }
    }
}
