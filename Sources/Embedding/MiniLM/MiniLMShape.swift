/// The dimensions of all-MiniLM-L6-v2.
enum MiniLMShape {
    static let model = "all-MiniLM-L6-v2"
    static let provider = "minilm-l6-v2"
    static let hidden = 384
    static let layers = 6
    static let heads = 12
    static let headWidth = 32
    static let intermediate = 1_536
    static let vocabulary = 30_522
    static let positions = 512
    /// Word pieces read of a text, with both markers; also the most in a batch.
    static let maximumTokens = 256
}
