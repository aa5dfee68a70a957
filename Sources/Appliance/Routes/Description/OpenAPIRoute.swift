import HTTPServer
import JSON

/// `GET /openapi.json`: the description of every route, made once from the table.
enum OpenAPIRoute {
    static let about = RouteDescription(
        .operator, "This document",
        parameters: [.header("If-None-Match", "The `ETag` of the document you have")],
        answers: [
            .json(
                200, "OpenAPI 3.1", .inline(["type": "object", "required": ["openapi", "info", "paths"]]),
                example: ["openapi": "3.1.0", "info": ["title": "Carrel", "version": "0.1.0"], "paths": [:]],
                headers: [("ETag", "Names this version of the document")]),
            .notModified,
        ])

    static func read(_ exchange: Exchange) async throws -> [String] {
        exchange.request.headers.values("If-None-Match")
    }

    static func document(
        _ appliance: SearchAppliance, _ context: RequestContext, _ knownTags: [String]
    ) async throws -> HTTPResponse {
        let document = appliance.configuration.legacyTasksAPI ? withLegacyTasks : usual
        var response = HTTPResponse.publicJSON(document.bytes)
        response.headers.set("ETag", document.tag)
        guard !EntityTags(knownTags).names(document.tag) else {
            return HTTPResponse(
                status: 304, headers: ["ETag": document.tag, "Cache-Control": "public, max-age=300"])
        }
        return response
    }

    private static let usual = written(Routes.all)
    private static let withLegacyTasks = written(Routes.all + LegacyTaskRoutes.all)

    private static func written(_ routes: [Route]) -> (bytes: [UInt8], tag: String) {
        let bytes = OpenAPIDocument(routes).value.encoded()
        return (bytes, EntityTags.strong(of: bytes))
    }
}
