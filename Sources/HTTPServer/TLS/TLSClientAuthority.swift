import COpenSSL

/// Whose certificates clients show when they connect.
///
/// A certificate proves which machine or program is at the other end; what it may do its credential says, as always.
public struct TLSClientAuthority: Hashable, Sendable {
    /// PEM file of the authorities: those that issue clients' certificates, or their roots.
    public var path: String
    /// Whether a client without a certificate is turned away; one with a wrong certificate always is.
    public var isRequired: Bool

    /// Names the file; it is read by ``TLSContext``.
    public init(path: String, isRequired: Bool) {
        self.path = path
        self.isRequired = isRequired
    }

    /// A chain from a client to one of the authorities has at most this many certificates between.
    private static let depth: Int32 = 4

    /// Makes a server's context ask clients for certificates of these authorities.
    func install(in context: OpaquePointer) throws(TLSError) {
        let authorities = try TLSIdentity.certificates(in: try TLSFile.read(path, isKey: false), path: path)
        guard let store = SSL_CTX_get_cert_store(context) else { throw .refused(path: path, reason: "out of memory") }
        for (index, authority) in authorities.enumerated() {
            _ = try TLSIdentity.checkDates(authority.pointer, path: path, position: index + 1)
            guard X509_check_ca(authority.pointer) != 0 else {
                throw .notAnAuthority(path: path, position: index + 1)
            }
            guard X509_STORE_add_cert(store, authority.pointer) == 1,
                SSL_CTX_add_client_CA(context, authority.pointer) == 1
            else { throw .refused(path: path, reason: TLSIdentity.lastReason()) }
        }
        // An intermediate in the file is as good as a root: whoever put it there trusts it.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), UInt(X509_V_FLAG_PARTIAL_CHAIN))
        let mode = SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        SSL_CTX_set_verify(context, mode, nil)
        SSL_CTX_set_verify_depth(context, Self.depth)
        // A resumed session would bring back a certificate that has expired, or whose authority is gone, meanwhile.
        carrel_tls_never_resume(context)
    }
}

extension TLSSession {
    /// The subject of the client's certificate, as RFC 2253 writes it in ASCII, or its first alternative name.
    ///
    /// At most 256 bytes.
    /// Nil if the client showed none. One that was shown has been verified, or the handshake would have failed.
    var clientName: String? {
        guard isEstablished, let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        guard SSL_get_verify_result(ssl) == X509_V_OK, let bio = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(bio) }
        if X509_NAME_entry_count(X509_get_subject_name(certificate)) > 0 {
            X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, carrel_name_form())
        } else {
            carrel_x509_first_alternative(certificate, bio)
        }
        var start: UnsafeMutablePointer<CChar>?
        let count = carrel_bio_bytes(bio, &start)
        guard let start, count > 0 else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: min(count, 256)), as: UTF8.self)
    }
}
