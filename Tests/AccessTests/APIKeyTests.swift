import Access
import Testing

/// Keys for programs: one spelling, nothing in it can be changed, and nothing kept of it opens anything.
@Suite struct APIKeyTests {
    @Test func `a key reads back from its text and opens its own hash`() throws {
        let key = APIKey()
        let read = try #require(APIKey(key.text))
        #expect(read.id == key.id)
        #expect(read.opens(key.secretHash))
        #expect(key.secretHash.count == 32)
        #expect(APIKey.isID(key.id))
        #expect(key.text.hasPrefix(key.id + "_"))
        #expect(key.text.utf8.count == 4 + 16 + 1 + 64)
    }

    @Test func `the hash is SHA-256 of the 32 bytes`() throws {
        let key = try #require(APIKey("crl_0123456789abcdef_" + String(repeating: "00", count: 32)))
        // printf '\0%.0s' {1..32} | sha256sum
        #expect(
            Digest.hexadecimal(key.secretHash) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925")
        #expect(key.id == "crl_0123456789abcdef")
    }

    @Test func `two keys share neither id nor secret`() {
        let keys = (0..<200).map { _ in APIKey() }
        #expect(Set(keys.map(\.id)).count == keys.count)
        #expect(Set(keys.map(\.secretHash)).count == keys.count)
    }

    @Test func `each changed digit of the secret is refused`() throws {
        let key = APIKey()
        let text = Array(key.text.utf8)
        for place in (text.count - 64)..<text.count {
            var changed = text
            changed[place] = changed[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            let forged = try #require(APIKey(String(decoding: changed, as: UTF8.self)))
            #expect(!forged.opens(key.secretHash), "digit \(place)")
        }
    }

    @Test func `only the one spelling is a key`() {
        let text = APIKey().text
        let others = [
            "", "crl_", "crl_0123456789abcdef", "crl_0123456789abcdef_", String(text.dropLast()), text + "0",
            " " + text,
            text + " ", text.uppercased(), "CRL_" + text.dropFirst(4), "crl-" + text.dropFirst(4),
            String(text.dropLast()) + "g", text.replacing("_", with: "-"), "x" + text.dropFirst(),
            String(text.dropLast(2)) + "é",
        ]
        for other in others { #expect(APIKey(other) == nil, "\(other)") }
    }

    @Test func `a hash of another length opens nothing`() {
        let key = APIKey()
        #expect(!key.opens([]))
        #expect(!key.opens(Array(key.secretHash.prefix(31))))
        #expect(!key.opens(key.secretHash + [0]))
    }

    @Test func `a key that is printed shows its id alone`() {
        let key = APIKey()
        #expect("\(key)" == key.id)
        #expect(String(reflecting: key).contains(key.text.suffix(64)) == false)
        var dumped = ""
        dump(key, to: &dumped)
        #expect(dumped.contains(key.text.suffix(64)) == false)
        #expect(dumped.contains("secret") == false)
    }
}
