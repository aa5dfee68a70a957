import Access
import JSON
import TenantStore

/// A command's way to the judgments of a collection.
struct KeptJudgments {
    let session: CommandSession
    let tenant: TenantRecord
    let collection: String

    init(_ session: CommandSession, _ tenant: TenantRecord, _ collection: String) {
        self.session = session
        self.tenant = tenant
        self.collection = collection
    }

    private static let listPage = 500

    private var path: String { "/v1/collections/\(DocumentURI.escaped(collection))/judgments" }

    /// Calls `body` with every query the collection keeps, by id, as the route tells it.
    func forEach(_ body: (JSONValue) throws -> Void) async throws {
        var cursor: String?
        repeat {
            var target = path + "?limit=\(Self.listPage)"
            if let cursor { target += "&cursor=\(DocumentURI.escaped(cursor))" }
            let page = try await session.call("GET", target, as: .user(tenant, .search))
            for query in page["queries"]?.arrayValue ?? [] { try body(query) }
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
    }

    /// All of them.
    func all() async throws -> JudgedQueries {
        var judged = JudgedQueries(texts: [], judgments: [:])
        try await forEach { query in
            let id = query["id"]?.stringValue ?? ""
            judged.texts.append((id, query["text"]?.stringValue ?? ""))
            for judgment in query["judgments"]?.arrayValue ?? [] {
                guard let document = judgment["doc_id"]?.stringValue else { continue }
                judged.judgments[id, default: [:]][document] = Int(judgment["grade"]?.integerValue ?? 0)
            }
        }
        return judged
    }

    /// Those that an evaluation can use.
    /// - Throws: ``CommandFailure`` when there are none.
    func measurable() async throws -> JudgedQueries {
        let kept = try await all()
        let measurable = kept.measurable
        guard !measurable.texts.isEmpty else {
            throw CommandFailure(
                "\(collection) keeps no query with a relevant document; judge some with carrel judge --collection "
                    + "\(collection) QUERY, or give --queries and --qrels")
        }
        let left = kept.texts.count - measurable.texts.count
        if left > 0 { Terminal.say("note: \(left) kept queries without a relevant document are left out") }
        return measurable
    }

    /// Keeps queries and judgments.
    /// - Parameter queries: As the route takes them.
    /// - Returns: Its answer.
    func keep(_ queries: [JSONValue]) async throws -> JSONValue {
        try await session.call(
            "POST", path, body: .object(["queries": .array(queries)]), as: .user(tenant, .write))
    }

    /// Forgets one query, or with nil all of them.
    /// - Returns: How many there were.
    func forget(_ query: String?) async throws -> Int64 {
        let which =
            query.map { "query=" + DocumentURI.escaped($0) } ?? "confirm=" + DocumentURI.escaped(collection)
        let answer = try await session.call("DELETE", path + "?" + which, as: .user(tenant, .write))
        return answer["deleted"]?.integerValue ?? 0
    }
}
