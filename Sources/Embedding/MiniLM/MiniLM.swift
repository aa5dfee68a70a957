/// Text to a unit vector of 384 numbers, by all-MiniLM-L6-v2 in process.
///
/// The model is that of Wang et al. 2020, trained for sentences as by Reimers & Gurevych 2019. Weights are mapped read-only and shared by all threads; each thread brings its own scratch. Reads the first 256 word
/// pieces of a text.
public final class MiniLM: Sendable {
    /// The identity of the vectors.
    public let id: EmbedderID
    let tokenizer: WordPiece
    let encoder: Encoder

    enum Encoder {
        case quantized(QuantizedEncoder)
        case float32(Float32Encoder)
    }

    /// Maps and validates a pack.
    /// - Throws: ``EmbeddingError/missingFile(path:)``, ``EmbeddingError/corruptPack(path:defect:)``, or the system's
    ///   refusal.
    /// - Complexity: About 10 ms, for the tables of the tokenizer; 20 ms more where the hash was not verified before.
    public convenience init(packAt path: String) throws(EmbeddingError) {
        try self.init(packAt: path, level: .best)
    }

    /// Uses the kernels of one level, which must be available.
    package init(packAt path: String, level: KernelLevel) throws(EmbeddingError) {
        let pack = try PackReader(path)
        guard let vocabulary = Vocabulary(lines: pack.bytes(PackLayout.vocabulary)),
            vocabulary.count == MiniLMShape.vocabulary
        else {
            let problem = "is not the model's vocabulary"
            throw .corruptPack(path: path, defect: .tensor(name: PackLayout.vocabulary, problem: problem))
        }
        id = pack.id
        tokenizer = WordPiece(vocabulary: vocabulary)
        switch pack.precision {
        case .q8: encoder = .quantized(QuantizedEncoder(pack, level: level))
        case .float32: encoder = .float32(Float32Encoder(pack))
        }
    }

    /// Numbers of a vector.
    public var dimension: Int { id.dimension }

    /// Makes the working memory of one thread.
    public func makeScratch() -> MiniLMScratch { MiniLMScratch() }

    /// Word pieces of a text with both markers, at most 256.
    public func tokenCount(_ text: String) -> Int {
        tokenizer.encode(text, maximumCount: MiniLMShape.maximumTokens).ids.count
    }

    /// Embeds texts in order.
    ///
    /// Short texts go through the model together, at most 256 word pieces at a time. A text's vector is the same to the
    /// bit whatever texts stand beside it, and with a q8 pack on whatever processor.
    /// - Returns: One result a text.
    public func embed(_ texts: [String], scratch: MiniLMScratch) throws(EmbeddingError) -> [Embedded] {
        try embed(texts, scratch: scratch) { () throws(EmbeddingError) in }
    }

    /// Embeds texts, calling `pause` before each batch; what it throws ends the work.
    func embed(
        _ texts: [String], scratch: MiniLMScratch, pause: () throws(EmbeddingError) -> Void
    ) throws(EmbeddingError) -> [Embedded] {
        var results: [Embedded] = []
        results.reserveCapacity(texts.count)
        var batch = TokenBatch()
        var truncations: [Bool] = []
        for text in texts {
            let encoding = tokenizer.encode(text, maximumCount: MiniLMShape.maximumTokens)
            if !batch.append(encoding.ids) {
                try pause()
                results += encode(batch, truncations, scratch)
                batch = TokenBatch()
                truncations = []
                let fits = batch.append(encoding.ids)
                precondition(fits, "the tokenizer keeps a text within a batch")
            }
            truncations.append(encoding.truncated)
        }
        if !truncations.isEmpty {
            try pause()
            results += encode(batch, truncations, scratch)
        }
        return results
    }

    private func encode(_ batch: TokenBatch, _ truncations: [Bool], _ scratch: MiniLMScratch) -> [Embedded] {
        let vectors =
            switch encoder {
            case .quantized(let encoder): encoder.encode(batch, scratch)
            case .float32(let encoder): encoder.encode(batch)
            }
        return vectors.indices.map { index in
            Embedded(vector: vectors[index], truncated: truncations[index], tokenCount: batch.lengths[index])
        }
    }
}
