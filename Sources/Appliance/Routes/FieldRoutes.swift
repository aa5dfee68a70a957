import Columns
import HTTPServer
import JSON

/// `/v1/collections/{name}/fields`: the types of metadata fields.
enum FieldRoutes {
    struct Declaration: Sendable {
        var collection: String
        var types: [String: FieldType]
    }

    static func read(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("name") }

    static func readDeclaration(_ exchange: Exchange) async throws -> Declaration {
        let collection = try exchange.soleParameter("name")
        var body = Fields(try await JSONBody.object(of: exchange.request))
        guard let object = try body.object("fields"), !object.isEmpty else {
            throw ApplianceError.invalidArgument(
                name: "fields",
                reason: "is required: an object of field names and types, such as {\"year\": \"number\"}")
        }
        try body.finish()
        var types: [String: FieldType] = [:]
        for (name, value) in object.members {
            let shown = "fields." + String(String.UnicodeScalarView(name.unicodeScalars.prefix(60)))
            guard (1...FilterExpression.fieldByteLimit).contains(name.utf8.count) else {
                throw ApplianceError.invalidArgument(
                    name: shown, reason: "has a name that has not 1 to \(FilterExpression.fieldByteLimit) bytes")
            }
            guard let type = value.stringValue.flatMap(FieldType.init(rawValue:)) else {
                throw ApplianceError.invalidArgument(
                    name: shown, reason: "must be one of \(FieldType.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            types[name] = type
        }
        return Declaration(collection: collection, types: types)
    }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ collection: String) async throws
        -> HTTPResponse
    {
        context.tally.update { $0.target = collection }
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        let fields = try await engine.fields(of: collection)
        context.tally.update { $0.resultCount = fields.count }
        return answer(collection, fields)
    }

    static func declare(
        _ appliance: SearchAppliance, _ context: RequestContext, _ declaration: Declaration
    ) async throws -> HTTPResponse {
        let engine = try await appliance.registry.engine(for: context.requireTenant())
        try await engine.declare(
            declaration.types, in: declaration.collection,
            options: context.writeOptions(
                target: "\(declaration.collection) (types of \(declaration.types.count) fields)",
                byteCount: declaration.types.keys.reduce(0) { $0 + $1.utf8.count }))
        context.tally.update { $0.isRecorded = true }
        return answer(declaration.collection, try await engine.fields(of: declaration.collection))
    }

    private static func answer(_ collection: String, _ fields: [FieldInfo]) -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("collection", collection)
            writer.key("fields")
            writer.beginArray()
            for field in fields { field.write(to: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }
}
