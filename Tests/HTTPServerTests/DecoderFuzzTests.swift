import HTTPServer
import TestKit
import Testing

/// The decoder on mangled input: it never traps, and how the bytes are cut into pieces changes nothing.
@Suite(.tags(.property)) struct DecoderFuzzTests {
    private static let seeds = [
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\nhello, worldGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "PUT http://h/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: r\r\n\r\n",
        "\r\nOPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
        "DELETE /%20 HTTP/1.1\r\nHost: [::1]:80\r\nA:\r\nB: \t x \r\nC: \u{E9}\r\n\r\n",
    ]
    private static let alphabet: [UInt8] = [
        13, 10, 32, 9, 58, 0, 127, 255, 48, 53, 70, 59, 47, 63, 35, 42, 44, 65, 122,
    ]

    private static func mangled(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(seeds[Int.random(in: 0..<seeds.count, using: &random)].utf8)
        if Bool.random(using: &random) { bytes += Array(seeds[Int.random(in: 0..<seeds.count, using: &random)].utf8) }
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = byte
            case 1: bytes.insert(byte, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...20, using: &random)))
            default:
                bytes.insert(
                    contentsOf: bytes[place..<min(bytes.count, place + 15)],
                    at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
        return bytes
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `any cut of the input gives the same`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var limits = HTTPLimits()
        limits.headByteCount = 160
        limits.targetByteCount = 40
        limits.fieldCount = 6
        for round in 0..<2500 {
            let bytes = Self.mangled(&random)
            let whole = decode(bytes, limits: limits)
            let everyByte = decode(bytes, cuts: Array(0..<bytes.count), limits: limits)
            #expect(
                everyByte == whole,
                "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            let cuts = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            #expect(decode(bytes, cuts: cuts, limits: limits) == whole, "seed \(seed), round \(round), cuts \(cuts)")
        }
    }

    @Test(arguments: [11, 12] as [UInt64])
    func `a body chunked at random comes back`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            var body: [UInt8] = []
            var coded = Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let piece = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                body += piece
                coded +=
                    Array(String(piece.count, radix: 16, uppercase: Bool.random(using: &random)).utf8) + [13, 10]
                    + piece + [13, 10]
            }
            coded += Array("0\r\n\r\n".utf8)
            let cuts = (0..<8).map { _ in Int.random(in: 0...coded.count, using: &random) }.sorted()
            let result = decode(coded, cuts: cuts)
            #expect(result.messages.first?.body == body)
            #expect(result.messages.first?.isComplete == true)
        }
    }

    @Test func `noise is refused or waited for, never a trap`() {
        var random = SeededRandom(seed: 99)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            #expect(decode(bytes, cuts: Array(0..<bytes.count)) == decode(bytes))
        }
    }
}
