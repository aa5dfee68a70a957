/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
struct ServerSentEvent: Sendable {
    /// The name; nil = `message`.
    var name: String?
    /// What a client sends back as `Last-Event-ID`; without line breaks.
    var id: String?
    /// JSON on one line.
    var data: [UInt8]

    /// What is sent so that proxies and clients see that the stream lives.
    ///
    /// Without a blank line: behind an event with an id, one would be taken for an empty event by clients that keep the id
    /// (httpx-sse, and with it the official clients).
    static let ping = Array(": ping\n".utf8)

    /// The event's bytes, its blank line included; made once, shared by all who send it.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 64)
        if let id { bytes += "id: \(id)\n".utf8 }
        if let name { bytes += "event: \(name)\n".utf8 }
        bytes += "data: ".utf8
        bytes += data
        bytes += "\n\n".utf8
        return bytes
    }
}
