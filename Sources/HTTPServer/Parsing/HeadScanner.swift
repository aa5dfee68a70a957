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
            if position >= limits.headByteCount { throw RequestFault(431, "request head too large") }
            if isInRequestLine, position >= longestRequestLine { throw RequestFault(414, "request target too long") }
            if input[position] == ASCII.lineFeed {
                guard position > 0, input[position - 1] == ASCII.carriageReturn else {
                    throw RequestFault(400, "line without carriage return")
                }
                isInRequestLine = false
                if position - 1 == lineStart { return position + 1 }
                lineStart = position + 1
            }
            position += 1
        }
        return nil
    }
}
