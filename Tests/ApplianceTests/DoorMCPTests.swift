import Access
import Appliance
import HTTPServer
import JSON
import Testing

/// `/mcp` in both eras, over the real engine.
@Suite struct DoorMCPTests {
    private static let tools = [
        "hybrid_search", "search_documents", "retrieve_document", "list_documents", "find_similar", "get_passages",
        "list_collections", "explain_hit", "add_documents", "update_document", "delete_documents",
    ]

    private func structured(_ answer: DoorHarness.Answer) throws -> JSONValue {
        let result = try #require(answer.json["result"], "\(answer.text)")
        let structured = try #require(result["structuredContent"], "\(answer.text)")
        let text = try #require(result["content"]?.arrayValue?.first?["text"]?.stringValue)
        #expect(try JSONValue(parsing: text) == structured, "the text block holds the same")
        return structured
    }

    private func isError(_ answer: DoorHarness.Answer) -> Bool {
        answer.status == 200 && answer.json["result"]?["isError"] == true
    }

    @Test(arguments: [DoorHarness.Era.modern, .legacy])
    func `documents go in, are found, read, listed and deleted`(era: DoorHarness.Era) async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            func tool(_ name: String, _ arguments: JSONObject) async throws -> JSONValue {
                try structured(try await harness.tool(name, arguments, token: token, era: era))
            }
            let added = try await tool(
                "add_documents",
                [
                    "documents": [
                        [
                            "id": "gdpr/17", "title": "Erasure", "text": "The right to erasure of personal data.",
                            "metadata": ["year": 2016],
                        ],
                        ["id": "sec", "content": "Disclosure of material cybersecurity incidents."],
                        ["id": "bad", "text": 3], ["title": "only a title"],
                    ]
                ])
            #expect(added["added"] == 3)
            #expect(added["errors"]?.arrayValue?.count == 1)
            #expect(added["errors"]?.arrayValue?.first?["index"] == 2)
            for name in ["hybrid_search", "search_documents"] {
                let found = try await tool(name, ["query": "erasure of data", "limit": 5])
                let hit = try #require(found["hits"]?.arrayValue?.first)
                #expect(hit["doc_id"] == "gdpr/17")
                #expect(hit["uri"] == "search://documents/default/gdpr%2F17")
                #expect(hit["tenant_id"] == "acme")
                #expect(hit["score"]?.doubleValue == 1)
                #expect(hit["metadata"]?["year"] == 2016)
                #expect(found["degraded"] == .bool(name == "hybrid_search"), "no model is installed")
            }
            let document = try await tool("retrieve_document", ["doc_id": "gdpr/17"])
            #expect(document["text"] == "The right to erasure of personal data.")
            #expect(document["warnings"] == [])
            #expect(try await tool("list_documents", [:])["documents"]?.arrayValue?.count == 3)
            let collections = try await tool("list_collections", [:])
            #expect(collections["collections"]?.arrayValue?.first?["documents"] == 3)
            let deleted = try await tool("delete_documents", ["ids": ["sec", "nothing"]])
            #expect(deleted == ["deleted": 1, "unknown": 1, "warnings": []])
            #expect(
                isError(try await harness.tool("retrieve_document", ["document_id": "sec"], token: token, era: era)))
        }
    }

    @Test func `tools are hidden by scope, in a fixed order`() async throws {
        try await DoorHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            func names(_ scopes: ScopeSet) async throws -> [String] {
                let answer = try await harness.call("tools/list", token: harness.token(acme, scopes: scopes))
                return (answer.json["result"]?["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            }
            #expect(try await names([.search, .write]) == Self.tools)
            #expect(try await names(.write) == Self.tools)
            #expect(try await names(.search) == Array(Self.tools.dropLast(3)))
            #expect(try await names(.audit) == [])
            let reader = try harness.token(acme, scopes: .search)
            let modern = try await harness.tool("add_documents", ["documents": [["text": "x"]]], token: reader)
            #expect(modern.status == 403)
            #expect(modern.json["error"]?["code"] == -31002)
            #expect(modern.headers["WWW-Authenticate"]?.contains("scope=\"write\"") == true)
            let legacy = try await harness.tool(
                "add_documents", ["documents": [["text": "x"]]], token: reader, era: .legacy)
            #expect(legacy.status == 200)
            #expect(legacy.json["error"]?["code"] == -31002)
        }
    }

    @Test(arguments: [
        ("hybrid_search", "{}"), ("hybrid_search", #"{"query":""}"#), ("hybrid_search", #"{"query":3}"#),
        ("hybrid_search", #"{"query":"x","limit":0}"#), ("hybrid_search", #"{"query":"x","limit":1.5}"#),
        ("hybrid_search", #"{"query":"x","fusion":"loudest"}"#), ("hybrid_search", #"{"query":"x","filter":{}}"#),
        ("hybrid_search", #"{"query":"x","min_score":2}"#), ("hybrid_search", #"{"query":"x","cursor":"zz"}"#),
        ("hybrid_search", #"{"query":"x","embedding":[1,2]}"#),
        ("hybrid_search", #"{"query":"x","collection":"nope"}"#),
        ("hybrid_search", #"{"query":"x","bm25_weight":0,"vector_weight":0}"#),
        ("search_documents", #"{"query":"x","mode":"bm25"}"#), ("retrieve_document", "{}"),
        ("retrieve_document", #"{"document_id":"nope"}"#), ("list_documents", #"{"limit":"many"}"#),
        ("list_documents", #"{"cursor":"zz"}"#), ("list_collections", #"{"x":1}"#),
        ("list_collections", #"{"cursor":"zz"}"#), ("retrieve_document", #"{"document_id":"x","cursor":"zz"}"#),
        ("find_similar", "{}"), ("find_similar", #"{"document_id":"nope"}"#),
        ("find_similar", #"{"document_id":"x","min_vector_score":2}"#), ("get_passages", "{}"),
        ("get_passages", #"{"document_id":"nope"}"#), ("get_passages", #"{"document_id":"x","first":0}"#),
        ("get_passages", #"{"document_id":"x","first":1,"last":1}"#),
        ("get_passages", #"{"document_id":"x","neighbours":1}"#),
        ("get_passages", #"{"document_id":"x","ids":["a"]}"#), ("get_passages", #"{"document_id":"x","cursor":"zz"}"#),
        ("explain_hit", #"{"query":"x"}"#), ("explain_hit", #"{"query":"x","document_id":"nope"}"#),
        ("explain_hit", #"{"query":"x","document_id":"x","depth":5}"#), ("update_document", #"{"title":"x"}"#),
        ("update_document", #"{"document_id":"nope","title":"x"}"#), ("update_document", #"{"document_id":"nope"}"#),
        ("update_document", #"{"document_id":"nope","title":3}"#),
        ("add_documents", #"{"documents":[]}"#),
        ("add_documents", #"{"documents":[{"text":1}]}"#),
        ("add_documents", #"{"documents":[{"text":"x"}],"collection":"No"}"#),
        ("delete_documents", #"{"ids":[]}"#), ("delete_documents", #"{"ids":["1"],"collection":"nope"}"#),
    ])
    func `wrong arguments are results a model can read`(name: String, arguments: String) async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let object = try #require(try JSONValue(parsing: arguments).objectValue)
            let answer = try await harness.tool(name, object, token: token)
            #expect(isError(answer), "\(answer.text)")
        }
    }

    @Test func `a limit above fifty is cut and said`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let documents = (0..<60).map {
                JSONValue.object(["id": .string("d\($0)"), "text": .string("zebra number \($0)")])
            }
            _ = try await harness.tool("add_documents", ["documents": .array(documents)], token: token)
            let first = try structured(
                try await harness.tool("search_documents", ["query": "zebra", "limit": 200], token: token))
            #expect(first["hits"]?.arrayValue?.count == 50)
            #expect(first["total"] == 60)
            #expect(first["warnings"]?.arrayValue?.contains { $0.stringValue?.contains("200") == true } == true)
            let cursor = try #require(first["next_cursor"])
            let second = try structured(
                try await harness.tool(
                    "search_documents", ["query": "zebra", "limit": 50, "cursor": cursor], token: token))
            #expect(second["hits"]?.arrayValue?.count == 10)
            #expect(second["next_cursor"] == nil)
        }
    }

    @Test func `answers stay small: snippets, then hits, and the cursor leads on`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let filler = String(repeating: "plain words without end ", count: 300)
            let documents = (0..<20).map {
                JSONValue.object(["id": .string("d\($0)"), "text": .string("zebra \($0) \(filler)")])
            }
            _ = try await harness.tool("add_documents", ["documents": .array(documents)], token: token)
            var seen: [String] = []
            var arguments: JSONObject = ["query": "zebra", "limit": 20, "detail": "full"]
            for _ in 0..<20 {
                let page = try structured(try await harness.tool("hybrid_search", arguments, token: token))
                let hits = page["hits"]?.arrayValue ?? []
                #expect(hits.count < 6)
                seen += hits.compactMap { $0["doc_id"]?.stringValue }
                guard let cursor = page["next_cursor"] else { break }
                #expect(page["warnings"]?.arrayValue?.isEmpty == false)
                arguments["cursor"] = cursor
            }
            #expect(seen.count == 20)
            #expect(Set(seen).count == 20)
        }
    }

    @Test func `errors of the protocol have their statuses`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let unknown = try await harness.tool("nope", [:], token: token)
            #expect(unknown.status == 400)
            #expect(unknown.json["error"]?["code"] == -32602)
            #expect(try await harness.tool("nope", [:], token: token, era: .legacy).status == 200)
            #expect(try await harness.call("logging/setLevel", token: token).status == 404)
            #expect(
                try await harness.call("tools/list", ["cursor": "zz"], token: token).json["error"]?["code"] == -32602)
            let broken = try await harness.send(
                "POST", "/mcp", token: token, body: "{", headers: [("Accept", "application/json")])
            #expect(broken.status == 400)
            #expect(broken.json["error"]?["code"] == -32700)
            let get = try await harness.send("GET", "/mcp", token: token)
            #expect(get.status == 405)
            #expect(get.headers["Allow"] == "POST")
            #expect(try await harness.send("DELETE", "/mcp/", token: token).status == 405)
            let text = try await harness.send(
                "POST", "/mcp", token: token, body: "{}", headers: [("Content-Type", "text/plain")])
            #expect(text.status == 415)
            let huge = try await harness.send(
                "POST", "/mcp", token: token, body: String(repeating: " ", count: 4 << 20) + "{}")
            #expect(huge.status == 413)
            let note = try await harness.send(
                "POST", "/mcp/", token: token, body: #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
                headers: [("Accept", "*/*")])
            #expect(note.status == 202)
            #expect(note.body.isEmpty)
        }
    }

    @Test func `a batch of the old revision takes each entry through the gate`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme", callsWithoutRefill: 10))
            let entries = (0..<12).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"tools/list"}"# }.joined(
                separator: ",")
            let answer = try await harness.send(
                "POST", "/mcp", token: token, body: "[\(entries)]",
                headers: [("Accept", "application/json"), ("MCP-Protocol-Version", "2025-03-26")])
            #expect(answer.status == 200)
            let replies = try #require(answer.json.arrayValue)
            #expect(replies.filter { $0["result"] != nil }.count == 10)
            #expect(replies.filter { $0["error"]?["code"] == -31003 }.count == 2)
        }
    }
}
