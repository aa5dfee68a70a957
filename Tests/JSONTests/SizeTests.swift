import JSON
import TestKit
import Testing

@Suite struct SizeTests {
    @Test(arguments: [UInt64](1...4))
    func `the size is that of what is written`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                let limit: UInt32 = [0x40, 0x80, 0x800, 0x1_F600].randomElement(using: &random) ?? 0x80
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { text.append(scalar) }
            }
            var writer = JSONWriter()
            writer.string(String(text))
            #expect(JSONWriter.byteCount(of: String(text)) == writer.bytes.count)
            #expect(text.reduce(2) { $0 + JSONWriter.byteCount(of: $1) } == writer.bytes.count)
        }
    }
}
