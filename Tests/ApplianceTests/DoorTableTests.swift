import Access
import Appliance
import HTTPServer
import JSON
import Testing

/// The tables of doors: complete, and open only where it is meant.
@Suite struct DoorTableTests {
    @Test func `every route and every tool has a row`() {
        let rows = Set(Operations.all)
        #expect(rows.count == Operations.all.count, "names are unique")
        for route in Routes.table { #expect(rows.contains(route.operation), "\(route.method) \(route.pattern)") }
        for tool in MCPTool.all { #expect(rows.contains(tool.operation), "\(tool.operation.name)") }
        for method in ["server/discover", "initialize", "ping", "tools/list"] {
            #expect(rows.contains { $0.name == method })
        }
    }

    @Test func `only these routes are open without a credential`() {
        let open = Routes.table.filter { $0.operation.authority == .open }.map { "\($0.method) \($0.pattern)" }
        #expect(
            open == [
                "GET /", "GET /console/{file}", "GET /openapi.json", "GET /health", "GET /health/live",
                "GET /health/ready",
                "GET /.well-known/oauth-protected-resource", "GET /.well-known/oauth-protected-resource/mcp",
                "GET /.well-known/oauth-authorization-server", "GET /.well-known/jwks.json",
                "GET /oauth/authorize",
                "POST /oauth/token",
                "GET /.well-known/agent-card.json", "GET /.well-known/agent.json",
                "GET /a2a/1.0/.well-known/agent-card.json", "GET /a2a/0.3/.well-known/agent-card.json",
            ])
    }

    @Test func `all other routes answer 401 with a challenge and no tenant's data`() async throws {
        try await DoorHarness.run { harness in
            for route in Routes.table where route.operation.authority != .open {
                let path = route.pattern.replacing("{id}", with: "x").replacing("{name}", with: "acme")
                    .replacing("{model}", with: "m").replacing("{space}", with: "s").replacing("{path*}", with: "tasks")
                let method = route.method == "*" ? "GET" : route.method
                let answer = try await harness.send(method, path, body: "{}")
                #expect(answer.status == 401, "\(route.method) \(path)")
                let challenge =
                    route.operation == Operations.all.first { $0.name == "a2a" }
                    ? "Bearer realm=\"a2a\", error=\"invalid_token\", scope=\"search\""
                    : "Bearer resource_metadata=\"http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp\", scope=\"search\""
                #expect(answer.headers["WWW-Authenticate"] == challenge)
            }
        }
    }

    @Test func `a path that is a pattern as it stands belongs to no row above it`() {
        // Such paths are looked up, all others are tried row by row: both must find the same.
        func matches(_ pattern: String, _ path: String) -> Bool {
            let (parts, segments) = (pattern.split(separator: "/"), path.split(separator: "/"))
            if parts.last == "{path*}" {
                return segments.count >= parts.count && zip(parts.dropLast(), segments).allSatisfy(==)
            }
            return parts.count == segments.count
                && zip(parts, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        for (place, row) in Routes.table.enumerated() where !row.pattern.contains("{") {
            let above = Routes.table[..<place].filter {
                ($0.method == row.method || $0.method == "*") && matches($0.pattern, row.pattern)
            }
            #expect(above.isEmpty, "\(row.method) \(row.pattern)")
        }
    }

    @Test func `open routes answer without a credential`() async throws {
        try await DoorHarness.run { harness in
            for route in Routes.table where route.operation.authority == .open {
                let path = route.pattern.replacing("{file}", with: "main.js")
                let answer = try await harness.send(route.method, path)
                #expect(answer.status == (route.pattern == "/oauth/token" ? 400 : 200), "\(route.pattern)")
            }
            #expect(try await harness.send("POST", "/oauth/token").json["error"] == "invalid_request")
        }
    }

    @Test func `changes are never retried and handshakes never limited`() {
        for operation in Operations.all {
            if operation.changes { #expect(operation.retries == 0, "\(operation.name)") }
            if ["server/discover", "initialize", "ping", "health"].contains(operation.name) {
                #expect(!operation.isLimited, "\(operation.name)")
            }
            if case .scope(.search) = operation.authority { #expect(operation.audit != .none) }
        }
    }

    /// Keywords the validator checks, and those that only describe.
    private static let keywords: Set<String> = [
        "type", "enum", "minimum", "maximum", "minLength", "minItems", "maxItems", "items", "properties", "required",
        "additionalProperties", "description", "default",
    ]

    @Test(arguments: MCPTool.all.map(\.operation.name))
    func `schemas use nothing that is not checked`(name: String) throws {
        let tool = try #require(MCPTool.all.first { $0.operation.name == name })
        for schema in tool.schemas {
            #expect(schema["type"] == "object")
            #expect(Self.foreignKeywords(in: schema) == [])
        }
    }

    private static func foreignKeywords(in schema: JSONValue) -> [String] {
        guard let object = schema.objectValue else { return [] }
        var found = object.keys.filter { !keywords.contains($0) }
        for member in object["properties"]?.objectValue?.members ?? [] { found += foreignKeywords(in: member.value) }
        if let items = object["items"] { found += foreignKeywords(in: items) }
        return found
    }
}
