/// The ids of several texts laid end to end, without padding: at most 256 in all.
struct TokenBatch {
    private(set) var ids: [Int32] = []
    /// Tokens of each text.
    private(set) var lengths: [Int] = []

    /// Appends a text, unless the batch would grow beyond the limit.
    mutating func append(_ text: [Int32]) -> Bool {
        guard ids.count + text.count <= MiniLMShape.maximumTokens else { return false }
        ids += text
        lengths.append(text.count)
        return true
    }

    /// Calls `body` with the first row and the length of each text.
    func forEachText(_ body: (_ index: Int, _ first: Int, _ length: Int) -> Void) {
        var first = 0
        for (index, length) in lengths.enumerated() {
            body(index, first, length)
            first += length
        }
    }
}
