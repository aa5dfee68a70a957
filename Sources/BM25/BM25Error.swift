/// What a keyword search can refuse.
public enum BM25Error: Error, Equatable, Sendable {
    /// The search took longer than its deadline, or its caller left.
    case deadlineExceeded
}

extension BM25Error: CustomStringConvertible {
    /// What happened, in words.
    public var description: String {
        switch self {
        case .deadlineExceeded: "the keyword search exceeded its deadline"
        }
    }
}
