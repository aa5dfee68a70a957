package import Columns
import JSON

/// What a request asks of metadata, whichever list it is for.
package struct MetadataRequest: Sendable {
    /// Only documents that pass it take part.
    package var filter: FilterExpression?
    /// Fields whose values are counted beside the answer.
    package var facets: [FacetRequest] = []
    /// Another order than the list's own.
    package var sort: [SortField] = []
    /// A field of whose values each is answered with one document at most.
    package var distinct: String?

    /// Whether nothing is asked.
    var isEmpty: Bool { filter == nil && facets.isEmpty && sort.isEmpty && distinct == nil }

    /// All that decides which documents come, and in which order.
    var pagedContent: String {
        [filter?.description ?? "", sort.isEmpty ? "" : "\(sort)", distinct ?? ""].joined(separator: "\u{0}")
    }

    /// Facets of one request at most.
    static let facetLimit = 20

    package init() {}

    /// Takes `filter`, `facets`, `sort` and `distinct`.
    init(_ fields: inout Fields) throws(ApplianceError) {
        if let value = fields.value("filter") { filter = try FilterExpression(value) }
        if let value = fields.value("facets") { facets = try Self.facets(value) }
        if let value = fields.value("sort") { sort = try Self.sort(value) }
        if let name = try fields.text("distinct") { distinct = try Self.checked(name, "distinct") }
    }

    /// Takes the same of a query string, where facets and sort are names with commas between them.
    init(_ query: inout QueryFields) throws(ApplianceError) {
        if let text = query.text("filter") { filter = try FilterExpression(text: text) }
        if let text = query.text("facets") { facets = try Self.facets(.array(Self.parts(text))) }
        if let text = query.text("sort") { sort = try Self.sort(.array(Self.parts(text))) }
        if let name = query.text("distinct") { distinct = try Self.checked(name, "distinct") }
    }

    private static func parts(_ text: String) -> [JSONValue] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { .string(String($0)) }
    }

    private static func checked(_ field: String, _ name: String) throws(ApplianceError) -> String {
        guard (1...FilterExpression.fieldByteLimit).contains(field.utf8.count) else {
            throw .invalidArgument(
                name: name, reason: "must name a field in 1 to \(FilterExpression.fieldByteLimit) bytes")
        }
        return field
    }

    // MARK: Sort

    private static func sort(_ value: JSONValue) throws(ApplianceError) -> [SortField] {
        let texts = value.stringValue.map { [JSONValue.string($0)] } ?? value.arrayValue
        guard let texts, (1...SortField.limit).contains(texts.count) else {
            throw .invalidArgument(
                name: "sort", reason: "must be a list of 1 to \(SortField.limit) texts such as \"year:desc\"")
        }
        var fields: [SortField] = []
        for text in texts {
            guard let field = text.stringValue.flatMap(SortField.init(parsing:)) else {
                throw .invalidArgument(name: "sort", reason: "must hold texts such as \"year\" or \"year:desc\"")
            }
            fields.append(field)
        }
        return fields
    }

    // MARK: Facets

    private static func facets(_ value: JSONValue) throws(ApplianceError) -> [FacetRequest] {
        guard let items = value.arrayValue, (1...facetLimit).contains(items.count) else {
            throw .invalidArgument(
                name: "facets",
                reason: "must be a list of 1 to \(facetLimit) names of fields, or of objects with `field`")
        }
        var facets: [FacetRequest] = []
        for (index, item) in items.enumerated() {
            if let name = item.stringValue {
                facets.append(FacetRequest(try checked(name, "facets[\(index)]")))
                continue
            }
            guard let object = item.objectValue else {
                throw .invalidArgument(
                    name: "facets[\(index)]", reason: "must be the name of a field or an object with `field`")
            }
            facets.append(try facet(object, at: "facets[\(index)]"))
        }
        return facets
    }

    private static func facet(_ object: JSONObject, at name: String) throws(ApplianceError) -> FacetRequest {
        var fields = Fields(object, prefix: name + ".")
        var facet = FacetRequest(try checked(try fields.requiredText("field"), name + ".field"))
        if let limit = try fields.integer("limit", in: FacetRequest.limitRange) { facet.limit = limit }
        let ranges = try fields.list("ranges", count: 1...FacetRequest.rangeLimit) ?? []
        try fields.finish()
        for (index, item) in ranges.enumerated() {
            let place = "\(name).ranges[\(index)]"
            guard let object = item.objectValue else {
                throw .invalidArgument(name: place, reason: "must be an object with `from`, `to` or both")
            }
            var ends = Fields(object, prefix: place + ".")
            let range = FacetRange(from: try end("from", &ends, place), to: try end("to", &ends, place))
            try ends.finish()
            guard range.from != nil || range.to != nil else {
                throw .invalidArgument(name: place, reason: "must be an object with `from`, `to` or both")
            }
            facet.ranges.append(range)
        }
        return facet
    }

    private static func end(
        _ name: String, _ fields: inout Fields, _ place: String
    ) throws(ApplianceError) -> FilterLiteral? {
        guard let value = fields.value(name) else { return nil }
        guard let literal = FilterLiteral(value) else {
            throw .invalidArgument(name: "\(place).\(name)", reason: "must be a number or a date")
        }
        return literal
    }
}
