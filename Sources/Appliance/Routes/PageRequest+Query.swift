extension PageRequest {
    /// Takes the query items that every list has: `limit` and `cursor`.
    init(_ query: inout QueryFields, limit range: ClosedRange<Int>, default count: Int) throws(ApplianceError) {
        self.init(limit: try query.integer("limit", in: range) ?? count, cursor: query.text("cursor"))
    }

    /// The page that a request for nothing but a list asks for.
    static func read(
        _ exchange: Exchange, limit range: ClosedRange<Int>, default count: Int
    ) throws(ApplianceError) -> PageRequest {
        var query = try QueryFields(exchange.request)
        let page = try PageRequest(&query, limit: range, default: count)
        try query.finish()
        return page
    }
}

extension Exchange {
    /// The value of one `{…}` of a path, where the request has no query items.
    func soleParameter(_ name: String) throws(ApplianceError) -> String {
        try QueryFields(request).finish()
        return parameters[name] ?? ""
    }
}
