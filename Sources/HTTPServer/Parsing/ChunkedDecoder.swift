/// Decodes the chunked transfer coding (RFC 9112, section 7.1), byte by byte, in any pieces.
///
/// Extensions are skipped, trailers are checked and dropped. A bare line feed is refused everywhere.
package struct ChunkedDecoder: Sendable {
    /// What one call found.
    package struct Step: Sendable {
        /// How much of the input is used up.
        package var consumedCount: Int
        /// Where body bytes stand in the input, if any.
        package var data: Range<Int>?
    }

    private enum Phase {
        case size, sizeExtension, sizeEnd
        case data, dataReturn, dataFeed
        case trailerStart, trailerName, trailerValue, trailerFeed, lastFeed
        case done
    }

    /// Of one chunk's extensions.
    private static let longestExtension = 1024
    /// Of all trailers.
    private static let longestTrailer = 8 * 1024

    private var phase = Phase.size
    private var remaining = 0
    private var digitCount = 0
    private var overhead = 0

    package init() {}

    /// The last chunk and the trailers have been read.
    package var isDone: Bool { phase == .done }

    /// Reads up to the end of the next piece of body, of the coding, or of the input.
    package mutating func next(_ input: Span<UInt8>) throws(RequestFault) -> Step {
        var place = 0
        while place < input.count, phase != .done {
            if phase == .data {
                let end = place + min(remaining, input.count - place)
                remaining -= end - place
                if remaining == 0 { phase = .dataReturn }
                return Step(consumedCount: end, data: place..<end)
            }
            try take(input[place])
            place += 1
        }
        return Step(consumedCount: place, data: nil)
    }

    private mutating func take(_ byte: UInt8) throws(RequestFault) {
        switch phase {
        case .size, .sizeExtension, .sizeEnd: try takeSizeLine(byte)
        case .dataReturn: try expect(ASCII.carriageReturn, byte, then: .dataFeed)
        case .dataFeed: try expect(ASCII.lineFeed, byte, then: .size)
        case .trailerStart, .trailerName, .trailerValue, .trailerFeed: try takeTrailer(byte)
        case .lastFeed: try expect(ASCII.lineFeed, byte, then: .done)
        case .data, .done: break
        }
    }

    private mutating func expect(_ wanted: UInt8, _ byte: UInt8, then next: Phase) throws(RequestFault) {
        guard byte == wanted else { throw RequestFault(400, "invalid chunk") }
        phase = next
    }

    private mutating func takeSizeLine(_ byte: UInt8) throws(RequestFault) {
        switch (phase, byte) {
        case (.size, _):
            if let digit = ASCII.hexadecimalValue(byte) {
                digitCount += 1
                // 60 bits: no overflow, and more than anyone sends.
                if digitCount > 15 { throw RequestFault(400, "invalid chunk size") }
                remaining = remaining << 4 | Int(digit)
            } else if digitCount > 0, byte == ASCII.carriageReturn {
                phase = .sizeEnd
            } else if digitCount > 0, byte == UInt8(ascii: ";") {
                phase = .sizeExtension
                overhead = 0
            } else {
                throw RequestFault(400, "invalid chunk size")
            }
        case (.sizeExtension, ASCII.carriageReturn): phase = .sizeEnd
        case (.sizeExtension, _):
            overhead += 1
            if !ASCII.isValueByte(byte) || overhead > Self.longestExtension {
                throw RequestFault(400, "invalid chunk extension")
            }
        default:
            try expect(ASCII.lineFeed, byte, then: remaining == 0 ? .trailerStart : .data)
            digitCount = 0
            overhead = 0
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(RequestFault) {
        overhead += 1
        if overhead > Self.longestTrailer { throw RequestFault(431, "trailers too large") }
        switch phase {
        case .trailerStart where byte == ASCII.carriageReturn: phase = .lastFeed
        case .trailerStart where ASCII.isTokenCharacter(byte): phase = .trailerName
        case .trailerName where ASCII.isTokenCharacter(byte): break
        case .trailerName where byte == ASCII.colon: phase = .trailerValue
        case .trailerValue where byte == ASCII.carriageReturn: phase = .trailerFeed
        case .trailerValue where ASCII.isValueByte(byte): break
        case .trailerFeed where byte == ASCII.lineFeed: phase = .trailerStart
        default: throw RequestFault(400, "invalid trailer")
        }
    }
}
