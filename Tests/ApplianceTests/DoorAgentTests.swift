import Access
import Appliance
import HTTPServer
import JSON
import TenantStore
import Testing

/// Resources, prompts and completion through the gate, in both eras.
@Suite struct DoorAgentTests {
    private static let documents: JSONValue = [
        ["id": "a/b", "title": "Slash", "text": "First text", "metadata": ["year": 2024, "tags": ["x"]]],
        ["id": "alpha", "text": "Alpha text", "metadata": ["year": "old"]], ["id": "beta", "text": "Beta text"],
    ]

    private func fill(_ harness: DoorHarness, _ token: String, collection: String = "docs") async throws {
        let answer = try await harness.tool(
            "add_documents", ["documents": Self.documents, "collection": .string(collection)], token: token)
        #expect(answer.json["result"]?["isError"] == false, "\(answer.text)")
    }

    private func text(_ answer: DoorHarness.Answer) -> String? {
        answer.json["result"]?["contents"]?.arrayValue?.first?["text"]?.stringValue
    }

    @Test(arguments: [DoorHarness.Era.modern, .legacy])
    func resourcesAreListedAndRead(_ era: DoorHarness.Era) async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            try await fill(harness, token)
            let list = try await harness.call("resources/list", token: token, era: era)
            #expect(
                list.json["result"]?["resources"] == [
                    [
                        "uri": "search://collections/docs", "name": "docs", "title": "Collection docs",
                        "description": "3 documents in 3 passages", "mimeType": "application/json",
                    ]
                ])
            let templates = try await harness.call("resources/templates/list", token: token, era: era)
            #expect(
                templates.json["result"]?["resourceTemplates"]?.arrayValue?.compactMap {
                    $0["uriTemplate"]?.stringValue
                }
                    == [
                        "search://collections/{name}", "search://documents/{collection}/{id}",
                        "search://documents/{collection}/{id}/passages/{n}",
                    ])
            func read(_ uri: String) async throws -> DoorHarness.Answer {
                try await harness.call("resources/read", ["uri": .string(uri)], token: token, era: era)
            }
            let collection = try JSONValue(
                parsing: Array((text(try await read("search://collections/docs")) ?? "").utf8))
            #expect(collection["documents"] == 3)
            #expect(
                collection["fields"] == [
                    ["name": "tags", "types": ["array"]], ["name": "year", "types": ["number", "string"]],
                ])
            #expect(text(try await read("search://documents/docs/a%2Fb")) == "First text")
            #expect(text(try await read("search://documents/docs/a%2Fb/passages/1")) == "First text")
            let echoed = try await read("search://documents/docs/a%2fb")
            #expect(
                echoed.json["result"]?["contents"]?.arrayValue?.first?["uri"] == "search://documents/docs/a%2fb")
            for uri in [
                "search://collections/none", "search://documents/docs/none", "search://documents/none/alpha",
                "search://documents/docs/alpha/passages/2", "search://documents/docs/a/b", "nonsense", "",
            ] {
                let answer = try await read(uri)
                #expect(answer.status == (era == .modern ? 400 : 200), "\(uri)")
                #expect(answer.json["error"]?["code"] == (era == .modern ? -32602 : -32002), "\(uri)")
                #expect(answer.json["error"]?["data"] == ["uri": .string(uri)], "\(uri)")
            }
        }
    }

    @Test func `another tenant's address is an unknown one, to the byte`() async throws {
        try await DoorHarness.run { harness in
            let mine = try harness.token(try await harness.makeTenant("acme"))
            let other = try harness.token(try await harness.makeTenant("beech"))
            try await fill(harness, mine)
            try await fill(harness, other, collection: "own")
            for uri in [
                "search://collections/docs", "search://documents/docs/alpha",
                "search://documents/docs/alpha/passages/1",
            ] {
                let foreign = try await harness.call("resources/read", ["uri": .string(uri)], token: other)
                let unknown = try await harness.call(
                    "resources/read", ["uri": .string(uri.replacing("docs", with: "none"))], token: other)
                #expect(foreign.status == 400)
                #expect(foreign.text == unknown.text.replacing("none", with: "docs"))
            }
            for value in ["", "d", "al"] {
                for argument in ["collection", "document_id"] {
                    let answer = try await harness.call(
                        "completion/complete",
                        [
                            "ref": ["type": "ref/prompt", "name": "summarise"],
                            "argument": ["name": .string(argument), "value": .string(value)],
                            "context": ["arguments": ["collection": "docs"]],
                        ], token: other)
                    let found = argument == "collection" && value.isEmpty ? ["own"] : []
                    #expect(answer.json["result"]?["completion"]?["values"] == .array(found.map { .string($0) }))
                }
            }
        }
    }

    @Test(
        arguments: [
            ("collection", "", [:], ["docs"]), ("collection", "x", [:], []),
            ("document_id", "", [:], ["a/b", "alpha", "beta"]),
            ("document_id", "a", [:], ["a/b", "alpha"]), ("document_id", "alpha", [:], ["alpha"]),
            ("document_id", "a", ["collection": "docs"], ["a/b", "alpha"]),
            ("document_id", "a", ["collection": "none"], []), ("document_id", "zz", [:], []),
        ] as [(String, String, [String: String], [String])])
    func promptArgumentsAreCompleted(
        _ argument: String, _ value: String, _ known: [String: String], _ expected: [String]
    ) async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            try await fill(harness, token)
            let context = JSONObject(known.map { ($0.key, JSONValue.string($0.value)) })
            let answer = try await harness.call(
                "completion/complete",
                [
                    "ref": ["type": "ref/prompt", "name": "summarise"],
                    "argument": ["name": .string(argument), "value": .string(value)],
                    "context": ["arguments": .object(context)],
                ], token: token)
            #expect(
                answer.json["result"]?["completion"] == [
                    "values": .array(expected.map { .string($0) }), "total": .integer(Int64(expected.count)),
                    "hasMore": false,
                ])
        }
    }

    @Test func `template variables and metadata fields are completed, at most 100 at once`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let many: [JSONValue] = (0..<150).map { ["id": .string("id-\($0 + 1000)"), "text": .string("t\($0)")] }
            try await fill(harness, token)
            _ = try await harness.tool(
                "add_documents", ["documents": .array(many), "collection": "docs"], token: token)
            func complete(_ ref: JSONValue, _ argument: String, _ value: String, _ known: JSONObject = [:]) async throws
                -> JSONValue?
            {
                try await harness.call(
                    "completion/complete",
                    [
                        "ref": ref, "argument": ["name": .string(argument), "value": .string(value)],
                        "context": ["arguments": .object(known)],
                    ], token: token
                ).json["result"]?["completion"]
            }
            let template: JSONValue = ["type": "ref/resource", "uri": "search://documents/{collection}/{id}"]
            let ids = try #require(try await complete(template, "id", "id-", ["collection": "docs"]))
            #expect(ids["values"]?.arrayValue?.count == 100)
            #expect(ids["values"]?.arrayValue?.first == "id-1000")
            #expect(ids["hasMore"] == true)
            #expect(ids["total"] == nil)
            #expect(try await complete(template, "collection", "do")?["values"] == ["docs"])
            let passages: JSONValue = [
                "type": "ref/resource", "uri": "search://documents/{collection}/{id}/passages/{n}",
            ]
            #expect(
                try await complete(passages, "n", "", ["collection": "docs", "id": "beta"])?["values"] == ["1"])
            let compare: JSONValue = ["type": "ref/prompt", "name": "compare_documents"]
            #expect(try await complete(compare, "field", "")?["values"] == ["tags", "year"])
            #expect(try await complete(compare, "field", "y")?["values"] == ["year"])
            for (ref, argument) in [
                (["type": "ref/prompt", "name": "nope"], "x"), (compare, "nope"), (template, "nope"),
                (["type": "ref/resource", "uri": "search://nope/{x}"], "x"),
            ] as [(JSONValue, String)] {
                let answer = try await harness.call(
                    "completion/complete", ["ref": ref, "argument": ["name": .string(argument), "value": ""]],
                    token: token)
                #expect(answer.status == 400)
                #expect(answer.json["error"]?["code"] == -32602)
            }
        }
    }

    @Test(arguments: [DoorHarness.Era.modern, .legacy])
    func promptsBringTheirDocuments(_ era: DoorHarness.Era) async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            func get(_ name: String, _ arguments: JSONObject) async throws -> DoorHarness.Answer {
                try await harness.call(
                    "prompts/get", ["name": .string(name), "arguments": .object(arguments)], token: token, era: era)
            }
            // An empty tenant has no sources, and the prompt says so.
            let empty = try await get("answer_with_citations", ["question": "alpha"])
            #expect(empty.json["result"]?["messages"]?.arrayValue?.count == 1)
            try await fill(harness, token)
            let list = try await harness.call("prompts/list", token: token, era: era)
            #expect(
                list.json["result"]?["prompts"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
                    == ["answer_with_citations", "compare_documents", "research_brief", "summarise"])
            let answer = try await get("answer_with_citations", ["question": "alpha"])
            let messages = try #require(answer.json["result"]?["messages"]?.arrayValue)
            #expect(messages.count == 3)
            #expect(messages[0]["content"]?["text"] == "Source [1]: alpha")
            #expect(messages[1]["content"]?["resource"]?["uri"] == "search://documents/docs/alpha")
            #expect(messages[2]["content"]?["text"]?.stringValue?.hasPrefix("Answer this question: alpha") == true)
            let pair = try await get("compare_documents", ["first_document": "alpha", "second_document": "a/b"])
            let uris = pair.json["result"]?["messages"]?.arrayValue?
                .compactMap { $0["content"]?["resource"]?["uri"]?.stringValue }
            #expect(uris == ["search://documents/docs/alpha", "search://documents/docs/a%2Fb"])
            #expect(try await get("summarise", ["document_id": "beta"]).text.contains("Beta text"))
            #expect(try await get("research_brief", ["topic": "beta"]).text.contains("research brief about: beta"))
            for (name, arguments) in [
                ("nope", [:]), ("summarise", [:]), ("summarise", ["document_id": "nope"]),
                ("compare_documents", ["first_document": "alpha"]),
                ("answer_with_citations", ["question": "x", "collection": "nope"]),
            ] as [(String, JSONObject)] {
                let refused = try await get(name, arguments)
                #expect(refused.status == (era == .modern ? 400 : 200), "\(name)")
                #expect(refused.json["error"]?["code"] == -32602, "\(name)")
            }
        }
    }

    @Test func `a credential that may not search sees nothing and reads nothing`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            try await fill(harness, try harness.token(acme))
            for token in [try harness.token(acme, scopes: .audit), try harness.token(nil)] {
                for (method, key) in [
                    ("resources/list", "resources"), ("resources/templates/list", "resourceTemplates"),
                    ("prompts/list", "prompts"),
                ] {
                    #expect(try await harness.call(method, token: token).json["result"]?[key] == [], "\(method)")
                }
                for (method, parameters) in [
                    ("resources/read", ["uri": "search://collections/docs"]),
                    ("prompts/get", ["name": "summarise", "arguments": ["document_id": "alpha"]]),
                    (
                        "completion/complete",
                        [
                            "ref": ["type": "ref/prompt", "name": "summarise"],
                            "argument": ["name": "collection", "value": ""],
                        ]
                    ),
                ] as [(String, JSONObject)] {
                    let modern = try await harness.call(method, parameters, token: token)
                    #expect(modern.status == 403, "\(method)")
                    #expect(modern.json["error"]?["code"] == -31002)
                    let legacy = try await harness.call(method, parameters, token: token, era: .legacy)
                    #expect(legacy.status == 200)
                    #expect(legacy.json["error"]?["code"] == -31002)
                }
            }
        }
    }
}
