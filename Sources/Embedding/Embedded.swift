/// The vector of one text.
public struct Embedded: Sendable, Equatable {
    /// `[dimension]`, unit length.
    public var vector: [Float]
    /// Whether the text had more word pieces than the model reads, and its end did not count.
    public var truncated: Bool
    /// Word pieces read, with the two markers around them.
    public var tokenCount: Int

    /// Creates a result from its parts.
    public init(vector: [Float], truncated: Bool, tokenCount: Int) {
        self.vector = vector
        self.truncated = truncated
        self.tokenCount = tokenCount
    }
}
