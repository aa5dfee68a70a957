/// One of the two rankings of a hybrid search.
public enum LegName: String, Sendable, Hashable, CaseIterable {
    case bm25, vector
}

/// Whether a ranking takes part in hybrid searches.
public enum LegRule: String, Sendable, Hashable, CaseIterable {
    /// As the last probe says.
    case auto
    /// Whatever a probe says.
    case on
    /// Never.
    case off
}

/// What is known of one ranking of a collection.
public struct LegRecord: Sendable, Hashable {
    /// Which ranking.
    public var leg: LegName
    /// The vector space; empty for keywords.
    public var space: String
    /// What somebody decided.
    public var rule: LegRule
    /// Documents the last probe asked for; 0 before the first.
    public var probed: Int
    /// Those that were in the ranking's own first ten.
    public var found: Int
    /// Milliseconds since 1970.
    public var probedAt: Int64
    /// The collection's next passage id at that time.
    public var nextPassage: UInt32

    /// Memberwise; as it is before anybody looked.
    public init(
        leg: LegName, space: String = "", rule: LegRule = .auto, probed: Int = 0, found: Int = 0, probedAt: Int64 = 0,
        nextPassage: UInt32 = 0
    ) {
        self.leg = leg
        self.space = space
        self.rule = rule
        self.probed = probed
        self.found = found
        self.probedAt = probedAt
        self.nextPassage = nextPassage
    }
}
