import CEvent
import Glibc

/// One connected socket: reads when asked, writes at once and queues what the socket refuses.
///
/// libevent only tells when the socket is ready. Lives inside its connection's actor.
final class Transport {
    /// The outcome of a read.
    enum Received {
        case bytes(Int)
        case wouldBlock
        case end
        case failed
    }

    private let descriptor: Int32
    private let context: UnsafeMutableRawPointer
    private let base: OpaquePointer
    private let readEvent: OpaquePointer
    private var writeEvent: OpaquePointer?
    private var output = OutputQueue()
    private(set) var isReading = false
    private(set) var isOpen = true
    /// Bytes the socket has taken so far; a sign of life from the peer.
    private(set) var sentByteCount = 0

    /// Takes the descriptor over, or returns nil and leaves it.
    init?(descriptor: Int32, connection: Connection, base: OpaquePointer) {
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
        self.context = context
        self.base = base
        self.readEvent = readEvent
    }

    deinit { close() }

    // MARK: In

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        guard isOpen else { return .wouldBlock }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno == EINTR { continue }
            return errno == EAGAIN ? .wouldBlock : .failed
        }
    }

    func setReading(_ wanted: Bool) {
        guard isOpen, wanted != isReading else { return }
        isReading = wanted
        _ = wanted ? event_add(readEvent, nil) : event_del(readEvent)
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
        if isOpen { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        isReading = false
        event_free(readEvent)
        if let writeEvent { event_free(writeEvent) }
        writeEvent = nil
        output = OutputQueue()
        Glibc.close(descriptor)
    }
}
