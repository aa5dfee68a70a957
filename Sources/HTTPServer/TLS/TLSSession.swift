import COpenSSL

/// The server's side of TLS on one non-blocking socket: the handshake happens inside the first reads and writes.
///
/// Knows nothing of events: whoever calls waits for what a step wants.
final class TLSSession {
    /// The outcome of a read or a write.
    enum Step {
        case moved(Int)
        case wantsRead
        case wantsWrite
        /// The peer said that it will send nothing more.
        case end
        /// The handshake failed, a record was damaged, or the connection was cut without a word.
        case failed
    }

    let ssl: OpaquePointer
    private var isBroken = false

    /// Takes `ssl` over; the descriptor stays the caller's.
    init?(_ ssl: OpaquePointer, descriptor: Int32) {
        self.ssl = ssl
        guard SSL_set_fd(ssl, descriptor) == 1 else { return nil }
        SSL_set_accept_state(ssl)
    }

    deinit { SSL_free(ssl) }

    /// Whether the handshake is over.
    var isEstablished: Bool { SSL_is_init_finished(ssl) == 1 }

    /// Whether ALPN chose HTTP/2; known after the handshake.
    var speaksHTTP2: Bool {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        return UnsafeBufferPointer(start: name, count: Int(count)).elementsEqual("h2".utf8)
    }

    /// Whether input has been taken from the socket that no event will announce again.
    var holdsInput: Bool { !isBroken && SSL_has_pending(ssl) == 1 }

    /// Reads at most one record.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        guard !isBroken else { return .failed }
        ERR_clear_error()
        var count = 0
        let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
        return result == 1 ? .moved(count) : step(after: result)
    }

    /// Writes at most one record.
    ///
    /// After `wantsRead` or `wantsWrite` the next call must offer the same bytes, and may offer more behind them.
    func write(_ bytes: UnsafeRawBufferPointer) -> Step {
        guard !isBroken else { return .failed }
        ERR_clear_error()
        var count = 0
        let result = SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count)
        return result == 1 ? .moved(count) : step(after: result)
    }

    /// Tells the peer that nothing more will be sent, if there is somebody to tell.
    func sayGoodbye() {
        guard !isBroken, isEstablished, SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN == 0 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
    }

    private func step(after result: Int32) -> Step {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .end
        default:
            // Nothing may be called on it any more, not even a shutdown.
            isBroken = true
            return .failed
        }
    }
}
