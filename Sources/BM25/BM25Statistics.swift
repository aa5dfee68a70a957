/// What scores depend on beside the passage itself; live passages alone are counted.
public struct BM25Statistics: Sendable, Hashable {
    /// Live passages.
    public var passageCount: Int
    /// Words of all live passages, a title's words times its weight.
    public var tokenCount: Int

    /// Statistics of so many passages and words.
    public init(passageCount: Int = 0, tokenCount: Int = 0) {
        self.passageCount = passageCount
        self.tokenCount = tokenCount
    }

    /// Words per passage; 0 for none.
    public var averageLength: Double {
        passageCount > 0 ? Double(tokenCount) / Double(passageCount) : 0
    }
}
