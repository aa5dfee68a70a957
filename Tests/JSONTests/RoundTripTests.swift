import JSON
import TestKit
import Testing

/// Writer and reader against each other on seeded random values.
@Suite struct RoundTripTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func whatIsWrittenReadsBackEqual(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let value = generator.value()
            let bytes = value.encoded()
            let again = try JSONValue(parsing: bytes)
            #expect(again == value)
            #expect(again.encoded() == bytes)
        }
    }

    /// Whatever happens to the bytes: no trap, an offset inside the text, and what is accepted keeps its value.
    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func damagedTextNeverTraps(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let seeds = SuiteCase.accepted.map(\.bytes) + (0..<100).map { _ in generator.value().encoded() }
        let alphabet = Array(#"{}[]":,\u0dD8e+-.1 tfn/"#.utf8) + [0, 0x1F, 0x80, 0xC0, 0xE2, 0xED, 0xF4, 0xFF]
        for _ in 0..<4000 {
            var bytes = seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 2 where place < bytes.count: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            do {
                let value = try JSONValue(parsing: bytes)
                #expect(try JSONValue(parsing: value.encoded()) == value)
            } catch {
                #expect((0...bytes.count).contains(error.offset), "\(bytes)")
            }
        }
    }
}
