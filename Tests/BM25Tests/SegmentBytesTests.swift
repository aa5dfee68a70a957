import BM25
import IndexCore
import Testing

/// The worked example of docs/formats.md, byte for byte, and postings in full blocks written out by hand.
@Suite struct SegmentBytesTests {
    @Test func theWorkedExampleHasTheseBytes() {
        var builder = BM25SegmentBuilder(parameters: BM25Parameters(titleWeight: 1))
        builder.add(PassageID(7), document: PassageID(7), title: "Tides", text: "Tide and tides")
        builder.add(PassageID(8), document: PassageID(7), title: "Tides", text: "moon")
        let bytes = builder.build().bytes
        #expect(
            bytes["HEAD"].map { Array($0.dropLast(8)) }
                == Self.bytes(
                    """
                    03000000 02000000 07000000 08000000 06000000 00000000 02000000 00000000
                    02000000 02000000 03000000 01000000 04000000 00010000
                    """))
        #expect(
            bytes["TERM"]
                == Self.bytes(
                    """
                    0000000000 0000000000  03 616e64 02 00 66  04 6d6f6f6e 02 01 65  04 74696465 05 02 03 05
                    0300000000 0500000000  04 74696465 04 02 02
                    0500000000 0700000000  03 616e64 04 00  04 6d6f6f6e 04 01  04 74696465 05 02 00  41 73 08 02
                    """))
        #expect(
            bytes["TIDX"] == Self.bytes("0000000000646e61 0000000065646974 0000000000646e61 00000000 22000000 34000000")
        )
        #expect(bytes["POST"] == Self.bytes("00 02 01 01 01"))
        #expect(bytes["POSN"] == Self.bytes("07 80b20000 01 00 0000000000000000"))
        #expect(bytes["NORM"] == [4, 2])
        #expect(bytes["TNRM"] == [1, 1])
        #expect(bytes["PDOC"] == [0, 1])
        #expect(bytes.count == 8)
    }

    /// 129 rows, each the one after the last, then one far away: a bitmap of two words and a tail of one.
    @Test func aDenseBlockIsABitmap() throws {
        var builder = BM25SegmentBuilder(parameters: BM25Parameters(titleWeight: 0, surfaceWords: false))
        for row in UInt32(0)..<301 {
            let holds = row < 128 || row == 300
            builder.add(PassageID(row), document: PassageID(row), title: "", text: holds ? "a" : "")
        }
        let bytes = builder.build().bytes
        #expect(
            bytes["POST"]
                == Self.bytes(
                    """
                    7f000000 2c010000  0101000000000000 0101000000000000  00000000 12000000  00000000 11000000
                    0101000000000000
                    82 00 ffffffffffffffff ffffffffffffffff
                    d902
                    """))
        // Each position is 0, in the one bit that is the least: 128 of them, then one.
        #expect(
            bytes["POSN"] == [1] + [UInt8](repeating: 0, count: 16) + [1, 0] + [UInt8](repeating: 0, count: 8))
        #expect(bytes["TERM"] == Self.bytes("0000000000 0000000000  01 61 8202 44 13"))
    }

    /// 128 rows eight apart, the first twice as frequent: gaps of 7 in three bits, frequencies less 1 in one.
    @Test func aSparseBlockIsPackedInFourLanes() {
        var builder = BM25SegmentBuilder(parameters: BM25Parameters(titleWeight: 0, surfaceWords: false))
        for row in UInt32(0)..<1_024 {
            let text = row == 7 ? "a a" : row % 8 == 7 ? "a" : ""
            builder.add(PassageID(row), document: PassageID(row), title: "", text: text)
        }
        let post = builder.build().bytes["POST"] ?? []
        // Skip data of one block (20 bytes) and one group (8), then form and frequency width.
        #expect(Array(post[..<4]) == Self.bytes("ff030000"))
        #expect(Array(post[4..<12]) == Self.bytes("0202 0101 00000000"))
        #expect(Array(post[28..<30]) == [3, 1])
        // Every bit of every gap is set: 32 gaps of three bits in each lane, 96 bits.
        #expect(Array(post[30..<78]) == [UInt8](repeating: 0xFF, count: 48))
        #expect(Array(post[78...]) == [1] + [UInt8](repeating: 0, count: 15))
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.filter(\.isHexDigit).compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
