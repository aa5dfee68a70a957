import JSON
import TestKit
import Testing

/// Reading numbers, against the standard library's own correctly rounding conversion.
@Suite struct NumberTests {
    private func read(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    /// Digits, point and exponent at random, so that each of the three ways of rounding is taken often.
    @Test(arguments: [21, 22, 23, 24] as [UInt64])
    func decimalsRoundCorrectly(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        for _ in 0..<5000 {
            let digits = (0..<Int.random(in: 1...26, using: &generator)).map { _ in
                String(Int.random(in: 0...9, using: &generator))
            }
            var text = Bool.random(using: &generator) ? "-" : ""
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: text += "0." + digits.joined()
            case 1: text += "7" + digits.joined() + ".0" + digits.reversed().joined()
            default: text += "0." + digits.joined() + "e\(Int.random(in: -330...300, using: &generator))"
            }
            let oracle = try #require(Double(text))
            #expect(try read(text) == .number(oracle), "\(text)")
        }
    }

    /// Every double and float reads back from its shortest text, subnormals and extremes included.
    @Test(arguments: [31, 32] as [UInt64])
    func shortestTextsReadBack(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let edges: [Double] = [
            .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .pi, 0.1, 1e22, 1e23, -0.0,
            9007199254740994, 4503599627370496.5,
        ]
        for value in edges + (0..<5000).map({ _ in generator.double() }) {
            var writer = JSONWriter()
            writer.number(value)
            let again = try JSONValue(parsing: writer.bytes).doubleValue
            #expect(again?.bitPattern == value.bitPattern)
        }
        for _ in 0..<5000 {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            var writer = JSONWriter()
            writer.number(value)
            guard value.isFinite else {
                #expect(writer.bytes == Array("null".utf8))
                continue
            }
            #expect(try JSONValue(parsing: writer.bytes).doubleValue.map(Float.init) == value)
        }
    }

    /// A halfway case decided by its very last digit, far beyond what any fixed buffer holds.
    @Test func `digits beyond the eight hundredth still decide`() throws {
        let half = "9007199254740993"
        let zeros = String(repeating: "0", count: 5000)
        #expect(try read("\(half).\(zeros)") == .number(9007199254740992))
        #expect(try read("\(half).\(zeros)1") == .number(9007199254740994))
        #expect(try read("1\(zeros)e-5000") == .number(1))
        #expect(try read("0.\(zeros)1e5001") == .number(1))
    }

    @Test func `integers are exact up to 64 bits`() throws {
        #expect(try read("9223372036854775807") == .integer(.max))
        #expect(try read("-9223372036854775808") == .integer(.min))
        #expect(try read("9223372036854775808") == .wideInteger("9223372036854775808"))
        #expect(try read("-9223372036854775809") == .wideInteger("-9223372036854775809"))
        #expect(try read("18446744073709551616") == .wideInteger("18446744073709551616"))
        #expect(try read("0") == .integer(0))
        #expect(try read("-0").doubleValue?.sign == .minus)
        #expect(try read("1.0") == .number(1))
        #expect(try read("1.0").integerValue == 1)
        #expect(try read("1.5").integerValue == nil)
        #expect(try read("1e300").integerValue == nil)
    }

    @Test(arguments: ["1e309", "-1e309", "1e99999999999999999999", "179769313486231580793e289"])
    func refusesWhatIsBeyondDouble(_ text: String) {
        #expect(throws: JSONError(offset: 0, reason: .numberOutOfRange)) { try read(text) }
    }

    @Test(arguments: ["1e-400", "0e99999999999999999999", "1e-99999999999999999999", "0.0"])
    func roundsTinyNumbersToZero(_ text: String) throws { #expect(try read(text) == .number(0)) }
}
