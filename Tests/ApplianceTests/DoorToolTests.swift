import Access
import Appliance
import JSON
import Testing

/// The tools that read, compare, explain and change one document, through `/mcp`.
@Suite struct DoorToolTests {
    private func structured(_ answer: DoorHarness.Answer) throws -> JSONValue {
        let result = try #require(answer.json["result"], "\(answer.text)")
        #expect(result["isError"] == false, "\(answer.text)")
        let structured = try #require(result["structuredContent"], "\(answer.text)")
        let text = try #require(result["content"]?.arrayValue?.first?["text"]?.stringValue)
        #expect(try JSONValue(parsing: text) == structured, "the text block holds the same")
        return structured
    }

    private func failure(_ answer: DoorHarness.Answer) throws -> String {
        #expect(answer.status == 200 && answer.json["result"]?["isError"] == true, "\(answer.text)")
        return try #require(answer.json["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue)
    }

    @Test func `a document is changed in parts`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            func tool(_ name: String, _ arguments: JSONObject) async throws -> JSONValue {
                try structured(try await harness.tool(name, arguments, token: token))
            }
            let document: JSONValue = [
                "id": "a", "title": "Old", "text": "The first words.", "metadata": ["keep": 1, "drop": 2],
            ]
            _ = try await tool("add_documents", ["documents": [document]])
            let report = try await tool(
                "update_document", ["document_id": "a", "metadata": ["drop": nil, "new": ["x": 3]], "title": "New"])
            #expect(report["updated"] == 1 && report["ids"] == ["a"])
            let changed = try await tool("retrieve_document", ["document_id": "a"])
            #expect(changed["title"] == "New" && changed["text"] == "The first words.")
            #expect(changed["metadata"] == ["keep": 1, "new": ["x": 3]])
            let again = try await tool("update_document", ["doc_id": "a", "title": "New"])
            #expect(again["updated"] == 0 && again["unchanged"] == 1)
            // null and an empty text both take away.
            _ = try await tool("update_document", ["document_id": "a", "title": nil, "text": "Other words."])
            let last = try await tool("retrieve_document", ["document_id": "a"])
            #expect(last["title"] == "" && last["text"] == "Other words.")
            let unknown = try failure(
                try await harness.tool("update_document", ["document_id": "b", "title": "x"], token: token))
            #expect(unknown.contains("\"b\""))
            let short = try failure(
                try await harness.tool("update_document", ["document_id": "a", "embedding": [1]], token: token))
            #expect(short.contains("384"))
            let reader = try harness.token(try await harness.makeTenant("other"), scopes: .search)
            let refused = try await harness.tool("update_document", ["document_id": "a", "title": "x"], token: reader)
            #expect(refused.status == 403)
        }
    }

    @Test func `REST and the tool explain alike`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            _ = try await harness.tool(
                "add_documents",
                ["documents": [["id": "a", "text": "zebra zebra lion"], ["id": "b", "text": "lion"]]], token: token)
            var tool = try structured(
                try await harness.tool("explain_hit", ["query": "zebra lion", "document_id": "b"], token: token))
            let rest = try await harness.send(
                "POST", "/v1/search:explain", token: token, body: #"{"query": "zebra lion", "document_id": "b"}"#)
            #expect(rest.status == 200)
            func timeless(_ value: JSONValue) -> JSONObject {
                JSONObject((value.objectValue ?? [:]).members.filter { $0.key != "took_ms" }.map { ($0.key, $0.value) })
            }
            #expect(timeless(tool) == timeless(rest.json))
            #expect(tool["found"] == true && tool["rank"] == 2 && tool["degraded"] == true)
            #expect(tool["bm25"]?["rank"] == 2 && tool["vector"] == ["ran": false])
            #expect(tool["fusion"]?["bm25_weight"]?.doubleValue == 1)
            tool = try structured(
                try await harness.tool(
                    "explain_hit", ["query": "zebra", "document_id": "b", "mode": "bm25"], token: token))
            #expect(tool["found"] == false && tool["excluded_by"] == "no_match" && tool["fusion"] == nil)
            for body in [
                "{}", #"{"query":"x"}"#, #"{"document_id":"a"}"#, #"{"query":"x","document_id":"a","bogus":1}"#,
            ] {
                #expect(try await harness.send("POST", "/v1/search:explain", token: token, body: body).status == 400)
            }
            let unknown = try await harness.send(
                "POST", "/v1/search:explain", token: token, body: #"{"query":"x","document_id":"nope"}"#)
            #expect(unknown.status == 404 && unknown.json["code"] == "document_not_found")
        }
    }

    @Test func `cursors are for the same tenant, tool, request and version`() async throws {
        try await DoorHarness.run { harness in
            let acme = try harness.token(try await harness.makeTenant("acme"))
            let other = try harness.token(try await harness.makeTenant("other"))
            let text = (0..<4_000).map { "Sentence number \($0) stands here. " }.joined()
            for token in [acme, other] {
                _ = try await harness.tool(
                    "add_documents",
                    ["documents": [["id": "long", "text": .string(text)], ["id": "more", "text": .string(text)]]],
                    token: token)
            }
            for tool in ["get_passages", "retrieve_document"] {
                let first = try structured(try await harness.tool(tool, ["document_id": "long"], token: acme))
                let cursor = try #require(first["next_cursor"])
                func next(_ arguments: JSONObject, tool: String, token: String) async throws -> Bool {
                    let answer = try await harness.tool(tool, arguments, token: token)
                    return answer.json["result"]?["isError"] == false
                }
                let same: JSONObject = ["document_id": "long", "cursor": cursor]
                #expect(try await next(same, tool: tool, token: acme))
                #expect(try await !next(same, tool: tool, token: other))
                #expect(try await !next(["document_id": "more", "cursor": cursor], tool: tool, token: acme))
                #expect(
                    try await !next(
                        same, tool: tool == "get_passages" ? "retrieve_document" : "get_passages", token: acme))
                if tool == "get_passages" {
                    #expect(
                        try await !next(
                            ["document_id": "long", "last": 3, "cursor": cursor], tool: tool, token: acme))
                }
                _ = try await harness.tool(
                    "update_document", ["document_id": "long", "text": .string(text + tool)], token: acme)
                #expect(try await !next(same, tool: tool, token: acme))
            }
        }
    }
}
