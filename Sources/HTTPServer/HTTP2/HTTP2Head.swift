/// The fields of one HTTP/2 request as they come, and the request they make.
///
/// nghttp2 has checked what concerns frames: names in lower case, pseudo-fields first, known and single, none of the
/// connection's own, lengths that agree. What is left is what ``HeadParser`` checks too.
package struct HTTP2Head {
    private var method = ""
    private var scheme = ""
    private var authority: String?
    private var path: String?
    private var headers = HTTPHeaders(reservingCapacity: 12)
    private var cookie: String?
    private var fault: RequestFault?
    private var byteCount = 0
    private var fieldCount = 0
    private let limits: HTTPLimits

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Takes the next field; once a limit is passed nothing more is kept.
    package mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // A field's own overhead as RFC 9113 counts it (section 6.5.2).
        byteCount += name.count + value.count + 32
        fieldCount += 1
        guard fault == nil else { return }
        if byteCount > limits.headByteCount {
            fault = RequestFault(431, "request head too large")
        } else if fieldCount > limits.fieldCount {
            fault = RequestFault(431, "too many header fields")
        } else {
            take(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case ":method": method = value
        case ":scheme": scheme = value
        case ":authority": authority = value
        case ":path": path = value
        // Clients may cut it into pieces (section 8.2.3).
        case "cookie": cookie = cookie.map { "\($0); \(value)" } ?? value
        default: headers.add(name, value)
        }
    }

    /// The request's head.
    /// - Parameter isWhole: No body follows.
    package func request(isWhole: Bool) throws(RequestFault) -> RequestHead {
        if let fault { throw fault }
        if method.utf8.count > 20 { throw RequestFault(501, "unknown method") }
        if method == "CONNECT" { throw RequestFault(501, "this is not a proxy") }
        guard !method.isEmpty, method.utf8.allSatisfy(ASCII.isTokenCharacter) else {
            throw RequestFault(400, "invalid method")
        }
        guard scheme == "http" || scheme == "https" else { throw RequestFault(400, "unknown scheme") }
        var head = RequestHead(
            method: method, target: try target(), headers: headers, isVersion11: true, keepsAlive: true)
        head.headers.set("Host", try host())
        if let cookie { head.headers.add("cookie", cookie) }
        try frame(&head, isWhole: isWhole)
        return head
    }

    private func target() throws(RequestFault) -> RequestTarget {
        guard let path, let first = path.utf8.first,
            path.utf8.allSatisfy({ $0 > ASCII.space && $0 < 0x7F && $0 != UInt8(ascii: "#") }),
            first == UInt8(ascii: "/") || (path == "*" && method == "OPTIONS")
        else { throw RequestFault(400, "invalid request target") }
        if path.utf8.count > limits.targetByteCount { throw RequestFault(414, "request target too long") }
        return RequestTarget(path)
    }

    /// The authority, or a `Host` that does not contradict it.
    private func host() throws(RequestFault) -> String {
        let named = headers.values("Host")
        guard named.count <= 1, let host = authority ?? named.first else {
            throw RequestFault(400, "exactly one Host is needed")
        }
        if let authority, let other = named.first, !ASCII.equalIgnoringCase(authority, other) {
            throw RequestFault(400, "Host contradicts the authority")
        }
        guard host.utf8.allSatisfy(ASCII.isHostByte) else { throw RequestFault(400, "invalid Host") }
        return host
    }

    private func frame(_ head: inout RequestHead, isWhole: Bool) throws(RequestFault) {
        if let expectation = headers["Expect"] {
            guard ASCII.equalIgnoringCase(expectation, "100-continue") else {
                throw RequestFault(417, "unknown expectation")
            }
            head.expectsContinue = !isWhole
        }
        if isWhole { return }
        guard let text = headers["Content-Length"] else {
            head.framing = .chunked
            return
        }
        // nghttp2 has seen that it is one number, and will see that as much comes.
        guard let length = Int(text) else { throw RequestFault(400, "invalid Content-Length") }
        if length > limits.bodyByteCount { throw RequestFault(413, "request body too large") }
        head.framing = .length(length)
    }
}
