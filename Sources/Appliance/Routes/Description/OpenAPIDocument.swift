import Access
import JSON

/// The description of all routes as OpenAPI 3.1, made from the table that serves them.
struct OpenAPIDocument {
    private var paths = JSONObject()
    private var schemas: JSONObject = ["Problem": OpenAPIDocument.problemSchema]
    /// How many routes an operation stands behind: one that has several names them by their paths.
    private let counts: [String: Int]

    init(_ routes: [Route]) {
        counts = Dictionary(routes.map { ($0.operation.name, 1) }, uniquingKeysWith: +)
        for route in routes {
            let pattern = route.pattern.replacing("{path*}", with: "{path}")
            var path = paths[pattern]?.objectValue ?? [:]
            for method in route.method == "*" ? route.description.methods : [route.method] {
                path[method.lowercased()] = .object(operation(of: route, method: method))
            }
            paths[pattern] = .object(path)
        }
    }

    /// The document.
    var value: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Carrel", "version": .string(SearchAppliance.version),
                "summary": "Hybrid search over the documents of a tenant", "description": .string(Self.introduction),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/", "description": "The box that gave this document"]],
            "tags": .array(RouteDescription.Group.allCases.map { ["name": .string($0.rawValue)] }),
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer",
                        "description":
                            "A token or an API key (`crl_…`). The roles of an operation are the scopes it needs.",
                    ]
                ],
                "schemas": .object(schemas),
            ],
        ]
    }

    private static let introduction = """
        Errors are `application/problem+json`; programs look at `code`. Every answer has `X-Request-Id` and `traceparent`. \
        `HEAD` works where `GET` does; any other method of a path is 405 with `Allow`. Unknown members and query items are \
        errors, never ignored. Bodies have at most 16 MiB. Bytes that are no HTTP request are answered by the HTTP layer \
        with the codes `http_400`, `http_408`, `http_414`, `http_431` and so on.
        """

    // MARK: Operations

    private mutating func operation(of route: Route, method: String) -> JSONObject {
        let description = route.description
        var operation: JSONObject = [
            "operationId": .string(identifier(of: route, method: method)),
            "tags": [.string(description.group.rawValue)],
            "summary": .string(description.summary),
        ]
        if !description.details.isEmpty { operation["description"] = .string(description.details) }
        if !description.parameters.isEmpty {
            operation["parameters"] = .array(description.parameters.map(Self.parameter))
        }
        if let body = description.body, method != "GET", method != "DELETE" {
            operation["requestBody"] = .object(requestBody(body))
        }
        var responses: [(Int, JSONValue)] = description.answers.map { ($0.status, .object(response($0))) }
        responses += route.problems.map { ($0.status, Self.problem($0.status, $0.codes)) }
        operation["responses"] = .object(JSONObject(responses.sorted { $0.0 < $1.0 }.map { (String($0.0), $0.1) }))
        operation["security"] = Self.security(route.operation.authority)
        return operation
    }

    private func identifier(of route: Route, method: String) -> String {
        let name = route.operation.name.replacing("rest.", with: "")
        guard counts[route.operation.name, default: 0] > 1 else { return name }
        // Of four cards every path ends alike.
        let places = route.pattern.split(separator: "/").filter { $0 != ".well-known" }
        let place = places.isEmpty ? "root" : places.joined(separator: ".").filter { !"{}*".contains($0) }
        return name + "." + place + (route.method == "*" ? "." + method.lowercased() : "")
    }

    private static func security(_ authority: Authority) -> JSONValue {
        switch authority {
        case .open: []
        case .anyCredential: [["bearer": []]]
        case .scope(let scope): [["bearer": [.string(scope.rawValue)]]]
        }
    }

    private static func parameter(_ parameter: RouteDescription.Parameter) -> JSONValue {
        var object: JSONObject = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.description), "required": .bool(parameter.isRequired),
            "schema": parameter.schema,
        ]
        object["example"] = parameter.example
        return .object(object)
    }

    private mutating func requestBody(_ body: RouteDescription.Body) -> JSONObject {
        var object: JSONObject = ["required": .bool(body.isRequired), "content": .object(content(body.contents))]
        if !body.description.isEmpty { object["description"] = .string(body.description) }
        return object
    }

    private mutating func response(_ answer: RouteDescription.Answer) -> JSONObject {
        var object: JSONObject = ["description": .string(answer.description)]
        if !answer.contents.isEmpty { object["content"] = .object(content(answer.contents)) }
        if !answer.headers.isEmpty { object["headers"] = Self.headers(answer.headers) }
        return object
    }

    private mutating func content(_ contents: [RouteDescription.Content]) -> JSONObject {
        JSONObject(
            contents.map { content in
                var object = JSONObject()
                if let schema = content.schema { object["schema"] = reference(to: schema) }
                if !content.examples.isEmpty {
                    object["examples"] = .object(
                        JSONObject(content.examples.map { ($0.name, ["value": $0.value]) }))
                }
                return (content.type, .object(object))
            })
    }

    /// A named schema is kept once and referred to.
    private mutating func reference(to schema: RouteDescription.Schema) -> JSONValue {
        guard let name = schema.name else { return schema.value }
        schemas[name] = schema.value
        return ["$ref": .string("#/components/schemas/" + name)]
    }

    private static func headers(_ headers: [(name: String, description: String)]) -> JSONValue {
        .object(
            JSONObject(
                headers.map { ($0.name, ["description": .string($0.description), "schema": ["type": "string"]]) }))
    }

    // MARK: Problems

    private static func problem(_ status: Int, _ codes: [String]) -> JSONValue {
        var object: JSONObject = [
            "description": .string(codes.map { "`\($0)`" }.joined(separator: ", ")),
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
        switch status {
        case 401: object["headers"] = headers([("WWW-Authenticate", "What credential is needed, and where to get it")])
        case 429, 504: object["headers"] = headers([("Retry-After", "Seconds to wait")])
        default: break
        }
        return .object(object)
    }

    private static let problemSchema: JSONValue = [
        "type": "object", "description": "RFC 9457, with `code` and `request_id` added",
        "properties": [
            "type": ["type": "string", "const": "about:blank"],
            "title": ["type": "string", "description": "The class of the problem"],
            "status": ["type": "integer", "minimum": 400, "maximum": 599],
            "detail": ["type": "string", "description": "What happened this time and what to do, for people"],
            "code": ["type": "string", "description": "A stable word for programs", "pattern": "^[a-z0-9_]+$"],
            "request_id": ["type": "string", "description": "Names the request in the server's log"],
            "error": [
                "type": "object", "description": "The same for OpenAI's clients, on the routes in OpenAI's shapes",
            ],
        ],
        "required": ["type", "title", "status", "detail", "code", "request_id"],
    ]
}
