extension MiniLM {
    /// Four unit vectors of each text, one after the other: the means of the states after layers 6, 5 and 4, and the
    /// first token's after layer 6.
    ///
    /// Together they make test vectors of 1,536 numbers that are as hard to search as real ones of that size. Only q8
    /// packs have them.
    /// - Returns: 4 x 384 numbers a text; nil with a pack of another precision.
    package func views(of texts: [String], scratch: MiniLMScratch) -> [[Float]]? {
        guard case .quantized(let encoder) = encoder else { return nil }
        var results: [[Float]] = []
        var batch = TokenBatch()
        func encode() {
            let views = encoder.encodeViews(batch, depths: [6, 5, 4], scratch)
            for index in views.first.indices {
                results.append(views.pooled.flatMap { $0[index] } + views.first[index])
            }
            batch = TokenBatch()
        }
        for text in texts {
            let ids = tokenizer.encode(text, maximumCount: MiniLMShape.maximumTokens).ids
            if !batch.append(ids) {
                encode()
                let fits = batch.append(ids)
                precondition(fits, "the tokenizer keeps a text within a batch")
            }
        }
        if !batch.ids.isEmpty {
            encode()
        }
        return results
    }
}
