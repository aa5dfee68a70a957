import Glibc
import HTTPServer

/// A blocking HTTP client for one peer alone: the server that runs on a data folder, through its socket file.
///
/// No library for this: loading libcurl and the thirty libraries behind it takes longer than a search. It speaks
/// HTTP/1.0, with which the server marks the end of every answer by closing, so there are no chunks to decode.
package struct HTTPClient: Sendable {
    package struct Reply: Sendable {
        package var status: Int
        package var body: [UInt8]
    }

    /// The server could not be reached or broke off.
    package struct Unreachable: Error {
        var reason: String

        init(reason: String) {
            self.reason = reason
        }

        /// With what the system says about the last call.
        fileprivate init(_ what: String) {
            reason = "\(what): \(String(cString: strerror(errno)))"
        }
    }

    /// `run/carrel.sock` of a data folder.
    private let socket: String
    /// For one call from first to last byte; bulk writes embed nothing, so this is ample.
    private let timeout: Duration

    package init(socket: String, timeout: Duration = .seconds(600)) {
        self.socket = socket
        self.timeout = timeout
    }

    /// Sends one request and returns the whole answer.
    /// - Throws: ``Unreachable``.
    package func send(method: String, target: String, headers: [(String, String)], body: [UInt8]) throws(Unreachable)
        -> Reply
    {
        let deadline = ContinuousClock.now + timeout
        let descriptor = try connect()
        defer { close(descriptor) }
        var head = "\(method) \(target) HTTP/1.0\r\nHost: localhost\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if method != "GET" { head += "Content-Length: \(body.count)\r\n" }
        let answer = try exchange(Array((head + "\r\n").utf8), body, over: descriptor, until: deadline)
        return try Self.reply(answer)
    }

    private func connect() throws(Unreachable) -> Int32 {
        guard var address = SocketAddress.unix(socket) else {
            throw Unreachable(reason: "\(socket) is no path of a socket")
        }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Unreachable("socket") }
        let size = socklen_t(MemoryLayout.size(ofValue: address))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard code == 0 else {
            let problem = Unreachable(socket)
            close(descriptor)
            throw problem
        }
        return descriptor
    }

    /// Writes and reads as the peer is ready for either: it may answer before it has read everything, and then stop
    /// reading.
    private func exchange(
        _ head: [UInt8], _ body: [UInt8], over descriptor: Int32, until deadline: ContinuousClock.Instant
    ) throws(Unreachable) -> [UInt8] {
        var parts = [head[...], body[...]].filter { !$0.isEmpty }
        var answer: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw Unreachable(reason: "no answer within \(timeout)") }
            let wanted = POLLIN | (parts.isEmpty ? 0 : POLLOUT)
            var watched = pollfd(fd: descriptor, events: Int16(wanted), revents: 0)
            guard poll(&watched, 1, Int32(min(left.rounded(.up), 3.6e6))) >= 0 || errno == EINTR else {
                throw Unreachable("poll")
            }
            if Int32(watched.revents) & POLLOUT != 0, let part = parts.first {
                let count = part.withUnsafeBytes {
                    Glibc.send(
                        descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
                if count >= 0 {
                    parts[0] = part.dropFirst(count)
                    if parts[0].isEmpty { parts.removeFirst() }
                } else if errno != EAGAIN, errno != EINTR {
                    // The peer reads no more; what it has answered is still to be had.
                    parts = []
                }
            }
            if Int32(watched.revents) & (POLLIN | POLLHUP | POLLERR) != 0 {
                let count = recv(descriptor, &block, block.count, Int32(MSG_DONTWAIT))
                if count > 0 {
                    answer += block[..<count]
                } else if count == 0 || (errno == ECONNRESET && !answer.isEmpty) {
                    return answer
                } else if errno != EAGAIN, errno != EINTR {
                    throw Unreachable("the server broke off")
                }
            }
        }
    }

    /// Takes an answer apart: status line, fields, content.
    private static func reply(_ answer: [UInt8]) throws(Unreachable) -> Reply {
        guard let end = headEnd(answer) else { throw Unreachable(reason: "the server broke off") }
        let lines = String(decoding: answer[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Unreachable(reason: "that is no HTTP server")
        }
        let body = Array(answer[(end + 4)...])
        for line in lines.dropFirst() where line.lowercased().hasPrefix("content-length:") {
            let length = line.dropFirst("content-length:".count).drop { $0 == " " }
            guard Int(length) == body.count else { throw Unreachable(reason: "the answer was cut short") }
        }
        return Reply(status: status, body: body)
    }

    /// Where the empty line behind the fields begins.
    private static func headEnd(_ answer: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard answer.count >= mark.count else { return nil }
        return (0...answer.count - mark.count).first { answer[$0..<$0 + mark.count].elementsEqual(mark) }
    }
}
