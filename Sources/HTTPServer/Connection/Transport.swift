import CEvent
import Glibc

/// One connected socket, with TLS on it or without: reads when asked, writes at once and queues what the socket refuses.
///
/// libevent only tells when the socket is ready. Lives inside its connection's actor.
///
/// TLS adds three rules. Input may be held where no event announces it, so ``setReading(_:)`` and ``readOn()`` ask for
/// it. A handshake may want to write before it can read and the reverse; the two flags below remember who waits. What
/// was offered once must be offered again, so everything goes through the queue.
final class Transport {
    /// The outcome of a read.
    enum Received {
        /// Without `more` the next event tells of the next bytes.
        case bytes(Int, more: Bool)
        case wouldBlock
        case end
        case failed
        /// The client speaks plain HTTP where TLS is spoken; from now on this side does too.
        case notTLS
    }

    private let descriptor: Int32
    private let context: UnsafeMutableRawPointer
    private let base: OpaquePointer
    private let readEvent: OpaquePointer
    private var writeEvent: OpaquePointer?
    private var output = OutputQueue()
    private var tls: TLSSession?
    /// The first byte of a TLS client has been seen.
    private var isGreeted = false
    private var readWaitsForWrite = false
    private var writeWaitsForRead = false
    private(set) var isReading = false
    private(set) var isOpen = true
    /// Bytes the socket has taken so far; a sign of life from the peer.
    private(set) var sentByteCount = 0

    /// Takes the descriptor over, or returns nil and leaves it.
    init?(descriptor: Int32, tls: TLSSession?, connection: Connection, base: OpaquePointer) {
        let context = Unmanaged.passUnretained(connection).toOpaque()
        guard
            let readEvent = event_new(
                base, descriptor, Int16(EV_READ | EV_PERSIST),
                { _, _, context in
                    guard let context else { return }
                    Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().assumeIsolated {
                        $0.socketReadable()
                    }
                }, context)
        else { return nil }
        self.descriptor = descriptor
        self.tls = tls
        self.context = context
        self.base = base
        self.readEvent = readEvent
    }

    deinit { close(politely: false) }

    /// Whether requests can come: at once without TLS, with it after the handshake.
    var isEstablished: Bool { tls?.isEstablished ?? true }

    /// Whether the peer speaks TLS.
    var isEncrypted: Bool { tls != nil }

    /// HTTP/2 was agreed on in the handshake.
    var speaksHTTP2: Bool { tls?.speaksHTTP2 ?? false }

    /// The verified name of the peer's certificate; nil without one.
    var clientName: String? { tls?.clientName }

    // MARK: In

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        guard isOpen else { return .wouldBlock }
        if let tls { return receive(tls, into: buffer) }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            // A short read has emptied the socket.
            if count > 0 { return .bytes(count, more: count == buffer.count) }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed
        }
    }

    private func receive(_ tls: TLSSession, into buffer: UnsafeMutableRawBufferPointer) -> Received {
        switch greet() {
        case .rubbish: return .failed
        case .plain:
            self.tls = nil
            guard output.byteCount > 0 else { return .notTLS }
            // A refusal was waiting for the handshake.
            awaitWritable()
            return .wouldBlock
        case .tls, .nothing: break
        }
        let step = tls.read(into: buffer)
        if writeWaitsForRead {
            writeWaitsForRead = false
            awaitWritable()
        }
        switch step {
        case .moved(let count): return .bytes(count, more: tls.holdsInput)
        case .wantsRead: return .wouldBlock
        case .wantsWrite:
            readWaitsForWrite = true
            awaitWritable()
            return .wouldBlock
        case .end: return .end
        case .failed: return .failed
        }
    }

    /// What a client's first byte tells of it.
    private enum Greeting {
        case tls, plain, rubbish
        /// It has sent nothing yet, or is gone.
        case nothing
    }

    /// Looks at the first byte before OpenSSL takes it.
    private func greet() -> Greeting {
        if isGreeted { return .tls }
        var first: UInt8 = 0
        guard recv(descriptor, &first, 1, Int32(MSG_PEEK)) == 1 else { return .nothing }
        isGreeted = true
        // A TLS connection begins with a handshake record, HTTP with the letters of a method.
        if first == Self.handshakeRecord { return .tls }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) ? .plain : .rubbish
    }

    private static let handshakeRecord: UInt8 = 22

    func setReading(_ wanted: Bool) {
        guard isOpen, wanted != isReading else { return }
        isReading = wanted
        _ = wanted ? event_add(readEvent, nil) : event_del(readEvent)
        readOn()
    }

    /// Makes sure that an event comes for input that has left the socket already.
    func readOn() {
        if isOpen, isReading, tls?.holdsInput ?? false { event_active(readEvent, Int32(EV_READ), 0) }
    }

    /// The peer has closed both directions or reset the connection; for a socket that is not being read.
    var isHungUp: Bool {
        guard isOpen else { return true }
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0 && Int32(state.revents) & (POLLHUP | POLLERR) != 0
    }

    // MARK: Out

    /// Bytes accepted but not yet taken by the socket.
    var pendingByteCount: Int { output.byteCount }

    /// Sends both parts, in one system call if nothing waits; false: the peer is gone.
    func send(_ head: [UInt8], _ body: [UInt8] = []) -> Bool {
        guard isOpen else { return false }
        if tls != nil { return sendEncrypted(head, body) }
        var sent = 0
        if output.byteCount == 0 {
            let count = Self.sendNow(descriptor, head, body)
            if count < 0, errno != EAGAIN, errno != EINTR { return false }
            sent = max(0, count)
            sentByteCount += sent
            if sent == head.count + body.count { return true }
        }
        output.append(head, from: min(sent, head.count))
        output.append(body, from: max(0, sent - head.count))
        awaitWritable()
        return true
    }

    /// One record for what fits into one: two would be two packets.
    private func sendEncrypted(_ head: [UInt8], _ body: [UInt8]) -> Bool {
        let isIdle = output.byteCount == 0
        if head.count + body.count <= Self.recordSize {
            output.append(body.isEmpty ? head : head + body)
        } else {
            output.append(head)
            output.append(body)
        }
        return isIdle ? flush() : true
    }

    private static let recordSize = 16 * 1024

    private static func sendNow(_ descriptor: Int32, _ head: [UInt8], _ body: [UInt8]) -> Int {
        head.withUnsafeBytes { head in
            body.withUnsafeBytes { body in
                withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
                    parts[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count)
                    parts[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
                    var message = msghdr()
                    message.msg_iov = parts.baseAddress
                    message.msg_iovlen = body.isEmpty ? 1 : 2
                    // writev, but a closed peer raises no SIGPIPE.
                    return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// The socket can take more; false: the peer is gone.
    func flush() -> Bool {
        if readWaitsForWrite {
            readWaitsForWrite = false
            event_active(readEvent, Int32(EV_READ), 0)
        }
        if let tls { return flush(tls) }
        // Bounded, so that one fast reader of a large answer does not hold up the loop.
        for _ in 0..<16 where isOpen && output.byteCount > 0 {
            let count = output.withFirst { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { break }
                return false
            }
            output.advance(by: count)
            sentByteCount += count
        }
        if output.byteCount > 0 { awaitWritable() }
        return true
    }

    private func flush(_ tls: TLSSession) -> Bool {
        switch greet() {
        case .tls: break
        case .rubbish: return false
        case .plain:
            self.tls = nil
            return flush()
        case .nothing:
            writeWaitsForRead = true
            return true
        }
        for _ in 0..<16 where isOpen && output.byteCount > 0 {
            switch output.withFirst(tls.write) {
            case .moved(let count):
                output.advance(by: count)
                sentByteCount += count
            case .wantsRead:
                writeWaitsForRead = true
                return true
            case .wantsWrite:
                awaitWritable()
                return true
            case .end, .failed: return false
            }
        }
        if output.byteCount > 0 { awaitWritable() }
        return true
    }

    private func awaitWritable() {
        if writeEvent == nil {
            writeEvent = event_new(
                base, descriptor, Int16(EV_WRITE),
                { _, _, context in
                    guard let context else { return }
                    Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().assumeIsolated {
                        $0.socketWritable()
                    }
                }, context)
        }
        if let writeEvent { event_add(writeEvent, nil) }
    }

    /// Says that nothing more will be sent; the peer may go on sending.
    func finishWriting() {
        guard isOpen else { return }
        tls?.sayGoodbye()
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// - Parameter politely: Whether all that was announced has been sent; else the client must not take it for complete.
    func close(politely: Bool) {
        guard isOpen else { return }
        if politely { tls?.sayGoodbye() }
        tls = nil
        isOpen = false
        isReading = false
        event_free(readEvent)
        if let writeEvent { event_free(writeEvent) }
        writeEvent = nil
        output = OutputQueue()
        Glibc.close(descriptor)
    }
}
