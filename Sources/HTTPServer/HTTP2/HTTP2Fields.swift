import CNGHTTP2

/// The head of an answer in the form nghttp2 takes: lower-case names, no field of the connection's own.
package struct HTTP2Fields {
    /// Names and values, one behind the other.
    private var bytes: [UInt8] = []
    private var lengths: [(name: Int, value: Int)] = []

    package init(status: Int) {
        append(":status", String(status).utf8)
    }

    /// - Parameters:
    ///   - date: The line `Date: …` of an HTTP/1.1 head.
    ///   - length: Bytes of the content, also of one left out for `HEAD`; nil where it is not known or there is none.
    package init(status: Int, headers: HTTPHeaders, date: [UInt8], length: Int?) {
        self.init(status: status)
        bytes.reserveCapacity(384)
        append("date", date.dropFirst(6).dropLast(2))
        for field in headers.fields where !Self.isConnections(field.name) { append(field) }
        if let length { append("content-length", String(length).utf8) }
    }

    private mutating func append(_ name: StaticString, _ value: some Collection<UInt8>) {
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: value)
        lengths.append((name.utf8CodeUnitCount, value.count))
    }

    private mutating func append(_ field: HTTPHeaders.Field) {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(ASCII.isTokenCharacter) else { return }
        bytes.append(contentsOf: field.name.utf8.lazy.map(ASCII.lowercased))
        // Space around a value is not part of it, and a line end in it is nobody's business.
        let value = field.value.utf8.map { ASCII.isValueByte($0) ? $0 : ASCII.space }
        let isSpace: (UInt8) -> Bool = { $0 == ASCII.space || $0 == ASCII.tab }
        let first = value.firstIndex { !isSpace($0) } ?? value.endIndex
        let last = value.lastIndex { !isSpace($0) } ?? value.startIndex
        let kept = first <= last && first < value.endIndex ? value[first...last] : []
        bytes.append(contentsOf: kept)
        lengths.append((field.name.utf8.count, kept.count))
    }

    /// RFC 9113, section 8.2.2, and what the server writes itself.
    private static func isConnections(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: ASCII.equalIgnoringCase(name, "date")
        case 7: ASCII.equalIgnoringCase(name, "upgrade")
        case 10: ASCII.equalIgnoringCase(name, "connection") || ASCII.equalIgnoringCase(name, "keep-alive")
        case 14: ASCII.equalIgnoringCase(name, "content-length")
        case 16: ASCII.equalIgnoringCase(name, "proxy-connection")
        case 17: ASCII.equalIgnoringCase(name, "transfer-encoding")
        default: false
        }
    }

    /// Gives the fields to nghttp2, which copies them.
    func withValues(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Void) {
        var bytes = bytes
        bytes.withUnsafeMutableBufferPointer { bytes in
            guard var place = bytes.baseAddress else { return }
            let values = lengths.map { length in
                let value = place + length.name
                defer { place = value + length.value }
                return nghttp2_nv(
                    name: place, value: value, namelen: length.name, valuelen: length.value,
                    flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
            }
            values.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
        }
    }
}

/// The content of one answer on its way out.
package final class HTTP2Output {
    private var queue = OutputQueue()
    private var isFinished = false
    /// nghttp2 has asked and found nothing.
    var isDeferred = false
    /// Bytes handed to frames so far.
    private(set) var sentByteCount = 0

    package init() {}

    /// Bytes that no frame has taken yet.
    package var pendingByteCount: Int { queue.byteCount }

    /// Nothing is left and nothing will come.
    var isAtEnd: Bool { isFinished && queue.byteCount == 0 }

    package func append(_ bytes: [UInt8]) { queue.append(bytes) }

    package func finish() { isFinished = true }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < buffer.count, queue.byteCount > 0 {
            let taken = queue.withFirst { piece in
                let part = UnsafeRawBufferPointer(rebasing: piece.prefix(buffer.count - count))
                UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(from: part)
                return part.count
            }
            queue.advance(by: taken)
            count += taken
        }
        sentByteCount += count
        return count
    }
}
