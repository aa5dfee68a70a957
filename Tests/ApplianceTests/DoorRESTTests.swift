import Access
import Appliance
import HTTPServer
import JSON
import TenantStore
import Testing

/// REST over the real engine: documents, bulk, collections, tenants, problems.
@Suite struct DoorRESTTests {
    @Test func `a document's life`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let put = try await harness.send(
                "PUT", "/v1/documents/a%2Fb", token: token,
                body: #"{"title":"T","text":"alpha beta","metadata":{"x":1}}"#)
            #expect(put.status == 201)
            #expect(put.json["ids"] == ["a/b"])
            let same = try await harness.send(
                "PUT", "/v1/documents/a%2Fb", token: token,
                body: #"{"title":"T","text":"alpha beta","metadata":{"x":1}}"#)
            #expect(same.status == 200)
            #expect(same.json["unchanged"] == 1)
            let got = try await harness.send("GET", "/v1/documents/a%2Fb", token: token)
            #expect(got.json["text"] == "alpha beta")
            #expect(got.json["metadata"] == ["x": 1])
            let list = try await harness.send("GET", "/v1/documents?limit=1", token: token)
            #expect(list.json["documents"]?.arrayValue?.count == 1)
            let found = try await harness.send(
                "POST", "/v1/search", token: token, body: #"{"query":"alpha","mode":"bm25","limit":1000}"#)
            #expect(found.json["hits"]?.arrayValue?.count == 1)
            #expect(try await harness.send("DELETE", "/v1/documents/a%2Fb", token: token).json["deleted"] == 1)
            let gone = try await harness.send("GET", "/v1/documents/a%2Fb", token: token)
            #expect(gone.status == 404)
            #expect(gone.json["code"] == "document_not_found")
            #expect(try await harness.send("DELETE", "/v1/documents/a%2Fb", token: token).json["unknown"] == 1)
        }
    }

    @Test(arguments: [
        ("POST", "/v1/search", "{", 400, "malformed_json"), ("POST", "/v1/search", "[]", 400, "malformed_json"),
        ("POST", "/v1/search", "{}", 400, "invalid_argument"),
        ("POST", "/v1/search", #"{"query":"x","limit":1001}"#, 400, "invalid_argument"),
        ("POST", "/v1/search", #"{"query":"x","mode":"magic"}"#, 400, "invalid_argument"),
        ("POST", "/v1/search", #"{"query":"x","top_k":3}"#, 400, "invalid_argument"),
        ("POST", "/v1/search", #"{"query":"x","cursor":"zz"}"#, 400, "invalid_cursor"),
        ("POST", "/v1/search", #"{"query":"x","collection":"nope"}"#, 404, "unknown_collection"),
        ("PUT", "/v1/documents/1", #"{"id":"2","text":"x"}"#, 400, "invalid_argument"),
        ("PUT", "/v1/documents/1", #"{"text":"x","txt":"y"}"#, 400, "invalid_argument"),
        ("PUT", "/v1/documents/1?collection=No", #"{"text":"x"}"#, 400, "invalid_argument"),
        ("GET", "/v1/documents?limit=501", "", 400, "invalid_argument"),
        ("GET", "/v1/documents?x=1", "", 400, "invalid_argument"),
        ("GET", "/v1/documents?limit=1&limit=2", "", 400, "invalid_argument"),
        ("GET", "/v1/documents?cursor=zz", "", 400, "invalid_cursor"),
        ("GET", "/v1/documents/..", "", 404, "route_not_found"), ("GET", "/v1/nothing", "", 404, "route_not_found"),
        ("POST", "/v1/documents/1", "{}", 405, "method_not_allowed"),
        ("PATCH", "/v1/documents/1", "{}", 400, "invalid_argument"),
        ("PATCH", "/v1/documents/1", #"{"title":"x"}"#, 404, "document_not_found"),
        ("POST", "/v1/documents:delete", #"{"filter":{}}"#, 400, "invalid_argument"),
        ("POST", "/v1/documents:delete", #"{"filter":{"metadata":{}}}"#, 400, "invalid_argument"),
        ("GET", "/v1/collections/nope", "", 404, "unknown_collection"),
        ("DELETE", "/v1/collections/nope", "", 400, "invalid_argument"),
        ("DELETE", "/v1/collections/nope?confirm=nope", "", 404, "unknown_collection"),
        ("GET", "/v1/jobs/nope", "", 404, "job_not_found"),
        ("POST", "/v1/embeddings", #"{"input":"x","model":"all-MiniLM-L6-v2"}"#, 503, "no_model"),
        ("POST", "/v1/embeddings", #"{"input":[1,2],"model":"all-MiniLM-L6-v2"}"#, 400, "invalid_argument"),
        ("GET", "/v1/models/nope", "", 503, "no_model"),
        ("POST", "/v1/collections", #"{"name":"No Good"}"#, 400, "invalid_argument"),
    ])
    func `problems name what is wrong`(
        method: String, path: String, body: String, status: Int, code: String
    ) async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let answer = try await harness.send(method, path, token: token, body: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.headers["Content-Type"] == "application/problem+json")
            #expect(answer.json["code"]?.stringValue == code)
            #expect(answer.json["status"] == .integer(Int64(status)))
            for member in ["type", "title", "detail", "request_id"] {
                #expect(answer.json[member]?.stringValue?.isEmpty == false)
            }
            #expect(status != 405 || answer.headers["Allow"] == "GET, PUT, DELETE, PATCH")
        }
    }

    @Test func `bulk: lines commit, bad ones are told, the rest goes in`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            var lines = (0..<2_500).map { #"{"id":"d\#($0)","text":"zebra \#($0)"}"# }
            lines[7] = "{"
            lines[8] = ""
            lines[2_400] = #"{"id":"x"}"#
            let answer = try await harness.send(
                "POST", "/v1/documents:bulk?collection=animals", token: token, body: lines.joined(separator: "\n"),
                headers: [("Content-Type", "application/x-ndjson")])
            #expect(answer.status == 200)
            let replies = try answer.body.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
            #expect(replies.compactMap { $0["committed_lines"]?.integerValue } == [1_002, 2_002, 2_500])
            #expect(replies.compactMap { $0["line"]?.integerValue } == [8, 2_401])
            let summary = try #require(replies.last?["summary"])
            #expect(summary["complete"] == true)
            #expect(summary["added"] == 2_497)
            #expect(summary["failed"] == 2)
            #expect(summary["lines"] == 2_500)
            let found = try await harness.send(
                "POST", "/v1/search", token: token, body: #"{"query":"2499","mode":"bm25"}"#)
            #expect(found.json["total"] == 1)
        }
    }

    @Test func `bulk: at most a hundred errors are told, the others counted`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let answer = try await harness.send(
                "POST", "/v1/documents:bulk", token: token, body: String(repeating: "nonsense\n", count: 150))
            let replies = try answer.body.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
            #expect(replies.filter { $0["error"] != nil }.count == 100)
            #expect(replies.last?["summary"]?["failed"] == 150)
            #expect(replies.last?["summary"]?["errors_not_listed"] == 50)
        }
    }

    @Test func `bulk: a line above the limit is passed over`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            let long = #"{"id":"long","text":""# + String(repeating: "x", count: 16 << 20) + "\"}"
            let answer = try await harness.send(
                "POST", "/v1/documents:bulk", token: token, body: long + "\n" + #"{"id":"short","text":"x"}"#)
            let replies = try answer.body.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
            #expect(replies.first?["line"] == 1)
            #expect(replies.last?["summary"]?["added"] == 1)
        }
    }

    @Test func `collections are made, listed and kept as they were made`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            #expect(
                try await harness.send(
                    "POST", "/v1/collections", token: token, body: #"{"name":"notes","passages":"whole"}"#
                ).status == 201)
            let list = try await harness.send("GET", "/v1/collections", token: token)
            #expect(list.json["collections"]?.arrayValue?.first?["name"] == "notes")
            #expect(list.json["collections"]?.arrayValue?.first?["passage_mode"] == "whole")
            for body in [#"{"name":"notes","passages":"whole"}"#, #"{"name":"notes"}"#] {
                let again = try await harness.send("POST", "/v1/collections", token: token, body: body)
                #expect(again.status == 200, "it is there already")
                #expect(again.json["passages"] == "whole")
            }
            let other = try await harness.send(
                "POST", "/v1/collections", token: token, body: #"{"name":"notes","passages":"auto"}"#)
            #expect(other.status == 409)
            #expect(other.json["code"] == "collection_settings_conflict")
        }
    }

    @Test func `the operator makes, shows, suspends and deletes tenants`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(nil)
            let made = try await harness.send(
                "POST", "/v1/admin/tenants", token: token, body: #"{"name":"acme","tier":"pro"}"#)
            #expect(made.status == 201)
            #expect(made.json["tier"] == "pro")
            #expect(
                try await harness.send("POST", "/v1/admin/tenants", token: token, body: #"{"name":"acme"}"#).status
                    == 409)
            for bad in [
                #"{"name":"../x"}"#, #"{"name":""}"#, #"{"name":"Acme"}"#, #"{"name":"b","tier":"gold"}"#, "{}",
            ] {
                #expect(
                    try await harness.send("POST", "/v1/admin/tenants", token: token, body: bad).status == 400, "\(bad)"
                )
            }
            #expect(try await harness.send("GET", "/v1/admin/tenants/nope", token: token).status == 404)
            #expect(try await harness.send("GET", "/v1/admin/tenants/acme", token: token).json["state"] == "active")
            #expect(try await harness.send("DELETE", "/v1/admin/tenants/acme", token: token).status == 200)
            let audit = try harness.appliance.database.audit(limit: 100).map(\.row.operation)
            #expect(audit.contains("admin.tenants.create"))
            #expect(audit.contains("admin.tenants.delete"))
        }
    }

    @Test func `metrics count under the article's names`() async throws {
        try await DoorHarness.run { harness in
            let token = try harness.token(try await harness.makeTenant("acme"))
            _ = try await harness.tool("hybrid_search", ["query": "x"], token: token)
            _ = try await harness.tool("hybrid_search", [:], token: token)
            let text = try await harness.send("GET", "/metrics", token: harness.token(nil)).text
            #expect(text.contains("mcp_hybrid_search_queries_total{tenant_id=\"acme\"} 1\n"))
            #expect(text.contains("mcp_request_duration_seconds_count{method=\"hybrid_search\",status=\"200\"} 1\n"))
            #expect(text.contains("mcp_active_requests 0\n"))
            #expect(text.contains("carrel_search_duration_seconds_count{mode=\"hybrid\"} 1\n"))
            #expect(text.contains("carrel_degraded_answers_total 1\n"), "there is no model")
            #expect(text.contains("carrel_embedder_present 0\n"))
        }
    }
}

/// One tenant cannot reach another's documents through any door.
@Suite struct DoorIsolationTests {
    @Test func `foreign documents are as good as none`() async throws {
        try await DoorHarness.run { harness in
            let a = try harness.token(try await harness.makeTenant("alpha"))
            let b = try harness.token(try await harness.makeTenant("beta"))
            _ = try await harness.send(
                "PUT", "/v1/documents/1?collection=secret", token: a, body: #"{"text":"canary xylophone"}"#)
            var texts: [String] = []
            for (method, path, body) in [
                ("GET", "/v1/documents/1", ""), ("GET", "/v1/documents/1?collection=secret", ""),
                ("GET", "/v1/documents", ""),
                ("GET", "/v1/documents?collection=secret", ""), ("GET", "/v1/collections", ""),
                ("POST", "/v1/search", #"{"query":"canary xylophone"}"#),
                ("POST", "/v1/search", #"{"query":"canary","collection":"secret"}"#), ("DELETE", "/v1/documents/1", ""),
            ] {
                texts.append(try await harness.send(method, path, token: b, body: body).text)
            }
            for (name, arguments) in [
                ("hybrid_search", ["query": "canary xylophone"]), ("search_documents", ["query": "canary"]),
                ("retrieve_document", ["document_id": "1"]), ("list_documents", [:]), ("list_collections", [:]),
                ("delete_documents", ["ids": ["1"]]),
            ] as [(String, JSONObject)] {
                for era in [DoorHarness.Era.modern, .legacy] {
                    texts.append(try await harness.tool(name, arguments, token: b, era: era).text)
                }
            }
            for text in texts {
                #expect(!text.contains("xylophone\"") && !text.contains("alpha"), "\(text)")
            }
            #expect(try await harness.send("GET", "/v1/documents/1?collection=secret", token: a).status == 200)
        }
    }
}
