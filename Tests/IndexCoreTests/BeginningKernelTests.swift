import CKernels
import IndexCore
import TestKit
import Testing

@Suite("Beginnings of words, many bytes at a time")
struct BeginningKernelTests {
    private static let letters = Array("aAbByYzZ09_".utf8)
    private static let marks: [UInt8] = [0x20, 0x27, 0x2E, 0x0A, 0xC3, 0xA9]

    /// Lower-case bytes of a set; a third of nil is any.
    private struct Pattern {
        var first: UInt8
        var second: UInt8
        var third: UInt8?
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    private func mayBegin(_ patterns: [Pattern], _ text: [UInt8], _ level: VectorKernels.Level) -> UInt64 {
        var sets = ck_beginnings()
        for (set, pattern) in patterns.enumerated() {
            ck_beginnings_add(&sets, Int32(set), 0, Int32(pattern.first))
            ck_beginnings_add(&sets, Int32(set), 1, Int32(pattern.second))
            ck_beginnings_add(&sets, Int32(set), 2, pattern.third.map { Int32($0) } ?? -1)
        }
        return ck_may_begin(level.rawValue, &sets, text, ck_classify_64(text).letters)
    }

    @Test(arguments: VectorKernels.availableLevels, 0..<40 as Range<UInt64>)
    func nothingIsMissed(level: VectorKernels.Level, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func letter() -> UInt8 { Self.lower(Self.letters.randomElement(using: &random) ?? 0x61) }
        let patterns = (0..<Int.random(in: 1...20, using: &random)).map { _ in
            Pattern(first: letter(), second: letter(), third: Bool.random(using: &random) ? letter() : nil)
        }
        let text = (0..<66).map { _ in
            (Int.random(in: 0..<4, using: &random) > 0 ? Self.letters : Self.marks).randomElement(using: &random) ?? 0
        }
        let found = mayBegin(patterns, text, level)
        for place in 0..<64 {
            let bytes = text[place..<place + 3].map(Self.lower)
            let begins = patterns.contains { pattern in
                guard bytes[0] == pattern.first, Self.isWordByte(bytes[1]) else { return bytes[0] == pattern.first }
                guard bytes[1] == pattern.second, Self.isWordByte(bytes[2]) else { return bytes[1] == pattern.second }
                return pattern.third == nil || pattern.third == bytes[2]
            }
            #expect(!begins || found >> UInt64(place) & 1 == 1, "byte \(place) of \(text)")
        }
    }

    #if arch(x86_64)
        @Test func mostIsPassedOver() {
            let text = Array("the quick brown fox jumps over the lazy dog and runs away from it all".utf8)
            let patterns = [Pattern(first: 0x66, second: 0x6F, third: 0x78), Pattern(first: 0x6C, second: 0x61)]
            let expected: UInt64 = 1 << 16 | 1 << 35
            for level in VectorKernels.availableLevels where level > .portable {
                // The last two always may.
                #expect(mayBegin(patterns, text, level) & ~(3 << 62) == expected)
            }
        }
    #endif
}
