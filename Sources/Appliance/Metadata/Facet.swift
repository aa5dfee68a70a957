package import Columns
package import JSON

/// The counts of one field in an answer.
package struct Facet: Sendable {
    package private(set) var request: FacetRequest
    package private(set) var counts: FacetCounts

    init(_ request: FacetRequest) {
        self.request = request
        counts = FacetCounts(request)
    }

    mutating func add(_ counts: FacetCounts) { self.counts.add(counts) }

    /// Lists at most so many values; `distinct` still says how many there are.
    mutating func limit(to count: Int) { request.limit = min(request.limit, count) }

    /// The facet as JSON: `values` or, where they were asked for, `ranges`.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("field", request.field)
        if request.ranges.isEmpty {
            writer.key("values")
            writer.beginArray()
            for (value, count) in counts.best(request.limit) {
                writer.beginObject()
                writer.key("value")
                value.write(to: &writer)
                writer.member("count", count)
                writer.endObject()
            }
            writer.endArray()
            writer.member("distinct", counts.byValue.count)
        } else {
            writer.key("ranges")
            writer.beginArray()
            for (range, count) in zip(request.ranges, counts.byRange) {
                writer.beginObject()
                if let from = range.from { writer.member("from", from) }
                if let to = range.to { writer.member("to", to) }
                writer.member("count", count)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.member("documents", counts.documents)
        writer.member("missing", counts.missing)
        writer.endObject()
    }
}

extension [Facet] {
    /// The member `facets`, where there are any.
    func write(to writer: inout JSONWriter) {
        guard !isEmpty else { return }
        writer.key("facets")
        writer.beginArray()
        for facet in self { facet.write(to: &writer) }
        writer.endArray()
    }
}

extension FieldKey {
    /// The value as JSON; a date as RFC 3339 in UTC.
    func write(to writer: inout JSONWriter) {
        switch self {
        case .number(let number): number.write(to: &writer)
        case .date(let date): writer.string(date.text)
        case .boolean(let value): writer.bool(value)
        case .keyword(let keyword): writer.string(keyword.text)
        }
    }
}

extension FieldNumber {
    fileprivate func write(to writer: inout JSONWriter) {
        if let whole = wholeValue { writer.integer(whole) } else { writer.number(nearest) }
    }
}

extension JSONWriter {
    /// An end of a range, as it was given.
    fileprivate mutating func member(_ name: String, _ literal: FilterLiteral) {
        switch literal {
        case .word(let text), .text(let text): member(name, text)
        case .number(let number):
            key(name)
            number.write(to: &self)
        case .boolean(let value): member(name, value)
        }
    }
}
