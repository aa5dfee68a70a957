import Access
import JSON
import TestKit
import Testing

@Suite("Keys of identity providers")
struct ForeignKeySetTests {
    @Test func `keys of no use are left out, the others stay`() throws {
        let rsa = try ForeignPair("a", .rs256)
        let curve = try ForeignPair("b", .es256)
        let changes: [JSONObject] = [
            ["use": "enc"], ["alg": "RSA-OAEP"], ["alg": "RS384"], ["alg": 7], ["kty": "oct"], ["kty": "OKP"],
            ["kty": .null],
            ["n": .null], ["n": 7], ["n": ""], ["n": "!!!"], ["e": "AQ"], ["e": "Ag"], ["e": ""], ["e": .null],
            ["kid": 7],
            ["kid": .null], ["key_ops": ["sign"]], ["key_ops": []],
        ]
        for change in changes {
            let set = try #require(ForeignForge.set([rsa.jwk(change), curve.jwk()]))
            #expect(set.count == 1 && set.knows("b") && !set.knows("a"), "\(change)")
        }
        let points: [JSONObject] = [
            ["x": try curve.jwk()["y"] ?? .null], ["y": "AAAA"], ["crv": "P-384"], ["crv": "secp256k1"], ["x": .null],
            ["x": .string(Digest.base64URL([UInt8](repeating: 0, count: 32)))],
            ["x": .string(Digest.base64URL([UInt8](repeating: 255, count: 32)))],
            ["x": .string(Digest.base64URL([0] + [UInt8](repeating: 1, count: 32)))], ["alg": "ES384"],
        ]
        for change in points { #expect(ForeignKey(try curve.jwk(change)) == nil, "\(change)") }
        #expect(ForeignKey(try ForeignPair("small", .rs256, bits: 1024).jwk()) == nil)
        #expect(try ForeignKey(rsa.jwk(["alg": .null]))?.algorithms == [.rs256, .ps256])
        #expect(try ForeignKey(rsa.jwk(["use": .null, "key_ops": ["verify"]]))?.algorithms == [.rs256])
    }

    @Test func `what is no set is none`() throws {
        for text in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":7}"#, "null", "{\"keys\":[]", "\u{FEFF}{\"keys\":[]}"] {
            #expect(ForeignKeySet(jwks: Array(text.utf8)) == nil, "\(text)")
        }
        #expect(ForeignKeySet(jwks: Array(#"{"keys":[7,null,"x",[]]}"#.utf8))?.count == 0)
        let key = try ForeignPair("a", .es256).jwk()
        #expect(ForeignForge.set([JSONObject](repeating: key, count: 100))?.count == 100)
        #expect(ForeignForge.set([JSONObject](repeating: key, count: 101)) == nil)
        let padding = [UInt8](repeating: 0x20, count: ForeignKeySet.sizeLimit)
        #expect(ForeignKeySet(jwks: Array(#"{"keys":[]}"#.utf8) + padding) == nil)
    }

    /// Sets with bytes changed anywhere: read or refused, never a trap.
    @Test(arguments: [UInt64(31), 32, 33])
    func `broken sets are read without harm`(seed: UInt64) throws {
        var bits = SeededRandom(seed: seed)
        let keys: [JSONValue] = try [.object(ForeignPair("a", .rs256).jwk()), .object(ForeignPair("b", .es256).jwk())]
        let set: JSONObject = ["keys": .array(keys)]
        let good = set.encoded()
        for _ in 0..<800 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &bits) {
                let position = Int.random(in: 0..<bytes.count, using: &bits)
                switch Int.random(in: 0..<3, using: &bits) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &bits)
                case 1: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &bits), at: position)
                }
            }
            if let set = ForeignKeySet(jwks: bytes) { #expect(set.count <= 2) }
        }
    }
}
