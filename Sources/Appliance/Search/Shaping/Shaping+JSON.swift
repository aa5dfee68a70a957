import Columns
import IndexCore
package import JSON

extension Shaping {
    /// Writes what is asked as the members of a request that asks the same.
    func writeMembers(to writer: inout JSONWriter) {
        if !boosts.isEmpty {
            writer.key("boosts")
            writer.beginArray()
            for boost in boosts {
                writer.beginObject()
                writer.member("filter", boost.filter.description)
                writer.member("factor", boost.factor)
                writer.endObject()
            }
            writer.endArray()
        }
        if !decays.isEmpty {
            writer.key("decay")
            writer.beginArray()
            for decay in decays { write(decay, to: &writer) }
            writer.endArray()
        }
        if !pinned.isEmpty { writer.member("pinned", pinned) }
        if !hidden.isEmpty { writer.member("hidden", hidden) }
        if reranks { writer.member("rerank", true) }
    }

    private func write(_ entry: FieldDecay, to writer: inout JSONWriter) {
        let decay = entry.decay
        func span(_ name: String, _ length: Double) {
            if entry.origin.type == .date {
                writer.member(name, "\(Int64(length / Self.secondLength))s")
            } else {
                writer.member(name, length)
            }
        }
        writer.beginObject()
        writer.member("field", entry.field)
        switch entry.origin {
        case .number(let number): writer.member("origin", number)
        case .date(let date): writer.member("origin", date.text)
        case .now: writer.member("origin", "now")
        }
        span("scale", decay.scale)
        if decay.offset > 0 { span("offset", decay.offset) }
        writer.member("decay", decay.factor)
        writer.member("curve", decay.curve.rawValue)
        if entry.missing != 1 { writer.member("missing", entry.missing) }
        writer.endObject()
    }

    /// Reads an object of such members alone.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    package init(_ object: JSONObject) throws(ApplianceError) {
        var fields = Fields(object)
        try self.init(&fields)
        try fields.finish()
    }

    /// The members as an object: equal bytes, equal wishes.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}
