import CKernels
import TestKit
import Testing

@Suite("Runs of letters, sixteen bytes at a time")
struct TextKernelTests {
    private static func isWordByte(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }

    @Test func everyByteEndsOrContinuesARun() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<16 {
                var text = [UInt8](repeating: UInt8(ascii: "Q"), count: 16)
                text[place] = byte
                var folded = [UInt8](repeating: 0, count: 16)
                let count = Int(ck_fold_run_16(text, &folded))
                #expect(count == (Self.isWordByte(byte) ? 16 : place))
                #expect(folded.prefix(count).elementsEqual(text.prefix(count).map { $0 | 0x20 }))
            }
        }
    }
}
