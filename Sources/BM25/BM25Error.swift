/// What a keyword search can refuse.
public enum BM25Error: Error, Equatable, Sendable {
    /// The search took longer than its deadline, or its caller left.
    case deadlineExceeded
    /// The expression has more than 1,024 leaves or 64 levels.
    case expressionTooLarge(leafCount: Int, depth: Int)
}

extension BM25Error: CustomStringConvertible {
    /// What happened, in words.
    public var description: String {
        switch self {
        case .deadlineExceeded: "the keyword search exceeded its deadline"
        case .expressionTooLarge(let leafCount, let depth):
            "the query has \(leafCount) terms in \(depth) levels; at most 1024 terms and 64 levels are allowed"
        }
    }
}
