/// What `completion/complete` asks: how one argument could go on.
public struct CompletionRequest: Sendable, Hashable {
    /// Whose argument it is.
    public enum Reference: Sendable, Hashable {
        /// A prompt by its name.
        case prompt(String)
        /// A template, or an address of its form.
        case resource(String)
    }

    /// Whose argument it is.
    public let reference: Reference
    /// The argument or variable.
    public let argument: String
    /// What was typed so far.
    public let value: String
    /// Arguments that are known already.
    public let known: [String: String]

    /// Makes a request.
    public init(_ reference: Reference, argument: String, value: String, known: [String: String] = [:]) {
        self.reference = reference
        self.argument = argument
        self.value = value
        self.known = known
    }
}

/// How it could go on.
public struct Completion: Sendable, Hashable {
    /// Values in an answer, at most.
    public static let limit = 100

    /// The first of them, in order.
    public let values: [String]
    /// How many there are; nil when they were not all counted.
    public let total: Int?
    /// Whether there are more than `values`.
    public let hasMore: Bool

    /// Nothing to suggest.
    public static let none = Completion(all: [])

    /// From all there is.
    public init(all: [String]) {
        values = Array(all.prefix(Self.limit))
        total = all.count
        hasMore = all.count > Self.limit
    }

    /// From the first ones, of which there may be more.
    public init(first: [String], hasMore: Bool) {
        values = Array(first.prefix(Self.limit))
        self.hasMore = hasMore || first.count > Self.limit
        total = self.hasMore ? nil : first.count
    }
}
