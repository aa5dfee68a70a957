import Access
import Testing

/// What OAuth clients show: one spelling, nothing in it can be changed, and nothing kept of it opens anything.
@Suite struct ClientSecretTests {
    @Test func `a pair reads back from its texts and opens its own hash`() throws {
        let made = ClientSecret()
        let read = try #require(ClientSecret(id: made.id, secret: made.text))
        #expect(read.id == made.id && read.opens(made.secretHash))
        #expect(ClientSecret.isID(made.id) && made.secretHash.count == 32)
        #expect(made.id.utf8.count == 20 && made.text.utf8.count == 68)
    }

    @Test func `the hash is SHA-256 of the 32 bytes`() throws {
        let pair = try #require(
            ClientSecret(id: "crc_0123456789abcdef", secret: "crs_" + String(repeating: "00", count: 32)))
        // printf '\0%.0s' {1..32} | sha256sum
        #expect(
            Digest.hexadecimal(pair.secretHash) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925")
    }

    @Test func `each changed digit of the secret is refused`() throws {
        let pair = ClientSecret()
        let text = Array(pair.text.utf8)
        for place in 4..<text.count {
            var changed = text
            changed[place] = changed[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            let forged = try #require(ClientSecret(id: pair.id, secret: String(decoding: changed, as: UTF8.self)))
            #expect(!forged.opens(pair.secretHash), "digit \(place)")
        }
        #expect(!pair.opens([]) && !pair.opens(Array(pair.secretHash.prefix(31))))
    }

    @Test func `only the one spelling is a pair`() {
        let (id, text) = ("crc_0123456789abcdef", ClientSecret().text)
        let secrets: [String] = [
            "", "crs_", String(text.dropLast()), String(text.dropLast(2)), text + "0", text + "00", " " + text,
            text + " ", text.uppercased(), "CRS_" + String(text.dropFirst(4)), "crl_" + String(text.dropFirst(4)),
            String(text.dropLast()) + "g", String(text.dropLast(2)) + "é",
        ]
        for other in secrets { #expect(ClientSecret(id: id, secret: other) == nil, "\(other)") }
        for other in ["", "crc_", "crc_0123456789abcde", id + "0", id.uppercased(), "crl_0123456789abcdef", id + " "] {
            #expect(ClientSecret(id: other, secret: text) == nil, "\(other)")
        }
    }

    @Test func `a pair that is printed shows its id alone`() {
        let pair = ClientSecret()
        #expect("\(pair)" == pair.id)
        var dumped = ""
        dump(pair, to: &dumped)
        #expect(!dumped.contains(pair.text.suffix(64)) && !dumped.contains("secret"))
    }

    /// RFC 4648 section 10, and texts that are not canonical.
    @Test func `base64 is read in its one spelling`() {
        let vectors = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in vectors { #expect(Digest.decodeBase64(text) == Array(plain.utf8)) }
        #expect(Digest.decodeBase64("+/+/") == [0xFB, 0xFF, 0xBF])
        for text in ["Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "=", "-_-_", "Zm 9", "Zm9v\n", "Z===", "é==="] {
            #expect(Digest.decodeBase64(text) == nil, "\(text)")
        }
    }
}
