import IndexCore
import TestKit
import Testing

@Suite struct VectorCodeTests {
    private func encode(_ vector: [Float], byteCount: Int? = nil) -> (code: VectorCode, bytes: [UInt8]) {
        var bytes = [UInt8](repeating: 77, count: byteCount ?? vector.count)
        let code = vector.withUnsafeBufferPointer { source in
            bytes.withUnsafeMutableBufferPointer { VectorCode.encode(source, into: $0) }
        }
        return (code, bytes)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func eachComponentIsNearAndTheErrorIsABound(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for count in [1, 5, 384, 1_000] {
            let vector = random.gaussians(count: 1, dimension: count)
            let (code, bytes) = encode(vector, byteCount: count + 9)
            var squares = 0.0
            for index in 0..<count {
                let difference = Double(vector[index]) - Double(code.scale) * Double(Int(bytes[index]) - 128)
                #expect(abs(difference) <= 0.5001 * Double(code.scale))
                squares += difference * difference
            }
            #expect(Double(code.error) >= squares.squareRoot())
            #expect(Double(code.error) <= squares.squareRoot() * 1.000_01 + 1e-30)
            #expect(code.sum == bytes.reduce(0) { $0 + Int32($1) - 128 })
            #expect(bytes.suffix(9).allSatisfy { $0 == 128 })
            #expect(bytes.allSatisfy { $0 >= 1 })
        }
    }

    /// Plainly and one by one: what every level must write to the last bit.
    private func reference(_ vector: [Float]) -> (code: VectorCode, bytes: [UInt8]) {
        let scale = vector.reduce(0) { max($0, abs($1)) } / 127
        let inverse = scale >= Float.leastNormalMagnitude ? 1 / scale : 0
        let codes = vector.map { min(127, max(-127, ($0 * inverse).rounded(.toNearestOrEven))) }
        let squares = zip(vector, codes).reduce(0.0) { sum, pair in
            let difference = Double(pair.0) - Double(scale) * Double(pair.1)
            return sum + difference * difference
        }
        return (
            VectorCode(
                scale: scale, error: Float(squares.squareRoot()).nextUp, sum: codes.reduce(0) { $0 + Int32($1) }),
            codes.map { UInt8(Int($0) + 128) }
        )
    }

    @Test(arguments: VectorKernels.availableLevels)
    func everyLevelWritesTheSame(level: VectorKernels.Level) {
        var random = SeededRandom(seed: 4)
        for count in Array(1...40) + [63, 64, 65, 383, 384, 1_000, 1_536, 4_095, 4_096] {
            for spread in [Float(1), 1e-3, 1e30, 1e-38, .leastNonzeroMagnitude] {
                let vector = random.gaussians(count: 1, dimension: count).map { $0 * spread }
                var bytes = [UInt8](repeating: 77, count: count + 3)
                let code = vector.withUnsafeBufferPointer { source in
                    bytes.withUnsafeMutableBufferPointer { VectorCode.encode(source, into: $0, level: level) }
                }
                let expected = reference(vector)
                #expect(code == expected.code)
                #expect(bytes == expected.bytes + [128, 128, 128])
            }
        }
    }

    @Test func `a vector of zeros or of almost nothing is coded as zero, and its error says so`() {
        #expect(encode([0, 0, 0]).bytes == [128, 128, 128])
        let tiny = encode([Float.leastNonzeroMagnitude, 0])
        #expect(tiny.bytes == [128, 128])
        #expect(tiny.code.error >= Float.leastNonzeroMagnitude)
    }
}
