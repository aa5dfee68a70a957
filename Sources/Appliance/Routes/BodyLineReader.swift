import HTTPServer

/// Cuts a streamed body into lines, holding one line at a time.
///
/// A line above the limit is dropped as it comes and reported by its length alone. The last line needs no end.
struct BodyLineReader {
    enum Line: Sendable, Equatable {
        /// Without its end, `\n` or `\r\n`.
        case bytes([UInt8])
        case tooLong
    }

    private var pieces: RequestBody.AsyncIterator
    private let limit: Int
    private var piece: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    init(_ body: RequestBody, limit: Int) {
        pieces = body.makeAsyncIterator()
        self.limit = limit
    }

    /// The next line, or nil after the last.
    mutating func next() async throws -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        var isStarted = false
        while true {
            if position == piece.count {
                guard !isAtEnd, let more = try await pieces.next() else {
                    isAtEnd = true
                    return isStarted ? finished(line, isTooLong) : nil
                }
                piece = more
                position = 0
                continue
            }
            isStarted = true
            let end = piece[position...].firstIndex(of: UInt8(ascii: "\n"))
            let part = piece[position..<(end ?? piece.count)]
            if isTooLong || line.count + part.count > limit {
                isTooLong = true
                line = []
            } else {
                line += part
            }
            position = end.map { $0 + 1 } ?? piece.count
            if end != nil { return finished(line, isTooLong) }
        }
    }

    private func finished(_ line: [UInt8], _ isTooLong: Bool) -> Line {
        if isTooLong { return .tooLong }
        return .bytes(line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : line)
    }
}
