import Glibc

/// Reads a file or a pipe line by line in bounded memory.
///
/// A line longer than the limit is passed over and reported, not kept: memory stays at the limit plus one block.
package struct FileLineReader: ~Copyable {
    package enum Line {
        /// The bytes without the line break.
        case text([UInt8])
        /// A line of more than the limit was skipped.
        case tooLong
    }

    private let path: String
    private let descriptor: Int32
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Bytes read so far.
    package private(set) var byteCount = 0
    private static let blockSize = 256 << 10

    /// - Parameters:
    ///   - path: A file, or `-` for standard input.
    ///   - limit: Longest line in bytes.
    /// - Throws: ``CommandFailure`` naming the path.
    package init(_ path: String, limit: Int = 16 << 20) throws(CommandFailure) {
        if path == "-" {
            descriptor = dup(STDIN_FILENO)
        } else {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        self.path = path
        self.limit = limit
    }

    /// Reads an open file from its start.
    /// - Parameter path: For messages.
    package init(copyOf descriptor: Int32, path: String, limit: Int = 16 << 20) throws(CommandFailure) {
        self.descriptor = dup(descriptor)
        self.path = path
        self.limit = limit
        guard self.descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
        }
    }

    /// The next line; `nil` at the end.
    package mutating func next() throws(CommandFailure) -> Line? {
        var scanned = start
        var skipping = false
        while true {
            if let end = lineFeed(from: scanned) {
                defer { start = end + 1 }
                return skipping || end - start > limit ? .tooLong : .text(line(upTo: end))
            }
            scanned = buffer.count
            if buffer.count - start > limit {
                skipping = true
                buffer.removeAll(keepingCapacity: true)
                (start, scanned) = (0, 0)
            }
            if isAtEnd {
                guard start < buffer.count || skipping else { return nil }
                defer { start = buffer.count }
                return skipping ? .tooLong : .text(line(upTo: buffer.count))
            }
            if start > 0 {
                buffer.removeFirst(start)
                (start, scanned) = (0, buffer.count)
            }
            try fill()
        }
    }

    private func lineFeed(from position: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard position < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + position, Int32(UInt8(ascii: "\n")), bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private func line(upTo end: Int) -> [UInt8] {
        var end = end
        if end > start, buffer[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return Array(buffer[start..<end])
    }

    private mutating func fill() throws(CommandFailure) {
        let descriptor = descriptor
        var count = 0
        let room = Self.blockSize
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: room))
        buffer.withUnsafeMutableBytes { bytes in
            repeat {
                count = read(descriptor, bytes.baseAddress.map { $0 + old }, room)
            } while count < 0 && errno == EINTR
        }
        buffer.removeLast(room - max(0, count))
        guard count >= 0 else { throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))") }
        byteCount += count
        isAtEnd = count == 0
    }
}

/// What a command could not do, in words for its user; ends with exit code 1.
package struct CommandFailure: Error {
    package var message: String
    /// That of the answer which says so, where one does.
    package var status: Int?

    package init(_ message: String, status: Int? = nil) {
        self.message = message
        self.status = status
    }
}
