/// Turns the bytes of a connection into requests: a pure value without clock or socket.
///
/// Offer it the bytes not yet consumed; it says how many it used and what they meant. However the bytes are cut into
/// pieces, heads, body and faults come out the same.
package struct RequestDecoder: Sendable {
    /// What was found.
    package enum Event: Sendable {
        case head(RequestHead)
        /// Body bytes, as a range of the input; never empty.
        case data(Range<Int>)
    }

    /// The outcome of one call.
    package struct Step: Sendable {
        /// Bytes to take off the front of the input.
        package var consumedCount: Int
        /// Nil: nothing yet.
        ///
        /// With nothing consumed either, more input is needed.
        package var event: Event?
    }

    private enum Phase: Sendable {
        case leadingLines(Int)
        case head(HeadScanner)
        case length(Int)
        case chunked(ChunkedDecoder)
        case complete
    }

    private var phase = Phase.leadingLines(0)
    private let limits: HTTPLimits

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// The request has been read to its end; nothing is consumed until ``beginNextRequest()``.
    package var isComplete: Bool {
        if case .complete = phase { true } else { false }
    }

    /// Expects another head.
    ///
    /// Only for a complete request.
    package mutating func beginNextRequest() {
        phase = .leadingLines(0)
    }

    /// Reads the next thing.
    package mutating func next(_ input: Span<UInt8>) throws(RequestFault) -> Step {
        switch phase {
        case .leadingLines(let count): return try skipLine(input, after: count)
        case .head(var scanner):
            guard let end = try scanner.endOfHead(in: input, limits: limits) else {
                phase = .head(scanner)
                return Step(consumedCount: 0)
            }
            let head = try HeadParser.parse(input.extracting(0..<end), limits: limits)
            try expectBody(head.framing)
            return Step(consumedCount: end, event: .head(head))
        case .length(let remaining):
            let count = min(remaining, input.count)
            if count == 0 { return Step(consumedCount: 0) }
            phase = count == remaining ? .complete : .length(remaining - count)
            return Step(consumedCount: count, event: .data(0..<count))
        case .chunked(var decoder):
            let step = try decoder.next(input)
            phase = decoder.isDone ? .complete : .chunked(decoder)
            return Step(consumedCount: step.consumedCount, event: step.data.map { .data($0) })
        case .complete: return Step(consumedCount: 0)
        }
    }

    /// Some old clients send an empty line behind a body (RFC 9112, section 2.2); two are forgiven.
    private mutating func skipLine(_ input: Span<UInt8>, after count: Int) throws(RequestFault) -> Step {
        if input.count == 0 { return Step(consumedCount: 0) }
        guard input[0] == ASCII.carriageReturn, count < 2 else {
            phase = .head(HeadScanner())
            return try next(input)
        }
        if input.count == 1 { return Step(consumedCount: 0) }
        guard input[1] == ASCII.lineFeed else { throw RequestFault(400, "not an HTTP request") }
        phase = .leadingLines(count + 1)
        return Step(consumedCount: 2)
    }

    private mutating func expectBody(_ framing: RequestHead.Framing) throws(RequestFault) {
        switch framing {
        case .none, .length(0): phase = .complete
        case .length(let length):
            if length > limits.bodyByteCount { throw RequestFault(413, "request body too large") }
            phase = .length(length)
        case .chunked: phase = .chunked(ChunkedDecoder())
        }
    }
}
