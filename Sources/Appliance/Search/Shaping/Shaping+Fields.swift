import Access
import Columns
import IndexCore
import JSON

extension Shaping {
    /// Takes `boosts`, `decay`, `pinned`, `hidden` and `rerank`.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    init(_ fields: inout Fields) throws(ApplianceError) {
        for (index, item) in try (fields.list("boosts", count: 0...Self.boostLimit) ?? []).enumerated() {
            boosts.append(try Self.boost(item, at: "boosts[\(index)]"))
        }
        for (index, item) in try (fields.list("decay", count: 0...Self.decayLimit) ?? []).enumerated() {
            decays.append(try Self.decay(item, at: "decay[\(index)]"))
        }
        pinned = try Self.ids("pinned", count: 0...Self.pinnedLimit, &fields)
        hidden = try Self.ids("hidden", count: 0...Self.hiddenLimit, &fields)
        reranks = try fields.flag("rerank") ?? false
    }

    private static func ids(
        _ name: String, count: ClosedRange<Int>, _ fields: inout Fields
    ) throws(ApplianceError) -> [String] {
        let ids = try fields.texts(name, count: count) ?? []
        var seen: Set<String> = []
        for id in ids where !seen.insert(id).inserted {
            throw .invalidArgument(name: name, reason: "names \(id) twice")
        }
        return ids
    }

    private static func boost(_ item: JSONValue, at place: String) throws(ApplianceError) -> Boost {
        guard let object = item.objectValue else {
            throw .invalidArgument(name: place, reason: "must be an object with `filter` and `factor`")
        }
        var fields = Fields(object, prefix: place + ".")
        guard let value = fields.value("filter") else {
            throw .invalidArgument(name: place + ".filter", reason: "is required: which documents are meant")
        }
        let filter = try FilterExpression(value, name: place + ".filter")
        guard let factor = try fields.number("factor", in: factorRange) else {
            throw .invalidArgument(name: place + ".factor", reason: "is required: a number from 0 to 100")
        }
        try fields.finish()
        return Boost(filter, factor: factor)
    }

    /// Microseconds, in which dates are counted, of a second.
    static let secondLength = 1e6
    /// The least and the greatest scale of a field of numbers.
    private static let scaleRange = 1e-9...1e15

    private static func decay(_ item: JSONValue, at place: String) throws(ApplianceError) -> FieldDecay {
        guard let object = item.objectValue else {
            throw .invalidArgument(name: place, reason: "must be an object with `field` and `scale`")
        }
        var fields = Fields(object, prefix: place + ".")
        let field = try fields.requiredText("field", limit: FilterExpression.fieldByteLimit)
        let curve = try fields.choice("curve", of: Decay.Curve.allCases) ?? .gauss
        let factor = try fields.number("decay", in: 0.0001...0.9999) ?? 0.5
        let missing = try fields.number("missing", in: 0...1) ?? 1
        var decay: FieldDecay
        if case .string? = fields.peek("scale") {
            let scale = try span("scale", &fields, place) ?? secondLength
            let offset = try span("offset", &fields, place) ?? 0
            decay = FieldDecay(
                field: field, origin: try dateOrigin(&fields, place),
                decay: Decay(curve: curve, scale: scale, offset: offset, factor: factor))
        } else {
            guard let scale = try fields.number("scale", in: scaleRange) else {
                throw .invalidArgument(
                    name: place + ".scale", reason: "is required: a number, or for dates a time such as 30d, 12h or 90s"
                )
            }
            let offset = try fields.number("offset", in: 0...scaleRange.upperBound) ?? 0
            guard let origin = try fields.number("origin", in: -scaleRange.upperBound...scaleRange.upperBound) else {
                throw .invalidArgument(name: place + ".origin", reason: "is required for numbers: a number")
            }
            decay = FieldDecay(
                field: field, origin: .number(origin),
                decay: Decay(curve: curve, scale: scale, offset: offset, factor: factor))
        }
        decay.missing = missing
        try fields.finish()
        return decay
    }

    /// Microseconds of a time such as `30d`.
    private static func span(
        _ name: String, _ fields: inout Fields, _ place: String
    ) throws(ApplianceError) -> Double? {
        guard let text = try fields.text(name) else { return nil }
        guard let time = try? Duration(parsingTimeToLive: text) else {
            throw .invalidArgument(
                name: "\(place).\(name)", reason: "must be a time such as 30d, 12h, 15m or 90s, at most 3650d")
        }
        return Double(time.components.seconds) * secondLength
    }

    private static func dateOrigin(
        _ fields: inout Fields, _ place: String
    ) throws(ApplianceError) -> FieldDecay.Origin {
        guard let text = try fields.text("origin"), text != "now" else { return .now }
        guard let date = FieldDate(stored: text) else {
            throw .invalidArgument(
                name: place + ".origin", reason: "must be now, a day such as 2024-05-01, or a moment in RFC 3339")
        }
        return .date(date)
    }
}
