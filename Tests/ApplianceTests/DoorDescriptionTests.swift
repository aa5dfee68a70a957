import Access
import Appliance
import HTTPServer
import JSON
import Testing

/// `/openapi.json` against the table it is made from.
@Suite struct DoorDescriptionTests {
    private static func document(_ harness: DoorHarness) async throws -> JSONValue {
        let answer = try await harness.send("GET", "/openapi.json")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/json")
        return answer.json
    }

    private static func operations(_ document: JSONValue) -> [(path: String, method: String, value: JSONValue)] {
        (document["paths"]?.objectValue?.members ?? []).flatMap { path in
            (path.value.objectValue?.members ?? []).map { (path.key, $0.key.uppercased(), $0.value) }
        }
    }

    private static func route(_ method: String, _ path: String) throws -> (
        method: String, pattern: String, operation: Operation
    ) {
        try #require(
            Routes.table.first { route in
                [method, "*"].contains(route.method) && route.pattern.replacing("{path*}", with: "{path}") == path
            })
    }

    @Test func `every route is there, and nothing else`() async throws {
        try await DoorHarness.run { harness in
            let document = try await Self.document(harness)
            let described = Self.operations(document).map { "\($0.method) \($0.path)" }
            let fixed = Routes.table.filter { $0.method != "*" }
            for route in fixed { #expect(described.contains("\(route.method) \(route.pattern)")) }
            for (path, method, _) in Self.operations(document) { _ = try Self.route(method, path) }
            let open = Routes.table.filter { $0.method == "*" }
            #expect(described.count == fixed.count + 3 * open.count)
            let names = Self.operations(document).compactMap { $0.value["operationId"]?.stringValue }
            #expect(Set(names).count == described.count, "operation ids are unique")
        }
    }

    @Test func `every route has words, parameters, an example, and says what it needs`() async throws {
        try await DoorHarness.run { harness in
            let document = try await Self.document(harness)
            for (path, method, value) in Self.operations(document) {
                let place = Comment(rawValue: "\(method) \(path)")
                #expect(value["summary"]?.stringValue?.isEmpty == false, place)
                // `{name}` or `{name}:verb`
                let inPath = path.split(separator: "/").filter { $0.hasPrefix("{") }
                    .map { $0.dropFirst().prefix { $0 != "}" } }
                let described = (value["parameters"]?.arrayValue ?? []).filter { $0["in"] == "path" }
                #expect(described.compactMap { $0["name"]?.stringValue } == inPath.map(String.init), place)
                let route = try Self.route(method, path)
                let security = value["security"]?.arrayValue
                switch route.operation.authority {
                case .open: #expect(security == [], place)
                case .anyCredential: #expect(security == [["bearer": []]], place)
                case .scope(let scope): #expect(security == [["bearer": [.string(scope.rawValue)]]], place)
                }
                if let body = value["requestBody"] {
                    for content in body["content"]?.objectValue?.members ?? [] {
                        #expect(content.value["examples"]?.objectValue?.isEmpty == false, place)
                    }
                }
            }
        }
    }

    @Test func `problems that an operation can meet are told`() async throws {
        try await DoorHarness.run { harness in
            let document = try await Self.document(harness)
            for (path, method, value) in Self.operations(document) {
                let route = try Self.route(method, path)
                let told = Set(value["responses"]?.objectValue?.keys ?? [])
                var expected: Set<String> = ["421", "500"]
                // Pages of any origin may read the cards.
                if route.operation.name != "a2a.card" { expected.insert("403") }
                if route.operation.authority != .open { expected.formUnion(["400", "401", "429", "503"]) }
                if route.operation.authority != .open, route.operation.timeout != nil, value["tags"] != ["Agents"] {
                    expected.insert("504")
                }
                if route.operation.changes, value["tags"] != ["Agents"] { expected.insert("507") }
                if value["requestBody"] != nil { expected.formUnion(["400", "408"]) }
                if value["requestBody"]?["content"]?["application/json"] != nil { expected.formUnion(["413", "415"]) }
                #expect(told.isSuperset(of: expected), "\(method) \(path) lacks \(expected.subtracting(told).sorted())")
                #expect(!told.contains("default"), "\(method) \(path)")
                #expect(!told.contains("405") || route.method == "*", "\(method) \(path)")
            }
        }
    }

    @Test func `every reference leads somewhere`() async throws {
        try await DoorHarness.run { harness in
            let document = try await Self.document(harness)
            var references: Set<String> = []
            Self.collect(document, &references)
            #expect(references.count > 10)
            for reference in references {
                let found = reference.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] ?? .null }
                #expect(found != .null, "\(reference)")
            }
        }
    }

    private static func collect(_ value: JSONValue, _ references: inout Set<String>) {
        for member in value.objectValue?.members ?? [] {
            if member.key == "$ref", let text = member.value.stringValue { references.insert(text) }
            collect(member.value, &references)
        }
        for item in value.arrayValue ?? [] { collect(item, &references) }
    }

    @Test func `it is kept by caches and asked for by tag`() async throws {
        try await DoorHarness.run { harness in
            let first = try await harness.send("GET", "/openapi.json")
            let tag = try #require(first.headers["ETag"])
            #expect(first.headers["Cache-Control"] == "public, max-age=300")
            let again = try await harness.send("GET", "/openapi.json", headers: [("If-None-Match", "\"x\", W/\(tag)")])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again.headers["ETag"] == tag)
            #expect(try await harness.send("GET", "/openapi.json", headers: [("If-None-Match", "\"x\"")]).status == 200)
        }
    }
}
