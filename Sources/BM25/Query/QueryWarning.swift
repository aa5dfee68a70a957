/// What a query asked for and did not get.
public struct QueryWarning: Sendable, Hashable {
    /// What was not understood or not done.
    public enum Reason: Sendable, Hashable {
        /// A quotation mark or bracket without its other half.
        case unclosed(Character)
        /// A closing bracket that closes nothing.
        case unopened
        /// AND, OR or NOT without a word it could work on.
        case danglingKeyword(String)
        /// A name before a colon that is no field.
        case unknownField(String)
        /// Something behind a word, phrase or group that is no modifier there.
        case unknownModifier(String)
        /// A star that does not stand at the end of a word.
        case wildcardInside(String)
        /// A number beyond what is allowed, and what was taken instead.
        case outOfRange(String, taken: String)
        /// Brackets inside brackets beyond ``QueryTree/Limits/depth``.
        case tooDeep
        /// More words with operators than ``QueryTree/Limits/termCount``.
        case tooManyOperators
        /// More warnings than ``QueryTree/Limits/warningCount``.
        case more(Int)
    }

    /// What it is.
    public var reason: Reason
    /// Where, in Unicode scalars from the start of the query.
    public var position: Int

    /// A warning.
    public init(_ reason: Reason, at position: Int) {
        self.reason = reason
        self.position = position
    }
}

extension QueryWarning: CustomStringConvertible {
    /// What, where, and what was done about it.
    public var description: String {
        let place = "query, character \(position)"
        switch reason {
        case .unclosed("("): return "\(place): ( is not closed; it was closed at the end"
        case .unclosed(let mark): return "\(place): \(mark) is not closed; what follows was taken as words"
        case .unopened: return "\(place): ) closes nothing and was left out"
        case .danglingKeyword(let keyword):
            return "\(place): \(keyword) needs a word on each side that it joins; it was taken as a word"
        case .unknownField(let name):
            return "\(place): there is no field \(name), only title; it was taken as a word"
        case .unknownModifier(let text): return "\(place): \(text) is no modifier here and was left out"
        case .wildcardInside(let word):
            return "\(place): * stands for letters at the end of a word only; \(word) was taken without it"
        case .outOfRange(let text, let taken): return "\(place): \(text) is out of range; \(taken) was used"
        case .tooDeep:
            return "\(place): brackets are nested more than \(QueryTree.Limits.depth) deep; these were left out"
        case .tooManyOperators:
            return "\(place): only the first \(QueryTree.Limits.termCount) parts of the query were used"
        case .more(let count): return "query: \(count) more warnings"
        }
    }
}
