import JSON
import JSONRPC

extension FuzzTarget {
    /// JSON text: what is read and written must read the same again, and the sizes foretold must be those written.
    static let json = FuzzTarget("json") { bytes in
        guard let value = try? JSONValue(parsing: bytes) else { return }
        let written = value.encoded()
        let again = try? JSONValue(parsing: written)
        promise(again == value, "what was written reads the same")
        promise(again?.encoded() == written, "what was read writes the same")
        var writer = JSONWriter()
        writer.stringHolding(json: written)
        promise(
            (try? JSONValue(parsing: writer.bytes))?.stringValue?.utf8.elementsEqual(written) == true, "its text twin")
        promise(JSONWriter.byteCount(of: written.text) == writer.bytes.count, "the size is that of what is written")
        if let object = value.objectValue {
            promise(object.merging(object) == object.merging(object).merging(object), "a merge patch is idempotent")
        }
    }

    /// Envelopes: every message is one of the known kinds, and an id comes back as it was.
    static let jsonrpc = FuzzTarget("jsonrpc") { bytes in
        guard let value = try? JSONValue(parsing: bytes) else { return }
        _ = RPCMessage.parse(value)
        guard let id = RequestID(value["id"]) else { return }
        let error = RPCError(code: -32_000, message: RPCError.clipped(value["method"]?.stringValue ?? ""))
        let reply = try? JSONValue(parsing: RPCEnvelope.error(id: id, error))
        promise(reply?["id"] == value["id"], "the id comes back")
        promise(reply?["error"]?["code"] == -32_000, "an error is an error")
    }
}
