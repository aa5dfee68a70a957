/// The spelling of the query language: which characters mean something, and how they are written when they do not.
enum QuerySyntax {
    /// A scalar of a query; `isEscaped` after a backslash that took its meaning away.
    struct Letter {
        var scalar: Unicode.Scalar
        var isEscaped = false

        /// Whether it is this character and means what that means.
        func means(_ scalar: Unicode.Scalar) -> Bool { self.scalar == scalar && !isEscaped }
    }

    /// Words that are operators in capitals.
    enum Keyword: String, CaseIterable {
        case and = "AND"
        case or = "OR"
        case not = "NOT"
    }

    /// What may stand before a colon.
    static let fields: [String: BM25Field] = ["title": .title]

    static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    /// Straight quotation marks and the pair that word processors make of them.
    static func isQuote(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\"" || scalar == "\u{201C}" || scalar == "\u{201D}"
    }

    /// Whether a backslash before this takes its meaning away; before anything else it is a backslash, as in `C:\temp`.
    static func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "(", ")", "+", "-", "~", "^", "*", ":", "\\": true
        default: isQuote(scalar) || isSpace(scalar)
        }
    }

    /// A word as it is written where it is to be nothing but a word.
    static func escaped(_ word: String) -> String {
        guard Keyword(rawValue: word) == nil else { return "\\" + word }
        let scalars = Array(word.unicodeScalars)
        // A colon matters behind the letters that the word begins with.
        let name = scalars.prefix(while: isNameLetter).count
        var text = ""
        for (place, scalar) in scalars.enumerated() {
            let isMeant =
                switch scalar {
                case "+", "-": place == 0
                case ":": place == name
                default: isSpecial(scalar)
                }
            text += isMeant ? "\\" : ""
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// Letters that names of fields are made of.
    static func isNameLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    /// The inside of a phrase.
    static func escapedPhrase(_ phrase: String) -> String {
        var text = ""
        for scalar in phrase.unicodeScalars {
            text += isQuote(scalar) || scalar == "\\" ? "\\" : ""
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    /// A boost without a fraction that is none.
    static func spelled(_ boost: Float) -> String {
        boost == boost.rounded() && abs(boost) < 1e6 ? "\(Int(boost))" : "\(boost)"
    }

    /// Scalars as text with single spaces between the words, none at the ends.
    static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = ""
        var needsSpace = false
        for scalar in scalars {
            if isSpace(scalar) {
                needsSpace = !text.isEmpty
                continue
            }
            text += needsSpace ? " " : ""
            needsSpace = false
            text.unicodeScalars.append(scalar)
        }
        return text
    }
}
