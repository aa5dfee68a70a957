/// Writes the status line and the fields of an answer.
package struct ResponseHead {
    /// How the content is delimited.
    package enum Framing: Sendable, Hashable {
        /// By a length, also that of a body left out for `HEAD`.
        case length(Int)
        case chunked
        case untilClose
        /// 204 and 304: there is no content.
        case none
    }

    /// What is said about the connection.
    package enum Persistence: Sendable, Hashable {
        case close
        /// Said to HTTP/1.0 clients, which assume the opposite.
        case keepAlive
        case implied
    }

    /// The whole head, empty line included.
    ///
    /// `date` is a complete field line.
    package static func bytes(
        status: Int, headers: HTTPHeaders, framing: Framing, persistence: Persistence, date: [UInt8]
    ) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(384)
        append("HTTP/1.1 ", to: &head)
        head.append(contentsOf: String(status).utf8)
        head.append(ASCII.space)
        head.append(contentsOf: StatusReason.of(status).utf8)
        append("\r\n", to: &head)
        head.append(contentsOf: date)
        for field in headers.fields where !isOurs(field.name) { append(field, to: &head) }
        switch framing {
        case .length(let count):
            append("Content-Length: ", to: &head)
            head.append(contentsOf: String(count).utf8)
            append("\r\n", to: &head)
        case .chunked: append("Transfer-Encoding: chunked\r\n", to: &head)
        case .untilClose, .none: break
        }
        switch persistence {
        case .close: append("Connection: close\r\n", to: &head)
        case .keepAlive: append("Connection: keep-alive\r\n", to: &head)
        case .implied: break
        }
        append("\r\n", to: &head)
        return head
    }

    private static func append(_ text: StaticString, to head: inout [UInt8]) {
        text.withUTF8Buffer { head.append(contentsOf: $0) }
    }

    /// A value with a line end in it would let its author write fields, or a whole answer.
    private static func append(_ field: HTTPHeaders.Field, to head: inout [UInt8]) {
        guard !field.name.isEmpty, field.name.utf8.allSatisfy(ASCII.isTokenCharacter) else { return }
        head.append(contentsOf: field.name.utf8)
        head.append(ASCII.colon)
        head.append(ASCII.space)
        let start = head.count
        head.append(contentsOf: field.value.utf8)
        for place in start..<head.count where !ASCII.isValueByte(head[place]) { head[place] = ASCII.space }
        append("\r\n", to: &head)
    }

    /// Fields that belong to the connection; a second opinion on them would be dangerous.
    private static func isOurs(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: ASCII.equalIgnoringCase(name, "date")
        case 10: ASCII.equalIgnoringCase(name, "connection") || ASCII.equalIgnoringCase(name, "keep-alive")
        case 14: ASCII.equalIgnoringCase(name, "content-length")
        case 17: ASCII.equalIgnoringCase(name, "transfer-encoding")
        default: false
        }
    }
}

/// The reason phrases of RFC 9110 and RFC 6585.
enum StatusReason {
    static func of(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: "Status"
        }
    }
}
