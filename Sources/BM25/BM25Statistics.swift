/// What scores depend on beside the passage itself; live passages alone are counted.
public struct BM25Statistics: Sendable, Hashable {
    /// Live passages.
    public var passageCount: Int
    /// Words of all live passages, a title's words times its weight.
    public var tokenCount: Int
    /// Words of the live passages' titles, once each.
    public var titleTokenCount: Int
    /// Live passages with at least one word in title or content.
    public var wordedPassageCount: Int
    /// Live passages with at least one word in the title.
    public var titledPassageCount: Int

    /// Statistics of so many passages and words.
    public init(
        passageCount: Int = 0, tokenCount: Int = 0, titleTokenCount: Int = 0, wordedPassageCount: Int? = nil,
        titledPassageCount: Int = 0
    ) {
        self.passageCount = passageCount
        self.tokenCount = tokenCount
        self.titleTokenCount = titleTokenCount
        self.wordedPassageCount = wordedPassageCount ?? passageCount
        self.titledPassageCount = titledPassageCount
    }

    /// The statistics of some segments together.
    init(_ states: some Sequence<BM25SegmentState>) {
        self.init(wordedPassageCount: 0)
        for state in states {
            passageCount += state.livePassageCount
            tokenCount += state.liveTokenCount
            titleTokenCount += state.liveTitleTokenCount
            wordedPassageCount += state.liveWordedCount
            titledPassageCount += state.liveTitledCount
        }
    }

    /// Words per passage; 0 for none.
    public var averageLength: Double {
        passageCount > 0 ? Double(tokenCount) / Double(passageCount) : 0
    }
}
