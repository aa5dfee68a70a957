import Glibc

/// The same encoder with the published float32 weights, in plain Swift: slow, obvious, and the oracle of the other.
final class Float32Encoder: Sendable {
    private let pack: PackReader

    init(_ pack: PackReader) { self.pack = pack }

    /// The unit vectors of a batch, each computed alone.
    func encode(_ batch: TokenBatch) -> [[Float]] {
        var vectors: [[Float]] = []
        batch.forEachText { _, first, length in
            vectors.append(encode(Array(batch.ids[first..<first + length])))
        }
        return vectors
    }

    private func encode(_ ids: [Int32]) -> [Float] {
        var state = embeddedTokens(ids)
        for layer in 0..<MiniLMShape.layers {
            let name = "layer.\(layer)."
            let projected = linear(name + "attention", state, outputs: 3 * MiniLMShape.hidden)
            let attended = attention(projected, name, tokens: ids.count)
            var result = linear(name + "attention.output", attended, outputs: MiniLMShape.hidden)
            addBias(name + "attention.output.bias", to: &result)
            state = norm(name + "attention.norm", zip(result, state).map { $0 + $1 })

            var wide = linear(name + "intermediate", state, outputs: MiniLMShape.intermediate)
            addBias(name + "intermediate.bias", to: &wide)
            wide = wide.map(gelu)
            result = linear(name + "output", wide, outputs: MiniLMShape.hidden)
            addBias(name + "output.bias", to: &result)
            state = norm(name + "output.norm", zip(result, state).map { $0 + $1 })
        }
        return pooled(state)
    }

    /// Word + position + type, normed: `[tokens x 384]`.
    private func embeddedTokens(_ ids: [Int32]) -> [Float] {
        let hidden = MiniLMShape.hidden
        let words = pack.floats("embedding.words")
        let positions = pack.floats("embedding.positions")
        let type = pack.floats("embedding.type")
        var state: [Float] = []
        for (position, id) in ids.enumerated() {
            for i in 0..<hidden {
                state.append(words[Int(id) * hidden + i] + positions[position * hidden + i] + type[i])
            }
        }
        return norm("embedding.norm", state)
    }

    /// `[rows x outputs]` = `[rows x inputs]` times the transposed weights `[outputs x inputs]`.
    private func linear(_ name: String, _ input: [Float], outputs: Int) -> [Float] {
        let weights = pack.floats(name)
        let inputs = pack.bytes(name).count / 4 / outputs
        let rows = input.count / inputs
        return [Float](unsafeUninitializedCapacity: rows * outputs) { result, count in
            input.withUnsafeBufferPointer { input in
                guard let input = input.baseAddress else { return }
                for output in 0..<outputs {
                    for row in 0..<rows {
                        let dot = dotProduct(input + row * inputs, weights + output * inputs, count: inputs)
                        result[row * outputs + output] = dot
                    }
                }
            }
            count = rows * outputs
        }
    }

    /// `count` is a multiple of 32.
    private func dotProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
        let a = UnsafeRawPointer(a)
        let b = UnsafeRawPointer(b)
        var low = SIMD16<Float>.zero
        var high = SIMD16<Float>.zero
        for offset in stride(from: 0, to: count * 4, by: 128) {
            low +=
                a.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
                * b.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
            high +=
                a.loadUnaligned(fromByteOffset: offset + 64, as: SIMD16<Float>.self)
                * b.loadUnaligned(fromByteOffset: offset + 64, as: SIMD16<Float>.self)
        }
        return (low + high).sum()
    }

    /// Softmax(Q Kᵀ / sqrt(32)) V of each head; a key bias would cancel in the softmax.
    private func attention(_ projected: [Float], _ name: String, tokens: Int) -> [Float] {
        let hidden = MiniLMShape.hidden
        let width = MiniLMShape.headWidth
        let stride = 3 * hidden
        let queryBias = pack.floats(name + "query.bias")
        let valueBias = pack.floats(name + "value.bias")
        var result = [Float](repeating: 0, count: tokens * hidden)
        for head in 0..<MiniLMShape.heads {
            let first = head * width
            for row in 0..<tokens {
                var scores = (0..<tokens).map { key in
                    var sum: Float = 0
                    for i in first..<first + width {
                        sum += (projected[row * stride + i] + queryBias[i]) * projected[key * stride + hidden + i]
                    }
                    return sum / Float(width).squareRoot()
                }
                let peak = scores.max() ?? 0
                scores = scores.map { expf($0 - peak) }
                let total = scores.reduce(0, +)
                for key in 0..<tokens {
                    let weight = scores[key] / total
                    for i in first..<first + width {
                        result[row * hidden + i] += weight * (projected[key * stride + 2 * hidden + i] + valueBias[i])
                    }
                }
            }
        }
        return result
    }

    private func addBias(_ name: String, to values: inout [Float]) {
        let bias = pack.floats(name)
        let count = pack.bytes(name).count / 4
        for i in values.indices { values[i] += bias[i % count] }
    }

    private func gelu(_ x: Float) -> Float { 0.5 * x * (1 + erff(x * Float(0.5).squareRoot())) }

    private func norm(_ name: String, _ values: [Float]) -> [Float] {
        let hidden = MiniLMShape.hidden
        let gain = pack.floats(name + ".gain")
        let shift = pack.floats(name + ".shift")
        var result: [Float] = []
        result.reserveCapacity(values.count)
        for first in stride(from: 0, to: values.count, by: hidden) {
            let row = values[first..<first + hidden]
            let mean = row.reduce(0, +) / Float(hidden)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(hidden)
            let deviation = (variance + 1e-12).squareRoot()
            for (i, value) in row.enumerated() { result.append((value - mean) / deviation * gain[i] + shift[i]) }
        }
        return result
    }

    private func pooled(_ state: [Float]) -> [Float] {
        let hidden = MiniLMShape.hidden
        var sum = [Float](repeating: 0, count: hidden)
        for (i, value) in state.enumerated() { sum[i % hidden] += value }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return sum.map { length > 0 ? $0 / length : 0 }
    }
}
