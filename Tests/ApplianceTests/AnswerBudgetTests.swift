import Access
import Appliance
import JSON
import Testing

/// No tool's answer exceeds its budget, whatever lies in the collection, and what is left out can be had.
@Suite struct AnswerBudgetTests {
    /// JSON bytes; both of the structured result and of its text twin, which is the same JSON.
    private static let limit = 32_000

    private func structured(_ answer: DoorHarness.Answer, mayFail: Bool = false) throws -> JSONValue {
        let result = try #require(answer.json["result"], "\(answer.text.prefix(500))")
        let text = try #require(result["content"]?.arrayValue?.first?["text"]?.stringValue)
        #expect(text.utf8.count <= Self.limit, "\(text.utf8.count) bytes: \(text.prefix(200))")
        if !mayFail { #expect(result["isError"] == false, "\(answer.text.prefix(500))") }
        guard let structured = result["structuredContent"] else { return .null }
        #expect(try JSONValue(parsing: text) == structured)
        return structured
    }

    /// Long where a document can be: texts, titles, metadata, ids; some of it six bytes a sign once escaped.
    private static func document(_ number: Int) -> JSONValue {
        let long = String(repeating: "\u{1}", count: 470)
        return [
            "id": .string("\(number)" + long), "title": .string(String(repeating: "\u{2}title ", count: 500)),
            "text": .string(
                (0..<1_500).map { "Zebra number \($0) of \(number)\u{3}\u{3}\u{3} says \"hello\".\n" }.joined()),
            "metadata": ["notes": .string(String(repeating: "m\u{4}", count: number % 2 == 0 ? 40_000 : 300))],
        ]
    }

    private static func id(_ number: Int) -> JSONValue { .string("\(number)" + String(repeating: "\u{1}", count: 470)) }

    private func fill(_ harness: DoorHarness, _ token: String) async throws {
        let report = try structured(
            try await harness.tool(
                "add_documents", ["documents": .array((0..<12).map(Self.document)), "collection": "big"], token: token))
        #expect(report["added"] == 12)
    }

    @Test func `searches`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            try await fill(harness, token)
            for (name, detail) in [
                ("hybrid_search", "full"), ("hybrid_search", "snippets"), ("hybrid_search", "ids"),
                ("find_similar", "full"), ("find_similar", "snippets"), ("search_documents", ""),
            ] {
                var arguments: JSONObject = ["limit": 50]
                if name == "find_similar" {
                    arguments["document_id"] = Self.id(3)
                } else {
                    arguments["query"] = "zebra hello"
                }
                if !detail.isEmpty { arguments["detail"] = .string(detail) }
                var seen: Set<String> = []
                var pages = 0
                repeat {
                    let page = try structured(try await harness.tool(name, arguments, token: token))
                    let hits = page["hits"]?.arrayValue ?? []
                    #expect(!hits.isEmpty)
                    for hit in hits {
                        let isNew = seen.insert(hit["doc_id"]?.stringValue ?? "").inserted
                        #expect(isNew)
                    }
                    if pages == 0, detail == "full" {
                        let warnings = page["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
                        #expect(warnings.contains { $0.contains("left out") })
                    }
                    arguments["cursor"] = page["next_cursor"]
                    pages += 1
                } while arguments["cursor"] != nil && pages < 30
                #expect(seen.count == (name == "find_similar" ? 11 : 12), "\(name) \(detail)")
            }
        }
    }

    @Test func `reading`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            try await fill(harness, token)
            let text = try #require(Self.document(2)["text"]?.stringValue)
            for name in ["retrieve_document", "get_passages"] {
                var arguments: JSONObject = ["document_id": Self.id(2)]
                var joined = ""
                var pages = 0
                repeat {
                    let page = try structured(try await harness.tool(name, arguments, token: token))
                    joined += page["text"]?.stringValue ?? ""
                    joined += (page["passages"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
                    arguments["cursor"] = page["next_cursor"]
                    pages += 1
                } while arguments["cursor"] != nil && pages < 100
                #expect(joined == text && pages > 2, "\(name)")
            }
            var arguments: JSONObject = ["limit": 500]
            var seen: Set<String> = []
            repeat {
                let page = try structured(try await harness.tool("list_documents", arguments, token: token))
                for document in page["documents"]?.arrayValue ?? [] {
                    let isNew = seen.insert(document["doc_id"]?.stringValue ?? "").inserted
                    #expect(isNew)
                }
                arguments["cursor"] = page["next_cursor"]
            } while arguments["cursor"] != nil && seen.count < 100
            #expect(seen.count == 12)
        }
    }

    @Test func `explaining a query of a thousand words`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let words = (0..<1_024).map { "averylongwordnumber\($0)" }
            _ = try await harness.tool(
                "add_documents",
                [
                    "documents": [["id": "all", "text": .string(words.joined(separator: " "))]]
                ], token: token)
            let query = JSONValue.string(words.joined(separator: " "))
            let explanation = try structured(
                try await harness.tool("explain_hit", ["query": query, "document_id": "all"], token: token))
            #expect(
                explanation["warnings"]?.arrayValue?.contains {
                    $0.stringValue?.contains("terms were left out") == true
                }
                    == true)
            #expect((explanation["bm25"]?["terms"]?.arrayValue?.count ?? 0) > 100)
            let rest = try await harness.send(
                "POST", "/v1/search:explain", token: token,
                body: String(decoding: (["query": query, "document_id": "all"] as JSONObject).encoded(), as: UTF8.self))
            #expect(rest.json["bm25"]?["terms"]?.arrayValue?.count == 1_024)
        }
    }

    @Test func `writing`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let many = (0..<1_000).map { number -> JSONValue in
                number % 2 == 0
                    ? ["id": .string("\(number)" + String(repeating: "x", count: 500)), "text": "t"]
                    : ["id": .string(String(repeating: "y", count: 600)), "text": "t"]
            }
            let report = try structured(
                try await harness.tool(
                    "add_documents", ["documents": .array(many), "collection": "many"], token: token))
            #expect(report["added"] == 500)
            let warnings = report["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(warnings.contains { $0.contains("ids are not told") })
            #expect(warnings.contains { $0.contains("errors are not told") })
            let ids = (0..<1_000).map { JSONValue.string("\($0)" + String(repeating: "x", count: 500)) }
            #expect(
                try structured(try await harness.tool("delete_documents", ["ids": .array(ids)], token: token))[
                    "deleted"]
                    == 500)
        }
    }

    @Test func `many collections`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let count = 400
            for number in 0..<count {
                let name = "collection-\(number)-" + String(repeating: "n", count: 40)
                let made = try await harness.send(
                    "POST", "/v1/documents?collection=\(name)", token: token, body: #"{"id":"same","text":"zebra"}"#)
                #expect(made.status == 201)
            }
            var arguments: JSONObject = [:]
            var names: [String] = []
            repeat {
                let page = try structured(try await harness.tool("list_collections", arguments, token: token))
                names += (page["collections"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
                arguments["cursor"] = page["next_cursor"]
            } while arguments["cursor"] != nil && names.count < 2 * count
            #expect(names.count == count && names == names.sorted())
            _ = try structured(try await harness.tool("hybrid_search", ["query": "zebra", "limit": 50], token: token))
            for (name, arguments) in [
                ("retrieve_document", ["document_id": "same"]), ("find_similar", ["document_id": "same"]),
                ("get_passages", ["document_id": "same"]), ("update_document", ["document_id": "same", "title": "x"]),
                ("explain_hit", ["document_id": "same", "query": "zebra"]),
                ("hybrid_search", ["query": "zebra", "collection": "nope"]),
                ("add_documents", ["documents": [["text": "x"]]]), ("delete_documents", ["ids": ["same"]]),
            ] as [(String, JSONObject)] {
                _ = try structured(try await harness.tool(name, arguments, token: token), mayFail: true)
            }
        }
    }
}
