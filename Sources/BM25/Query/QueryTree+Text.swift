extension QueryTree: CustomStringConvertible {
    /// The tree as query text: parsed again, a tree that came from text is the same.
    public var description: String {
        var text = ""
        write(to: &text, as: .root)
        return text
    }

    /// Where a part stands decides whether it needs brackets.
    fileprivate enum Place {
        case root
        /// In a list, without an operator.
        case optional
        /// Behind a sign or before a boost.
        case operand
    }

    fileprivate func write(to text: inout String, as place: Place) {
        switch self {
        case .everything: text += "*"
        case .words(let words, let field):
            let isBare = place != .operand && field == .combined
            let parts = words.unicodeScalars.split(separator: " ").map { QuerySyntax.escaped(String($0)) }
            text += (isBare ? "" : field.prefix + "(") + parts.joined(separator: " ") + (isBare ? "" : ")")
        case .term(let word, let field):
            // Without an operator it would be one of the plain words.
            text += field.prefix + QuerySyntax.escaped(word) + (place != .operand && field == .combined ? "~0" : "")
        case .prefix(let word, let field): text += field.prefix + QuerySyntax.escaped(word) + "*"
        case .fuzzy(let word, let distance, let field):
            text += field.prefix + QuerySyntax.escaped(word) + "~" + (distance.map { "\($0)" } ?? "")
        case .phrase(let words, let slop, let field):
            text += field.prefix + "\"" + QuerySyntax.escapedPhrase(words) + "\"" + (slop > 0 ? "~\(slop)" : "")
        case .boosted(let tree, let boost):
            let isBare = if case .boosted = tree { false } else { true }
            text += isBare ? "" : "("
            tree.write(to: &text, as: .operand)
            text += (isBare ? "" : ")") + "^" + QuerySyntax.spelled(boost)
        case .group(let group):
            let isBare = place == .root && group.minimumShouldMatch == 0
            text += isBare ? "" : "("
            group.write(to: &text)
            text += (isBare ? "" : ")") + (group.minimumShouldMatch > 0 ? "~\(group.minimumShouldMatch)" : "")
        }
    }
}

extension QueryGroup {
    fileprivate func write(to text: inout String) {
        var separator = ""
        for (sign, trees) in [("+", must), ("", should), ("-", mustNot)] {
            for tree in trees {
                text += separator + sign
                tree.write(to: &text, as: sign.isEmpty ? .optional : .operand)
                separator = " "
            }
        }
    }
}

extension BM25Field {
    /// What stands before a word of this field.
    fileprivate var prefix: String { self == .title ? "title:" : "" }
}
