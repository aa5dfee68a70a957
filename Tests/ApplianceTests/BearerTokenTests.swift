import Appliance
import Testing

/// Which bytes a credential may have: RFC 6750 section 2.1, `b64token`.
@Suite struct BearerTokenTests {
    private static let tokenBytes = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=".unicodeScalars)

    /// Every scalar of one byte, and one of two, at every place of tokens around the lengths that are read at once.
    @Test(arguments: [1, 2, 15, 16, 17, 31, 32, 33, 47, 900])
    func oneByteDecides(length: Int) throws {
        let scalars =
            (UInt8(0x21)...0x7E).map { Unicode.Scalar($0) } + [
                Unicode.Scalar(UInt8(0x7F)), Unicode.Scalar(UInt8(0xE9)),
            ]
        for place in length <= 47 ? Array(0..<length) : [0, 15, 16, 448, 883, 884, 899] {
            for scalar in scalars {
                var token = [Unicode.Scalar](repeating: "a", count: length)
                token[place] = scalar
                let text = String(String.UnicodeScalarView(token))
                let parsed = try? BearerToken.parse(["Bearer \(text)"])
                #expect(parsed == (Self.tokenBytes.contains(scalar) ? text : nil), "\(scalar) at \(place)")
            }
        }
    }

    @Test func whatStandsAroundTheToken() throws {
        #expect(try BearerToken.parse(["bearer \t abc "]) == "abc")
        #expect(throws: ApplianceError.credentialMissing) { try BearerToken.parse([]) }
        for header in ["Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer a\tb", "Bearer é"] {
            #expect(throws: ApplianceError.self, "\(header)") { try BearerToken.parse([header]) }
        }
        #expect(throws: ApplianceError.self) { try BearerToken.parse(["Bearer abc", "Bearer abc"]) }
    }
}
