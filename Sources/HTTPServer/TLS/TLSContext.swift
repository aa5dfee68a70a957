import COpenSSL
import Synchronization

/// The oldest TLS a server speaks.
public enum TLSVersion: Hashable, Sendable {
    /// TLS 1.2 and 1.3; of 1.2 only suites with forward secrecy and AEAD.
    case v1_2
    /// TLS 1.3 alone.
    case v1_3
}

/// A checked certificate with its key, ready to serve; all connections of a server share it.
public final class TLSContext: Sendable {
    /// The server's certificate, then the chain, PEM.
    public let certificatePath: String
    /// The private key, PEM, readable by its owner alone.
    public let keyPath: String
    /// Who vouches for clients, if they are asked for certificates.
    public let clients: TLSClientAuthority?
    private let minimum: TLSVersion
    private let current: Mutex<Loaded>

    /// Reads and checks the files.
    /// - Throws: ``TLSError``.
    public init(
        certificate: String, key: String, minimum: TLSVersion = .v1_3, clients: TLSClientAuthority? = nil
    ) throws(TLSError) {
        certificatePath = certificate
        keyPath = key
        self.clients = clients
        self.minimum = minimum
        current = Mutex(try Self.load(certificate, key, minimum, clients))
    }

    /// Reads all files anew; new connections get the new certificate, those that are open keep theirs.
    /// - Throws: ``TLSError``; the old certificate stays in use then.
    public func reload() throws(TLSError) {
        let fresh = try Self.load(certificatePath, keyPath, minimum, clients)
        current.withLock { $0 = fresh }
    }

    /// When the first certificate of the chain to end ends, in seconds since 1970.
    public var expiresAt: Int { current.withLock { $0.expiresAt } }

    /// The server's side of TLS on an accepted socket; nil when out of memory.
    func session(on descriptor: Int32, offersHTTP2: Bool) -> TLSSession? {
        let handle = current.withLock { $0.handle }
        guard let ssl = SSL_new(handle.pointer) else { return nil }
        if !offersHTTP2 { carrel_tls_offer_http11_only(ssl) }
        return TLSSession(ssl, descriptor: descriptor)
    }

    private struct Loaded: Sendable {
        let handle: Handle
        let expiresAt: Int
    }

    /// `@unchecked Sendable`: the context is complete before it gets here and is never changed again; `SSL_new` and
    /// `SSL_CTX_free` count its references atomically.
    private final class Handle: @unchecked Sendable {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { SSL_CTX_free(pointer) }
    }

    private static func load(
        _ certificate: String, _ key: String, _ minimum: TLSVersion, _ clients: TLSClientAuthority?
    ) throws(TLSError) -> Loaded {
        let identity = try TLSIdentity(certificate: certificate, key: key)
        guard let pointer = carrel_tls_server(minimum == .v1_2 ? 1 : 0) else {
            throw .refused(path: certificate, reason: TLSIdentity.lastReason())
        }
        let handle = Handle(pointer)
        ERR_clear_error()
        guard SSL_CTX_use_certificate(pointer, identity.chain[0].pointer) == 1,
            SSL_CTX_use_PrivateKey(pointer, identity.key.pointer) == 1
        else { throw .refused(path: certificate, reason: TLSIdentity.lastReason()) }
        for issuer in identity.chain.dropFirst() where carrel_tls_add_chain(pointer, issuer.pointer) != 1 {
            throw .refused(path: certificate, reason: TLSIdentity.lastReason())
        }
        if let clients { try clients.install(in: pointer) }
        return Loaded(handle: handle, expiresAt: identity.expiresAt)
    }
}
