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

    @Test func `a vector of zeros or of almost nothing is coded as zero, and its error says so`() {
        #expect(encode([0, 0, 0]).bytes == [128, 128, 128])
        let tiny = encode([Float.leastNonzeroMagnitude, 0])
        #expect(tiny.bytes == [128, 128])
        #expect(tiny.code.error >= Float.leastNonzeroMagnitude)
    }
}
