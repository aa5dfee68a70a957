import Extraction
import TestKit
import Testing

@Suite struct TextDecoderTests {
    /// Windows-1252 by its own table; the five places it leaves empty are `nil`.
    private static let upper: [UInt32?] = [
        0x20AC, nil, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, nil,
        0x017D, nil, nil, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, nil, 0x017E, 0x0178,
    ]

    @Test func `bytes that are no UTF-8 are windows-1252`() throws {
        let letters = Array("plain words before the others ".utf8)
        let decoded = try DecodedText(letters + (0x80...0xFF))
        let expected = (0x80...0xFF).map { byte -> Character in
            let scalar = byte < 0xA0 ? Self.upper[byte - 0x80] ?? 0xFFFD : UInt32(byte)
            return Character(Unicode.Scalar(scalar) ?? "?")
        }
        #expect(
            decoded.text.unicodeScalars.map(\.value).suffix(128) == expected.flatMap(\.unicodeScalars).map(\.value)[...]
        )
        #expect(decoded.guessedEncoding == "windows-1252" && decoded.notes.count == 1)
    }

    @Test(arguments: UInt64(1)...40)
    func `a text comes back from every encoding that says what it is`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let parts = ["word", " ", "Größe", "\n", "漢字", "👩‍👩‍👧", "é", "\r\n", "x"]
        let text =
            "some text "
            + (0..<Int.random(in: 1...3_000, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
        func wide(_ mark: [UInt8], big: Bool) -> [UInt8] {
            mark
                + text.utf16.flatMap { unit in
                    big ? [UInt8(unit >> 8), UInt8(unit & 255)] : [UInt8(unit & 255), UInt8(unit >> 8)]
                }
        }
        for bytes in [
            Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), wide([0xFF, 0xFE], big: false),
            wide([0xFE, 0xFF], big: true),
        ] {
            let decoded = try DecodedText(bytes)
            #expect(Array(decoded.text.utf8) == Array(text.utf8) && decoded.guessedEncoding == nil)
            #expect(decoded.notes.isEmpty)
        }
    }

    @Test func `UTF-16 without a mark is known by its zeros`() throws {
        let text = "A western text, Größe and all, of some length."
        let little = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        #expect(try DecodedText(little).text == text && DecodedText(little).guessedEncoding == "UTF-16LE")
        #expect(try DecodedText(big).text == text && DecodedText(big).guessedEncoding == "UTF-16BE")
    }

    @Test func `one broken sign does not spoil a UTF-8 text`() throws {
        let bytes = Array(String(repeating: "Größe ", count: 50).utf8) + [0xC3] + Array(" Maß".utf8)
        let decoded = try DecodedText(bytes)
        #expect(decoded.text.hasSuffix("Größe \u{FFFD} Maß"))
        #expect(decoded.guessedEncoding == "UTF-8" && decoded.notes.count == 1)
    }

    @Test func `an encoding the text declares is taken unless the system does not know it`() throws {
        let bytes: [UInt8] = Array("Zlut: ".utf8) + [0xAE, 0xF2]
        #expect(try DecodedText(bytes, declared: "iso-8859-2").text == "Zlut: Žň")
        #expect(try DecodedText(bytes, declared: "iso-8859-2").guessedEncoding == nil)
        #expect(try DecodedText(bytes, declared: "klingon").guessedEncoding == "windows-1252")
    }

    @Test func `NUL bytes become spaces and are counted`() throws {
        let decoded = try DecodedText(Array("a text with\0one in it, and some more words".utf8))
        #expect(decoded.text == "a text with one in it, and some more words")
        #expect(decoded.notes == ["1 NUL byte became a space"])
    }

    @Test(arguments: UInt64(1)...40)
    func `any bytes give a text or a reason`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<Int.random(in: 0...5_000, using: &random)).map { _ in
            UInt8.random(in: seed % 2 == 0 ? 0...255 : 32...255, using: &random)
        }
        do {
            let decoded = try DecodedText(bytes)
            #expect(!decoded.text.utf8.contains(0))
        } catch {
            #expect(!error.reason.isEmpty)
        }
    }
}
