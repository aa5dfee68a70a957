import Access
import TestKit
import Testing

@Suite("Published vectors")
struct GoldenVectorTests {
    @Test func signsAsRFC7515AppendixA2() throws {
        let key = try PublishedKey.load()
        let input = Array(PublishedKey.signingInput.utf8)
        #expect(Digest.base64URL(try key.sign(input)) == PublishedKey.signature)
        let signature = try #require(Digest.decodeBase64URL(PublishedKey.signature))
        #expect(key.isValid(signature: signature, over: input))
        #expect(!key.isValid(signature: signature, over: input + [0]))
        #expect(!key.isValid(signature: [], over: input))
        #expect(!key.isValid(signature: [0] + signature, over: input))
        #expect(Digest.base64URL(key.webKey.modulus) == PublishedKey.modulus)
        #expect(key.webKey.exponent == [1, 0, 1])
    }

    @Test func thumbprintAsRFC7638Section31() throws {
        let modulus = try #require(
            Digest.decodeBase64URL(
                "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
            ))
        #expect(
            JSONWebKey(modulus: modulus, exponent: [1, 0, 1]).thumbprint
                == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test func hashesAsFIPS180AndRFC4231() {
        #expect(
            Digest.hexadecimal(Digest.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Digest.hexadecimal(Digest.sha256([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Digest.hexadecimal(Digest.hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            Digest.hexadecimal(Digest.hmacSHA256(key: [], []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64URLAsRFC4648(plain: String, encoded: String) {
        #expect(Digest.base64URL(Array(plain.utf8)) == encoded)
        #expect(Digest.decodeBase64URL(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg==", "Zh", "Zm9", "Z", "Zm9v ", "Zm+v", "Zm/v", "Zm\n9v", "Zm9vY", "Zm8é"])
    func base64URLRefusesOtherSpellings(text: String) { #expect(Digest.decodeBase64URL(text) == nil) }

    @Test(arguments: [UInt64(1), 2, 3])
    func base64URLRoundTrips(seed: UInt64) {
        var bits = SeededRandom(seed: seed)
        for length in 0..<100 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &bits) }
            #expect(Digest.decodeBase64URL(Digest.base64URL(bytes)) == bytes)
        }
    }

    @Test func constantTimeEqualsComparesWholeStrings() {
        #expect(Digest.constantTimeEquals([UInt8](), [UInt8]()))
        #expect(Digest.constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!Digest.constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!Digest.constantTimeEquals([0, 2, 3], [1, 2, 3]))
        #expect(!Digest.constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(!Digest.constantTimeEquals([UInt8](), [0]))
        #expect(Digest.constantTimeEquals("abc".utf8, Array("abc".utf8)))
    }

    @Test func randomBytesDiffer() {
        #expect(Digest.randomBytes(32).count == 32)
        #expect(Digest.randomBytes(32) != Digest.randomBytes(32))
        #expect(Digest.randomBytes(0).isEmpty)
        #expect(Digest.randomBytes(-1).isEmpty)
    }
}
