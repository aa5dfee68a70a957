import Glibc

/// Cuts what comes in pieces into lines, in bounded memory.
package struct LineSplitter {
    package enum Line: Equatable {
        /// Without its end, `\n` or `\r\n`.
        case text([UInt8])
        /// Longer than the limit and dropped.
        case tooLong
    }

    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var isSkipping = false

    /// - Parameter limit: Bytes of the longest line that is kept.
    package init(limit: Int) {
        self.limit = limit
    }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            scanned -= start
            start = 0
        }
        buffer += bytes
    }

    /// The next whole line, or nil when more must come first.
    package mutating func next() -> Line? {
        guard let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = buffer.count
            if scanned - start > limit {
                isSkipping = true
                buffer = []
                (start, scanned) = (0, 0)
            }
            return nil
        }
        defer { (start, scanned, isSkipping) = (end + 1, end + 1, false) }
        return line(upTo: end)
    }

    /// What stands behind the last line's end, once nothing more comes.
    package mutating func rest() -> Line? {
        guard isSkipping || start < buffer.count else { return nil }
        defer { self = LineSplitter(limit: limit) }
        return line(upTo: buffer.count)
    }

    private func line(upTo end: Int) -> Line {
        if isSkipping || end - start > limit { return .tooLong }
        let hasReturn = end > start && buffer[end - 1] == UInt8(ascii: "\r")
        return .text(Array(buffer[start..<(hasReturn ? end - 1 : end)]))
    }
}
