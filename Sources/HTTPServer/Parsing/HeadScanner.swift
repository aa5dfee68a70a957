import Glibc

/// Finds the end of a request head in bytes that arrive in any pieces.
///
/// Every decision depends on a byte's position only, so that the pieces cannot change the outcome.
struct HeadScanner: Sendable {
    private var position = 0
    private var lineStart = 0
    private var isInRequestLine = true

    /// Looks on from where the last call stopped.
    ///
    /// - Parameter input: The head from its first byte on, longer than at the last call.
    /// - Returns: The index behind the empty line, or nil if it is not there yet.
    /// - Throws: 400 for a byte no method begins with or a line end without carriage return, 414 and 431 for lengths.
    mutating func endOfHead(in input: Span<UInt8>, limits: HTTPLimits) throws(RequestFault) -> Int? {
        // Spared the rest of a head: someone who speaks TLS to a plain port.
        if position == 0, input.count > 0, !ASCII.isTokenCharacter(input[0]) {
            throw RequestFault(400, "not an HTTP request")
        }
        // Method, two spaces and version stand beside the target.
        let longestRequestLine = limits.targetByteCount + 64
        while position < input.count {
            let limit = isInRequestLine ? min(longestRequestLine, limits.headByteCount) : limits.headByteCount
            let end = min(input.count, limit)
            guard position < end, let lineEnd = Self.lineFeed(in: input, position..<end) else {
                position = max(position, end)
                if position == input.count { return nil }
                throw position >= limits.headByteCount
                    ? RequestFault(431, "request head too large") : RequestFault(414, "request target too long")
            }
            guard lineEnd > 0, input[lineEnd - 1] == ASCII.carriageReturn else {
                throw RequestFault(400, "line without carriage return")
            }
            position = lineEnd + 1
            isInRequestLine = false
            if lineEnd - 1 == lineStart { return position }
            lineStart = position
        }
        return nil
    }

    private static func lineFeed(in input: Span<UInt8>, _ range: Range<Int>) -> Int? {
        input.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress,
                let found = memchr(start + range.lowerBound, Int32(ASCII.lineFeed), range.count)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(start)
        }
    }
}
