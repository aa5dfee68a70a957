import HTTPServer
import JSON

/// Reads request bodies as JSON.
enum JSONBody {
    /// Bytes of a REST body, and of one line of a bulk body.
    static let limit = 16 << 20
    /// A body above this is parsed away from the event loop.
    private static let inlineLimit = 32 << 10

    /// The body as an object.
    /// - Throws: ``ApplianceError/unsupportedMediaType(expected:)``, ``ApplianceError/malformedJSON(offset:reason:)``,
    ///   ``HTTPServer/HTTPError/bodyTooLarge(limit:)``.
    /// - Parameter types: Media types taken; a missing header is as good as the first.
    static func object(of request: HTTPRequest, types: [String] = ["application/json"]) async throws -> JSONObject {
        if let type = request.headers["Content-Type"], !names(type, oneOf: types) {
            throw ApplianceError.unsupportedMediaType(expected: "application/json")
        }
        let bytes = try await request.body.collect(upTo: limit)
        guard let object = try await parse(bytes).objectValue else {
            throw ApplianceError.malformedJSON(offset: 0, reason: "the body must be a JSON object")
        }
        return object
    }

    /// The body's members, and the collection that the address names.
    /// - Throws: As ``object(of:types:)``; ``ApplianceError/invalidArgument(name:reason:)`` for anything else in the address.
    static func fields(
        of exchange: Exchange, types: [String] = ["application/json"]
    ) async throws -> (fields: Fields, collection: String?) {
        var query = try QueryFields(exchange.request)
        let collection = query.text("collection")
        try query.finish()
        return (Fields(try await object(of: exchange.request, types: types)), collection)
    }

    private static func parse(_ bytes: [UInt8]) async throws -> JSONValue {
        bytes.count <= inlineLimit ? try JSONValue(parsing: bytes) : try await parseElsewhere(bytes)
    }

    @concurrent private static func parseElsewhere(_ bytes: [UInt8]) async throws -> JSONValue {
        try JSONValue(parsing: bytes)
    }

    private static func names(_ contentType: String, oneOf types: [String]) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        return types.contains(String(type).trimmingSpaces)
    }
}
