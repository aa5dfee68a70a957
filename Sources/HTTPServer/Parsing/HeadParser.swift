/// Parses exactly one request head, empty line included, as strictly as RFC 9112 allows.
///
/// Refused on purpose although some servers accept it: folded lines, white space before a colon, a lone carriage
/// return, more than one `Host` or `Content-Length`, a length beside a transfer coding. Each has let two parsers of a
/// chain disagree about where a request ends.
struct HeadParser: ~Copyable {
    private var place = 0
    private var hosts = 0
    private var lengths = 0
    private var codings = 0
    private var length = 0

    static func parse(_ input: Span<UInt8>, limits: HTTPLimits) throws(RequestFault) -> RequestHead {
        var parser = HeadParser()
        var head = try parser.requestLine(input, limits: limits)
        // The empty line begins here.
        let end = input.count - 2
        while parser.place < end {
            if head.headers.fields.count >= limits.fieldCount { throw RequestFault(431, "too many header fields") }
            try parser.field(input, end: end, into: &head)
        }
        try parser.settle(&head)
        return head
    }

    // MARK: Request line

    private mutating func requestLine(_ input: Span<UInt8>, limits: HTTPLimits) throws(RequestFault) -> RequestHead {
        let method = try methodName(input)
        let target = try requestTarget(input, method: method, limits: limits)
        let isVersion11 = try version(input)
        return RequestHead(
            method: method, target: target, headers: HTTPHeaders(reservingCapacity: 12), isVersion11: isVersion11,
            keepsAlive: isVersion11)
    }

    private mutating func methodName(_ input: Span<UInt8>) throws(RequestFault) -> String {
        while place < input.count, ASCII.isTokenCharacter(input[place]) {
            place += 1
            if place > 20 { throw RequestFault(501, "unknown method") }
        }
        guard place > 0, place < input.count, input[place] == ASCII.space else {
            throw RequestFault(400, "invalid method")
        }
        let method = Self.text(input, 0..<place)
        if method == "CONNECT" { throw RequestFault(501, "this is not a proxy") }
        place += 1
        return method
    }

    private mutating func requestTarget(
        _ input: Span<UInt8>, method: String, limits: HTTPLimits
    ) throws(RequestFault) -> RequestTarget {
        let start = place
        while place < input.count, input[place] > ASCII.space, input[place] < 0x7F, input[place] != UInt8(ascii: "#") {
            place += 1
        }
        guard place > start, place < input.count, input[place] == ASCII.space else {
            throw RequestFault(400, "invalid request target")
        }
        if place - start > limits.targetByteCount { throw RequestFault(414, "request target too long") }
        let target = RequestTarget(Self.text(input, start..<place))
        if let authority = target.authority {
            guard !authority.isEmpty, authority.utf8.allSatisfy(ASCII.isHostByte) else {
                throw RequestFault(400, "invalid request target")
            }
        } else if input[start] != UInt8(ascii: "/"), !(target.raw == "*" && method == "OPTIONS") {
            throw RequestFault(400, "invalid request target")
        }
        place += 1
        return target
    }

    /// `HTTP/1.1` or `HTTP/1.0`, then the end of the line; the scanner has seen that the line ends.
    private mutating func version(_ input: Span<UInt8>) throws(RequestFault) -> Bool {
        guard input.count - place >= 10, Self.matches(input, place..<place + 5, "http/"),
            input[place + 6] == UInt8(ascii: "."), input[place + 8] == ASCII.carriageReturn,
            input[place + 9] == ASCII.lineFeed
        else { throw RequestFault(400, "invalid HTTP version") }
        let (major, minor) = (input[place + 5], input[place + 7])
        // "http/1.1" is not the protocol's name.
        guard input[place] == UInt8(ascii: "H"), input[place + 3] == UInt8(ascii: "P"),
            input[place + 1] == UInt8(ascii: "T"), input[place + 2] == UInt8(ascii: "T")
        else { throw RequestFault(400, "invalid HTTP version") }
        place += 10
        guard major == UInt8(ascii: "1"), minor == UInt8(ascii: "1") || minor == UInt8(ascii: "0") else {
            throw RequestFault(505, "HTTP version not supported")
        }
        return minor == UInt8(ascii: "1")
    }

    // MARK: Fields

    private mutating func field(_ input: Span<UInt8>, end: Int, into head: inout RequestHead) throws(RequestFault) {
        let nameStart = place
        while place < end, ASCII.isTokenCharacter(input[place]) { place += 1 }
        // White space before the colon and a folded line both end here.
        guard place > nameStart, input[place] == ASCII.colon else {
            throw RequestFault(400, "invalid header field name")
        }
        let name = nameStart..<place
        place += 1
        while input[place] == ASCII.space || input[place] == ASCII.tab { place += 1 }
        let valueStart = place
        place = Self.endOfValue(input, from: place)
        guard input[place] == ASCII.carriageReturn, input[place + 1] == ASCII.lineFeed else {
            throw RequestFault(400, "invalid header field value")
        }
        var valueEnd = place
        while valueEnd > valueStart, input[valueEnd - 1] == ASCII.space || input[valueEnd - 1] == ASCII.tab {
            valueEnd -= 1
        }
        place += 2
        try note(input, name: name, value: valueStart..<valueEnd, head: &head)
        head.headers.add(Self.text(input, name), Self.text(input, valueStart..<valueEnd))
    }

    /// Keeps what the connection itself must know of a field.
    private mutating func note(
        _ input: Span<UInt8>, name: Range<Int>, value: Range<Int>, head: inout RequestHead
    ) throws(RequestFault) {
        switch name.count {
        case 4 where Self.matches(input, name, "host"):
            hosts += 1
            for place in value where !ASCII.isHostByte(input[place]) { throw RequestFault(400, "invalid Host") }
        case 6 where Self.matches(input, name, "expect"):
            guard Self.matches(input, value, "100-continue") else { throw RequestFault(417, "unknown expectation") }
            head.expectsContinue = true
        case 10 where Self.matches(input, name, "connection"):
            Self.forEachListItem(input, value) { item in
                if Self.matches(input, item, "close") {
                    head.keepsAlive = false
                } else if !head.isVersion11, Self.matches(input, item, "keep-alive") {
                    head.keepsAlive = true
                }
            }
        case 14 where Self.matches(input, name, "content-length"):
            lengths += 1
            guard (1...18).contains(value.count) else { throw RequestFault(400, "invalid Content-Length") }
            length = 0
            for place in value {
                guard case UInt8(ascii: "0")...UInt8(ascii: "9") = input[place] else {
                    throw RequestFault(400, "invalid Content-Length")
                }
                length = length * 10 + Int(input[place] - UInt8(ascii: "0"))
            }
        case 17 where Self.matches(input, name, "transfer-encoding"):
            codings += 1
            guard Self.matches(input, value, "chunked") else { throw RequestFault(501, "unknown transfer coding") }
        default: break
        }
    }

    // MARK: What only the whole head tells

    private func settle(_ head: inout RequestHead) throws(RequestFault) {
        if lengths + codings > 1 { throw RequestFault(400, "ambiguous body length") }
        if hosts > 1 || (head.isVersion11 && hosts == 0) { throw RequestFault(400, "exactly one Host is needed") }
        if let authority = head.target.authority { head.headers.set("Host", authority) }
        if codings == 1 {
            guard head.isVersion11 else { throw RequestFault(400, "transfer coding in HTTP/1.0") }
            head.framing = .chunked
        } else if lengths == 1 {
            head.framing = .length(length)
        } else if !head.isVersion11, ["POST", "PUT", "PATCH"].contains(head.method) {
            // In 1.0 such a body would end with the connection, which looks the same as one cut off.
            throw RequestFault(411, "Content-Length is needed")
        }
        // An interim answer means nothing to HTTP/1.0 (RFC 9110, section 10.1.1).
        head.expectsContinue = head.expectsContinue && head.isVersion11
    }

    // MARK: Bytes

    /// The first byte that may not stand in a value, at the latest the line's end.
    private static func endOfValue(_ input: Span<UInt8>, from start: Int) -> Int {
        input.withUnsafeBytes { bytes in
            var place = start
            while place < bytes.count {
                if place + 8 <= bytes.count,
                    ASCII.areVisible(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                {
                    place += 8
                } else if ASCII.isValueByte(bytes[place]) {
                    place += 1
                } else {
                    break
                }
            }
            return place
        }
    }

    private static func text(_ input: Span<UInt8>, _ range: Range<Int>) -> String {
        input.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// `word` is lower-case ASCII.
    private static func matches(_ input: Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            for offset in word.indices where ASCII.lowercased(input[range.lowerBound + offset]) != word[offset] {
                return false
            }
            return true
        }
    }

    private static func forEachListItem(_ input: Span<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        var place = range.lowerBound
        while place < range.upperBound {
            var end = place
            while end < range.upperBound, input[end] != UInt8(ascii: ",") { end += 1 }
            var (first, last) = (place, end)
            while first < last, input[first] == ASCII.space || input[first] == ASCII.tab { first += 1 }
            while last > first, input[last - 1] == ASCII.space || input[last - 1] == ASCII.tab { last -= 1 }
            body(first..<last)
            place = end + 1
        }
    }
}
