public import IndexCore

/// What the vector engine can refuse.
public enum HNSWError: Error, Equatable, Sendable {
    /// The vector has another number of components than the index.
    case dimensionMismatch(expected: Int, found: Int)
    /// A component is infinite or not a number. `component` is its position.
    case nonFiniteComponent(component: Int)
    /// All components are zero: such a vector has no direction.
    case zeroVector
    /// The vector is longer than 10^15: products of such vectors leave the range of `Float`. Not with the cosine.
    case vectorTooLong
    /// The passage already has a vector in this index.
    case duplicatePassage(PassageID)
    /// The index holds as many vectors as it can number.
    case full(capacity: Int)
    /// The search or merge took longer than its deadline, or its caller left.
    case deadlineExceeded
}

extension HNSWError {
    /// The squared length a vector may have.
    static let longestSquare = 1e30
}

extension HNSWError: CustomStringConvertible {
    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .dimensionMismatch(let expected, let found):
            "the vector has \(found) components instead of \(expected)"
        case .nonFiniteComponent(let component):
            "component \(component) of the vector is not a finite number"
        case .zeroVector:
            "the vector is zero and has no direction"
        case .vectorTooLong:
            "the vector is longer than 10^15"
        case .duplicatePassage(let id):
            "passage \(id) already has a vector"
        case .full(let capacity):
            "the index holds its \(capacity) vectors"
        case .deadlineExceeded:
            "the vector search exceeded its deadline"
        }
    }
}

extension SearchDeadline {
    /// ``SearchDeadline/check()`` in this module's error.
    func checkVectors() throws(HNSWError) {
        do {
            try check()
        } catch {
            throw .deadlineExceeded
        }
    }
}
