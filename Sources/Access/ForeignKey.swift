internal import COpenSSL
package import JSON

/// A public key of another issuer, read from its JWK set (RFC 7517).
///
/// `@unchecked Sendable`: the `EVP_PKEY` is never changed after `init`, and OpenSSL 3 allows any number of threads to verify
/// with one unchanging `EVP_PKEY`, each call having its own `EVP_MD_CTX` (openssl-threads(7)).
package final class ForeignKey: @unchecked Sendable {
    /// What it may verify: what its kind can and its `alg`, if it has one, names.
    package let algorithms: [SignatureAlgorithm]
    private let key: OpaquePointer

    /// Reads a key for signatures.
    ///
    /// nil for keys of other uses, kinds, curves or algorithms, RSA below 2,048 or above 8,192 bits, and points off the
    /// curve: an issuer may keep such keys beside those we use.
    package init?(_ jwk: JSONObject) {
        if let use = jwk["use"], use != "sig" { return nil }
        if let operations = jwk["key_ops"]?.arrayValue, !operations.contains("verify") { return nil }
        let possible: [SignatureAlgorithm]
        let made: OpaquePointer?
        switch jwk["kty"] {
        case .string("RSA")?:
            guard let n = Self.number(jwk["n"], upTo: 1_024), let e = Self.number(jwk["e"], upTo: 8) else { return nil }
            possible = [.rs256, .ps256]
            made = carrel_rsa_public(n, n.count, e, e.count)
        case .string("EC")?:
            guard jwk["crv"] == "P-256", let x = Self.number(jwk["x"], upTo: 32),
                let y = Self.number(jwk["y"], upTo: 32),
                x.count == 32, y.count == 32
            else { return nil }
            possible = [.es256]
            made = carrel_p256_public(x, y)
        default: return nil
        }
        guard let made else {
            ERR_clear_error()
            return nil
        }
        algorithms = jwk["alg"].map { alg in possible.filter { alg == .string($0.rawValue) } } ?? possible
        key = made
        // The key is freed with `self`, also where it is refused here.
        let isStrong = EVP_PKEY_is_a(made, "EC") == 1 || (2048...8192).contains(EVP_PKEY_get_bits(made))
        guard isStrong, !algorithms.isEmpty else { return nil }
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether `signature` is this key's over `input` by `algorithm`.
    package func isValid(signature: [UInt8], over input: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard algorithms.contains(algorithm), let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        var signature = signature
        if algorithm == .es256 {
            guard signature.count == 64, let der = Self.der(signature) else { return false }
            signature = der
        }
        // Belongs to `context` and goes with it.
        var settings: OpaquePointer?
        var isValid = EVP_DigestVerifyInit(context, &settings, EVP_sha256(), nil, key) == 1
        if algorithm == .ps256 {
            isValid =
                isValid && EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, 32) == 1
        }
        isValid = isValid && EVP_DigestVerify(context, signature, signature.count, input, input.count) == 1
        // A failed check leaves an entry that the next TLS read on this thread would take for its own.
        if !isValid { ERR_clear_error() }
        return isValid
    }

    /// The bytes of a base64url number.
    private static func number(_ value: JSONValue?, upTo limit: Int) -> [UInt8]? {
        guard let text = value?.stringValue, text.utf8.count <= 2 * limit, let bytes = Digest.decodeBase64URL(text),
            (1...limit).contains(bytes.count)
        else { return nil }
        return bytes
    }

    /// The two halves as OpenSSL wants them: a DER sequence of two numbers.
    private static func der(_ signature: [UInt8]) -> [UInt8]? {
        var der = [UInt8](repeating: 0, count: 80)
        let count = carrel_ecdsa_der(signature, &der, der.count)
        guard count > 0 else {
            ERR_clear_error()
            return nil
        }
        return Array(der.prefix(Int(count)))
    }
}
