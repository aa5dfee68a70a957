public import JSON

/// Makes the bytes of JSON-RPC 2.0 replies.
public enum RPCEnvelope {
    /// A reply whose result `write` writes as one value.
    public static func result(
        id: RequestID, reservingCapacity: Int = 512, write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: reservingCapacity)
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id.json)
        writer.key("result")
        write(&writer)
        writer.endObject()
        return writer.bytes
    }

    /// A reply around a result that is JSON text already.
    public static func result(id: RequestID, raw result: [UInt8]) -> [UInt8] {
        Self.result(id: id, reservingCapacity: result.count + 128) { $0.raw(result) }
    }

    /// An error reply; without an id it carries `"id":null`, never no id at all.
    public static func error(id: RequestID?, _ error: RPCError) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id?.json ?? .null)
        writer.key("error")
        writer.beginObject()
        writer.member("code", error.code)
        writer.member("message", error.message)
        if let data = error.data { writer.member("data", .object(data)) }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// A notification: a message that wants no answer.
    public static func notification(_ method: String, _ params: JSONObject) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("method", method)
        writer.member("params", .object(params))
        writer.endObject()
        return writer.bytes
    }

    /// Replies to a batch as one array.
    public static func batch(_ replies: [[UInt8]]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: replies.reduce(2) { $0 + $1.count + 1 })
        writer.beginArray()
        for reply in replies { writer.raw(reply) }
        writer.endArray()
        return writer.bytes
    }
}
