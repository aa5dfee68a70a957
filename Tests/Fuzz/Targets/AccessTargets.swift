import Access

extension FuzzTarget {
    /// Tokens: form, header and, as if the signature were good, every claim.
    static let jwt = FuzzTarget("jwt") { bytes in
        guard let parts = try? CompactJWT(bytes.text) else { return }
        promise(bytes.count <= CompactJWT.sizeLimit, "no token is longer than the limit")
        promise(bytes.starts(with: parts.signingInput), "the signature covers what came")
        guard let claims = try? parts.claims() else { return }
        promise(claims.malformedClaim == nil, "claims that were read are well-formed")
        if claims.rejection(issuer: "carrel:x", acceptedAudiences: ["https://x/mcp"], now: 1_800_000_000) == nil {
            promise(
                claims.issuer == "carrel:x" && claims.expiresAt > 1_799_999_000, "what is accepted is ours and alive")
        }
    }

    private static let seal = TokenSeal(key: [UInt8](repeating: 7, count: 32))

    /// Sealed texts: what was not sealed here opens never, what was comes back, and for its purpose alone.
    static let cursors = FuzzTarget("cursors") { bytes in
        promise(seal.open(bytes.text, for: "p") == nil, "nobody guesses a seal")
        let sealed = seal.seal(bytes, for: "p")
        promise(bytes.count > 4_000 || seal.open(sealed, for: "p") == bytes, "what was sealed comes back")
        promise(seal.open(sealed, for: "q") == nil, "for its purpose alone")
        if let decoded = Digest.decodeBase64URL(bytes.text) {
            promise(Digest.base64URL(decoded) == bytes.text, "base64url has one spelling")
        }
        if let last = sealed.utf8.last {
            let other = sealed.dropLast() + (last == UInt8(ascii: "A") ? "B" : "A")
            promise(seal.open(String(other), for: "p") == nil, "a changed text does not open")
        }
    }
}
