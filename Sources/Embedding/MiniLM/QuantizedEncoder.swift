import CKernels

/// BERT's encoder with 8-bit weights and activations.
///
/// The architecture is that of Devlin et al. 2018. Weights have a scale per output, activations one per token, taken from the token itself. The pointers lead into the pack's map, which `pack` keeps.
final class QuantizedEncoder: Sendable {
    private let pack: PackReader
    private let level: Int32
    // Read-only memory of the map; `pack` outlives them.
    nonisolated(unsafe) private let layers: [Layer]
    nonisolated(unsafe) private let embedding: Embedding

    private struct Embedding {
        let words: UnsafePointer<Int8>
        let scales: UnsafePointer<Float>
        let positions: UnsafePointer<Float>
        let type: UnsafePointer<Float>
        let norm: Norm
    }

    private struct Norm {
        let gain: UnsafePointer<Float>
        let shift: UnsafePointer<Float>

        init(_ pack: PackReader, _ name: String) {
            gain = pack.floats(name + ".gain")
            shift = pack.floats(name + ".shift")
        }
    }

    private struct Layer {
        let attention: embedding_linear_weights
        let queryBias: UnsafePointer<Float>
        let valueBias: UnsafePointer<Float>
        let attentionOutput: embedding_linear_weights
        let attentionOutputBias: UnsafePointer<Float>
        let attentionNorm: Norm
        let intermediate: embedding_linear_weights
        let intermediateBias: UnsafePointer<Float>
        let output: embedding_linear_weights
        let outputBias: UnsafePointer<Float>
        let outputNorm: Norm
    }

    init(_ pack: PackReader, level: KernelLevel) {
        precondition(level.isAvailable, "this processor does not run \(level)")
        self.pack = pack
        self.level = level.rawValue
        embedding = Embedding(
            words: pack.int8s("embedding.words"), scales: pack.floats("embedding.words.scales"),
            positions: pack.floats("embedding.positions"), type: pack.floats("embedding.type"),
            norm: Norm(pack, "embedding.norm")
        )
        layers = (0..<MiniLMShape.layers).map { Self.layer($0, of: pack) }
    }

    private static func layer(_ index: Int, of pack: PackReader) -> Layer {
        let linears = PackLayout.linears(ofLayer: index).map { linear in
            embedding_linear_weights(
                panels: pack.int8s(linear.pack), scales: pack.floats(linear.pack + ".scales"),
                sums: pack.int32s(linear.pack + ".sums"), outputs: linear.outputs, depth: linear.inputs
            )
        }
        let name = "layer.\(index)."
        return Layer(
            attention: linears[0], queryBias: pack.floats(name + "query.bias"),
            valueBias: pack.floats(name + "value.bias"),
            attentionOutput: linears[1], attentionOutputBias: pack.floats(name + "attention.output.bias"),
            attentionNorm: Norm(pack, name + "attention.norm"),
            intermediate: linears[2], intermediateBias: pack.floats(name + "intermediate.bias"),
            output: linears[3], outputBias: pack.floats(name + "output.bias"),
            outputNorm: Norm(pack, name + "output.norm")
        )
    }

    /// The unit vectors of a batch; each depends on its own tokens only, to the bit.
    func encode(_ batch: TokenBatch, _ scratch: MiniLMScratch) -> [[Float]] {
        embedTokens(batch, scratch)
        for layer in layers {
            attend(layer, batch, scratch)
            feedForward(layer, batch.ids.count, scratch)
        }
        return pool(batch, scratch)
    }

    /// The pooled states of a batch after each of the layers numbered in `depths`, one list of unit vectors a depth,
    /// and the unit vectors of the first tokens after the last layer.
    func encodeViews(_ batch: TokenBatch, depths: [Int], _ scratch: MiniLMScratch) -> (
        pooled: [[[Float]]], first: [[Float]]
    ) {
        embedTokens(batch, scratch)
        var pooled: [[[Float]]] = Array(repeating: [], count: depths.count)
        for (index, layer) in layers.enumerated() {
            attend(layer, batch, scratch)
            feedForward(layer, batch.ids.count, scratch)
            for (place, depth) in depths.enumerated() where depth == index + 1 {
                pooled[place] = pool(batch, scratch)
            }
        }
        return (pooled, pool(batch, scratch, tokens: 1))
    }

    private func embedTokens(_ batch: TokenBatch, _ scratch: MiniLMScratch) {
        let hidden = MiniLMShape.hidden
        batch.forEachText { _, first, length in
            for position in 0..<length {
                let word = Int(batch.ids[first + position])
                embedding_add_row(
                    level, scratch.state + (first + position) * hidden, embedding.words + word * hidden,
                    embedding.scales[word], embedding.positions + position * hidden, hidden
                )
            }
        }
        scratch.result.initialize(repeating: 0, count: batch.ids.count * hidden)
        addNorm(scratch.result, embedding.type, embedding.norm, batch.ids.count, scratch)
    }

    private func attend(_ layer: Layer, _ batch: TokenBatch, _ scratch: MiniLMScratch) {
        let hidden = MiniLMShape.hidden
        let stride = layer.attention.outputs
        linear(layer.attention, scratch.state, scratch.wide, batch.ids.count, scratch)
        withUnsafePointer(to: scratch.attention) { attention in
            batch.forEachText { _, first, length in
                let queries = scratch.wide + first * stride
                embedding_attention(
                    level, attention, scratch.attended + first * hidden, hidden, queries, queries + hidden,
                    queries + 2 * hidden, stride, layer.queryBias, layer.valueBias, length, MiniLMShape.heads
                )
            }
        }
        linear(layer.attentionOutput, scratch.attended, scratch.result, batch.ids.count, scratch)
        addNorm(scratch.result, layer.attentionOutputBias, layer.attentionNorm, batch.ids.count, scratch)
    }

    private func feedForward(_ layer: Layer, _ rows: Int, _ scratch: MiniLMScratch) {
        linear(layer.intermediate, scratch.state, scratch.wide, rows, scratch)
        embedding_bias_gelu(level, scratch.wide, layer.intermediateBias, rows, MiniLMShape.intermediate)
        linear(layer.output, scratch.wide, scratch.result, rows, scratch)
        addNorm(scratch.result, layer.outputBias, layer.outputNorm, rows, scratch)
    }

    /// Each text's mean over its first `tokens` states, all of them by default, as a unit vector.
    private func pool(_ batch: TokenBatch, _ scratch: MiniLMScratch, tokens: Int = .max) -> [[Float]] {
        let hidden = MiniLMShape.hidden
        var vectors: [[Float]] = []
        batch.forEachText { _, first, length in
            let vector = [Float](unsafeUninitializedCapacity: hidden) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                embedding_pool(level, base, scratch.state + first * hidden, min(length, tokens), hidden)
                count = hidden
            }
            vectors.append(vector)
        }
        return vectors
    }

    private func linear(
        _ weights: embedding_linear_weights, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
        _ rows: Int, _ scratch: MiniLMScratch
    ) {
        embedding_quantize_rows(level, input, rows, weights.depth, scratch.codes, scratch.codeScales)
        withUnsafePointer(to: weights) { weights in
            embedding_linear(level, weights, scratch.codes, scratch.codeScales, rows, output)
        }
    }

    /// Sets the state to norm(state + values + bias).
    private func addNorm(
        _ values: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ norm: Norm, _ rows: Int,
        _ scratch: MiniLMScratch
    ) {
        embedding_add_norm(
            level, scratch.state, values, scratch.state, bias, norm.gain, norm.shift, rows, MiniLMShape.hidden
        )
    }
}
