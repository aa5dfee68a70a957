import COpenSSL
import Glibc
import HTTPServer

/// A TLS client whose records a test cuts, holds back or spoils before they reach the socket; for ``onThread(_:)``.
final class TLSClient {
    enum Failure: Error {
        case handshake(String)
        case timedOut
    }

    /// How a stream ended.
    enum Ending: Equatable { case goodbye, cut }

    let socket: RawClient
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer?
    private let outgoing: OpaquePointer?
    private let fragment: Int
    private var plain: [UInt8] = []
    private(set) var ending: Ending?

    /// - Parameters:
    ///   - maximum: Such as `TLS1_2_VERSION`; 0 for the newest.
    ///   - protocols: What ALPN offers.
    ///   - fragment: Bytes a packet.
    init(port: UInt16, maximum: Int32 = 0, protocols: [String] = [], fragment: Int = .max) throws {
        socket = try RawClient(port: port)
        guard let context = SSL_CTX_new(TLS_client_method()), let ssl = SSL_new(context) else { throw Failure.timedOut }
        self.context = context
        self.ssl = ssl
        self.fragment = fragment
        if maximum != 0 { SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(maximum), nil) }
        let offer = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !offer.isEmpty { SSL_set_alpn_protos(ssl, offer, UInt32(offer.count)) }
        incoming = BIO_new(BIO_s_mem())
        outgoing = BIO_new(BIO_s_mem())
        BIO_ctrl(incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nil)
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    /// Goes through the handshake.
    func connect() throws {
        while true {
            ERR_clear_error()
            let result = SSL_do_handshake(ssl)
            let error = SSL_get_error(ssl, result)
            push()
            if result == 1 { return }
            guard error == SSL_ERROR_WANT_READ, try pull() else {
                let reason = ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) }
                throw Failure.handshake(reason ?? "cut")
            }
        }
    }

    var version: Int32 { SSL_version(ssl) }

    /// What the server chose by ALPN.
    var chosenProtocol: String {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &start, &count)
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// The records of `text`, not yet sent.
    func seal(_ text: String) -> [UInt8] { seal(Array(text.utf8)) }

    func seal(_ bytes: [UInt8]) -> [UInt8] {
        SSL_write(ssl, bytes, Int32(bytes.count))
        return drain()
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) { transmit(seal(bytes)) }

    /// Says that nothing more comes, and keeps reading.
    func sayGoodbye() {
        SSL_shutdown(ssl)
        push()
    }

    /// One answer whose length is declared.
    func readAnswer() throws -> (status: Int, body: [UInt8]) {
        let head = try read { bytes in
            guard bytes.count >= 4 else { return nil }
            return (3..<bytes.count).first { bytes[($0 - 3)...$0].elementsEqual([13, 10, 13, 10]) }.map { $0 + 1 }
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }.flatMap {
            Int($0.split(separator: ":")[1].drop { $0 == " " })
        }
        return (status, try read { $0.count >= length ?? 0 ? length ?? 0 : nil })
    }

    /// One chunked answer, head and chunk sizes included.
    func readStream() throws -> String {
        let end = Array("\r\n0\r\n\r\n".utf8)
        return String(decoding: try read { $0.suffix(end.count).elementsEqual(end) ? $0.count : nil }, as: UTF8.self)
    }

    /// Everything up to the end.
    func readToEnd() throws -> String {
        while ending == nil { try decrypt() }
        defer { plain = [] }
        return String(decoding: plain, as: UTF8.self)
    }

    private func read(_ end: ([UInt8]) -> Int?) throws -> [UInt8] {
        while true {
            if let count = end(plain) {
                defer { plain.removeFirst(count) }
                return Array(plain[..<count])
            }
            guard ending == nil else {
                throw RawClient.Failure.closed(soFar: String(decoding: plain.prefix(300), as: UTF8.self))
            }
            try decrypt()
        }
    }

    private func decrypt() throws {
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        ERR_clear_error()
        let count = SSL_read(ssl, &block, Int32(block.count))
        if count > 0 {
            plain += block[..<Int(count)]
            return
        }
        switch SSL_get_error(ssl, count) {
        case SSL_ERROR_WANT_READ:
            push()
            if try !pull() { ending = .cut }
        case SSL_ERROR_ZERO_RETURN: ending = .goodbye
        default: ending = .cut
        }
    }

    private func drain() -> [UInt8] {
        var all: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = BIO_read(outgoing, &block, Int32(block.count))
            if count <= 0 { return all }
            all += block[..<Int(count)]
        }
    }

    private func push() { transmit(drain()) }

    private func transmit(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            socket.send(Array(rest.prefix(fragment)))
            rest = rest.dropFirst(fragment)
        }
    }

    /// False at the end of the stream.
    private func pull() throws -> Bool {
        guard let bytes = try socket.receiveSome() else { return false }
        BIO_write(incoming, bytes, Int32(bytes.count))
        return true
    }
}

/// A certificate and key on disk, for as long as the value lives.
final class ServedCertificate: Sendable {
    private let directory: TemporaryDirectory
    let certificate: String
    let key: String

    init() throws {
        directory = try TemporaryDirectory()
        (certificate, key) = (directory.path + "/cert.pem", directory.path + "/key.pem")
        try renew()
    }

    /// Puts a new pair in the files' place.
    func renew() throws {
        guard let made = SelfSignedCertificate(hosts: ["localhost"], days: 2) else { throw TLSClient.Failure.timedOut }
        put(made.certificate, certificate)
        put(made.key, key)
    }

    func context(_ minimum: TLSVersion = .v1_3) throws -> TLSContext {
        try TLSContext(certificate: certificate, key: key, minimum: minimum)
    }

    func put(_ bytes: [UInt8], _ path: String, mode: mode_t = 0o600) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}
