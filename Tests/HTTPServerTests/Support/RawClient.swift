import Glibc

/// A blocking socket that sends exactly the bytes a test wants and reads answers strictly; for ``onThread(_:)``.
final class RawClient {
    enum Failure: Error {
        case cannotConnect(Int32)
        case timedOut(soFar: String)
        case closed(soFar: String)
        case malformed(String)
    }

    struct Answer: Sendable, Equatable {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private(set) var isOpen = true

    /// - Parameter source: The IPv4 address to come from.
    init(port: UInt16, host: String = "127.0.0.1", sendBuffer: Int32? = nil, from source: String? = nil) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let entry = found else {
            throw Failure.cannotConnect(0)
        }
        defer { freeaddrinfo(found) }
        descriptor = socket(entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if var size = sendBuffer { setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, 4) }
        if let source {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, source, &address.sin_addr)
            let descriptor = descriptor
            let code = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 ? 0 : errno
                }
            }
            if code != 0 {
                Glibc.close(descriptor)
                throw Failure.cannotConnect(code)
            }
        }
        if connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) != 0 {
            let code = errno
            Glibc.close(descriptor)
            throw Failure.cannotConnect(code)
        }
    }

    init(unix path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? 0 : errno
            }
        }
        if code != 0 {
            Glibc.close(descriptor)
            throw Failure.cannotConnect(code)
        }
    }

    deinit { close() }

    // MARK: Out

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Sends what the socket takes without waiting; the number of bytes.
    func sendSome(_ bytes: [UInt8]) -> Int {
        max(
            0,
            bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            })
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }

    /// Closes with a reset instead of a polite end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    // MARK: In

    /// Something has come that was not read yet.
    var hasInput: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) > 0
    }

    /// Reads once; nil at the end of the stream.
    private func readMore(seconds: Int) throws -> Int? {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&state, 1, Int32(seconds * 1000)) > 0 else { throw Failure.timedOut(soFar: text(buffer)) }
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &block, block.count, 0)
        if count <= 0 { return nil }
        buffer += block[..<count]
        return count
    }

    /// What comes next, whatever it is; nil at the end of the stream.
    func receiveSome(seconds: Int = 20) throws -> [UInt8]? {
        guard try !buffer.isEmpty || readMore(seconds: seconds) != nil else { return nil }
        defer { buffer = [] }
        return buffer
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(2000), as: UTF8.self) }

    /// Everything up to the end of the stream.
    func readToEnd(seconds: Int = 20) throws -> String {
        while try readMore(seconds: seconds) != nil {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Reads until `marker` has come, and gives all up to and with it.
    func read(until marker: String, seconds: Int = 20) throws -> String {
        let marker = Array(marker.utf8)
        var searched = 0
        while true {
            if let end = find(marker, from: searched) {
                defer { buffer.removeFirst(end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            searched = max(0, buffer.count - marker.count)
            guard try readMore(seconds: seconds) != nil else { throw Failure.closed(soFar: text(buffer)) }
        }
    }

    private func find(_ marker: [UInt8], from start: Int) -> Int? {
        guard buffer.count >= start + marker.count else { return nil }
        for place in start...(buffer.count - marker.count) where buffer[place] == marker[0] {
            if buffer[place..<place + marker.count].elementsEqual(marker) { return place + marker.count }
        }
        return nil
    }

    private func read(count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try readMore(seconds: 20) != nil else { throw Failure.closed(soFar: text(buffer)) }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// One answer, its body by the framing it declares.
    func readAnswer(toHead: Bool = false) throws -> Answer {
        let lines = try read(until: "\r\n\r\n").split(separator: "\r\n").map(String.init)
        let status = lines[0].split(separator: " ")
        guard status.count >= 2, status[0] == "HTTP/1.1", let code = Int(status[1]) else {
            throw Failure.malformed(lines[0])
        }
        var answer = Answer(status: code, fields: [:], body: [])
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Failure.malformed(line) }
            answer.fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        if toHead || code == 204 || code == 304 || code < 200 { return answer }
        if answer.fields["transfer-encoding"] == "chunked" {
            while true {
                let line = try read(until: "\r\n").dropLast(1)
                guard let size = Int(line, radix: 16) else { throw Failure.malformed(String(line)) }
                answer.body += try read(count: size)
                guard try read(count: 2) == [13, 10] else { throw Failure.malformed("chunk end") }
                if size == 0 { return answer }
            }
        } else if let length = answer.fields["content-length"] {
            guard let length = Int(length) else { throw Failure.malformed(length) }
            answer.body = try read(count: length)
        } else {
            answer.body = Array(try readToEnd().utf8)
        }
        return answer
    }

    /// Whether the server closes within the time, sending nothing before.
    func isClosedByServer(seconds: Int = 20) throws -> Bool {
        let count = buffer.count
        return try readMore(seconds: seconds) == nil && buffer.count == count
    }
}
