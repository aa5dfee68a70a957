import COpenSSL
import Glibc

/// A new certificate that vouches for itself, with its P-256 key: enough for one's own clients, who are given a copy.
package struct SelfSignedCertificate: Sendable {
    /// PEM.
    package let certificate: [UInt8]
    /// PEM, PKCS #8, not encrypted.
    package let key: [UInt8]
    /// SHA-256 of the certificate, `AA:BB:…`.
    package let fingerprint: String
    /// The last moment, in UTC.
    package let validUntil: String

    /// - Parameters:
    ///   - hosts: DNS names and IP addresses, at least one; the first is the subject's name too.
    ///   - days: From now; the beginning is an hour ago, for clients whose clocks are slow.
    /// - Returns: Nil for a name that is neither, or when OpenSSL fails.
    package init?(hosts: [String], days: Int) {
        guard let first = hosts.first, hosts.allSatisfy({ Self.alternative(to: $0) != nil }),
            let key = carrel_p256_generate()
        else { return nil }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { return nil }
        defer { X509_free(certificate) }
        guard Self.fill(certificate, key, subject: first, days: days) else { return nil }
        let alternatives = hosts.compactMap(Self.alternative(to:)).joined(separator: ",")
        let extensions = [
            // Not an authority: with a stolen key nobody can make certificates for other names.
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"),
            (NID_subject_alt_name, alternatives),
        ]
        for (nid, value) in extensions where carrel_x509_extend(certificate, nid, value) != 1 { return nil }
        guard X509_sign(certificate, key, EVP_sha256()) > 0,
            let certificateText = Self.text({ PEM_write_bio_X509($0, certificate) }),
            let keyText = Self.text({ PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }),
            let digest = Self.digest(certificate)
        else { return nil }
        self.certificate = certificateText
        self.key = keyText
        fingerprint = digest
        validUntil = TLSIdentity.date(X509_get0_notAfter(certificate)).text
    }

    /// `DNS:…` or `IP:…`; nil for what can be neither.
    package static func alternative(to host: String) -> String? {
        var address = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1 { return "IP:\(host)" }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            host.utf8.count <= 253 && !host.isEmpty
            && labels.enumerated().allSatisfy { place, label in
                (place == 0 && label == "*" && labels.count > 2)
                    || ((1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                        && label.utf8.allSatisfy(isNameByte))
            }
        // Digits alone would be a mistyped address.
        return isName && !host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
            ? "DNS:\(host)" : nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func fill(_ certificate: OpaquePointer, _ key: OpaquePointer, subject: String, days: Int) -> Bool {
        guard let serial = BN_new() else { return false }
        defer { BN_free(serial) }
        // 127 random bits: positive and never met again.
        guard BN_rand(serial, 127, -1, 0) == 1,
            BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != nil,
            X509_set_version(certificate, 2) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), -3_600) != nil,
            X509_time_adj_ex(X509_getm_notAfter(certificate), Int32(clamping: days), 0, nil) != nil,
            let name = X509_get_subject_name(certificate),
            // A common name has at most 64 bytes; clients read the alternative names.
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, String(subject.prefix(64)), -1, -1, 0) == 1
        else { return false }
        return X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1
    }

    private static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8]? {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(bio) }
        var start: UnsafeMutablePointer<CChar>?
        guard write(bio) == 1 else { return nil }
        let count = carrel_bio_bytes(bio, &start)
        guard let start, count > 0 else { return nil }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private static func digest(_ certificate: OpaquePointer) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &bytes, &count) == 1 else { return nil }
        return bytes.prefix(Int(count)).map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.count == 1 ? "0" + text : text
        }.joined(separator: ":")
    }
}
