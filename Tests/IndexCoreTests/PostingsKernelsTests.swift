import CKernels
import TestKit
import Testing

/// Packing of 128 integers against the definition: bit `i` of lane `l` is bit `32 (i / 32) + i % 32` of the lane's words.
@Suite struct PostingsKernelsTests {
    @Test(arguments: 0...32)
    func packingKeepsToItsDefinition(width: Int) {
        var random = SeededRandom(seed: UInt64(width))
        let mask: UInt32 = width == 32 ? .max : (1 << UInt32(width)) - 1
        for round in 0..<20 {
            let values = (0..<128).map { _ in
                round == 0 ? mask : UInt32(truncatingIfNeeded: random.next()) & mask
            }
            var bytes = [UInt8](repeating: 0xAA, count: 16 * width + 16)
            ck_pack(values, Int32(width), &bytes)
            #expect(Array(bytes[(16 * width)...]) == [UInt8](repeating: 0xAA, count: 16))
            #expect(Self.naiveUnpack(bytes, width) == values)
            var plusOne = [UInt32](repeating: 0, count: 128)
            ck_unpack_plus_one(bytes, Int32(width), &plusOne)
            #expect(plusOne == values.map { $0 &+ 1 })
            let previous = UInt32(truncatingIfNeeded: random.next())
            var rows = [UInt32](repeating: 0, count: 128)
            ck_unpack_rows(bytes, Int32(width), previous, &rows)
            var sum = previous
            #expect(
                rows
                    == values.map {
                        sum = sum &+ $0 &+ 1
                        return sum
                    })
        }
    }

    private static func naiveUnpack(_ bytes: [UInt8], _ width: Int) -> [UInt32] {
        (0..<128).map { index in
            let lane = index % 4
            return (0..<width).reduce(0) { value, bit in
                let place = index / 4 * width + bit
                let byte = bytes[place / 32 * 16 + lane * 4 + place % 32 / 8]
                return value | UInt32(byte >> UInt8(place % 8) & 1) << UInt32(bit)
            }
        }
    }
}
