import CCurl
import JSONRPC

/// One POST under way: libcurl's handle and what has come back.
///
/// Used by the one thread that runs the bridge.
final class RelayTransfer {
    /// Bytes of the largest answer or event.
    private static let answerLimit = 64 << 20

    let message: RelayedMessage
    let isModern: Bool
    let handle: UnsafeMutableRawPointer
    /// Requests of the message that have no answer yet.
    var unanswered: [RequestID]
    /// Messages of an event stream that nobody has taken yet.
    var arrived: [[UInt8]] = []
    private(set) var sessionID: String?
    private(set) var body: [UInt8] = []
    private var isEventStream = false
    private var events = EventStreamReader(limit: answerLimit)
    private var lines: UnsafeMutablePointer<curl_slist>?

    /// Makes the handle ready; nil when libcurl has no memory.
    init?(
        _ message: RelayedMessage, isModern: Bool, to endpoint: RelayEndpoint, headers: [(String, String)]
    ) {
        guard let handle = carrel_curl_easy_init() else { return nil }
        self.message = message
        self.isModern = isModern
        self.handle = handle
        unanswered = message.ids
        for (name, value) in headers + [("Expect", "")] { lines = carrel_curl_slist_append(lines, "\(name): \(value)") }
        carrel_curl_set_pointer(handle, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        carrel_curl_set_string(handle, CURLOPT_URL, endpoint.url)
        carrel_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        if let socket = endpoint.socket { carrel_curl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, socket) }
        if endpoint.isLocal { carrel_curl_set_string(handle, CURLOPT_PROXY, "") }
        CurlLibrary.verify(handle, trusting: endpoint.authorities)
        carrel_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        carrel_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        carrel_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        carrel_curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        carrel_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, 5_000)
        // Longer than any call may take at the server; an event stream has a comment every few seconds.
        carrel_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
        carrel_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, 180)
        carrel_curl_set_long(handle, CURLOPT_POST, 1)
        carrel_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, message.bytes.count)
        message.bytes.withUnsafeBytes { bytes in
            // Copied at once, so the pointer need not last.
            _ = carrel_curl_set_pointer(
                handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        listen()
    }

    deinit {
        carrel_curl_easy_cleanup(handle)
        carrel_curl_slist_free_all(lines)
    }

    private func listen() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        carrel_curl_set_header(
            handle,
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                Unmanaged<RelayTransfer>.fromOpaque(context).takeUnretainedValue().takeHeader(
                    String(decoding: line, as: UTF8.self))
                return size * count
            }, context)
        carrel_curl_set_write(
            handle,
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return Unmanaged<RelayTransfer>.fromOpaque(context).takeUnretainedValue().take(piece) ? size * count : 0
            }, context)
    }

    private func takeHeader(_ line: String) {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return }
        let value = parts[1].filter { !$0.isWhitespace }
        switch parts[0].lowercased() {
        case "content-type": isEventStream = value.lowercased().hasPrefix("text/event-stream")
        case "mcp-session-id":
            if value.utf8.count <= 1_024, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { sessionID = value }
        default: break
        }
    }

    /// False when the answer is larger than anything that could be meant.
    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        if isEventStream, status == 200 {
            arrived += events.take(piece)
            return !events.lostAnEvent
        }
        body += piece
        return body.count <= Self.answerLimit
    }

    var status: Int { number(CURLINFO_RESPONSE_CODE) }

    /// Whether a byte of the request may have reached the server.
    var wasSent: Bool { number(CURLINFO_REQUEST_SIZE) > 0 }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        carrel_curl_get_long(handle, info, &value)
        return value
    }
}
