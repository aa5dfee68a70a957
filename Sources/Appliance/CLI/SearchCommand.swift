import Access
import JSON

extension Command {
    static let search = Command(
        "search", "QUERY", summary: "Search a tenant's documents",
        about: [
            "Words and meaning are searched together: hits say in which of the two rankings they stand. QUERY is plain "
                + "words, a question for example. With --syntax query it may hold operators: \"a phrase\"~2, +must, -not, "
                + "AND, OR, NOT, (groups), title:word, prefix*, fuzzy~1, boost^2; write -- before a query that begins "
                + "with a dash."
        ],
        examples: [
            "carrel search \"how long do we keep invoices\"", "carrel search --mode bm25 --limit 3 ERR-4012",
            "carrel search --filter 'year >= 2020 AND team = hr' --facet team leave",
            "carrel search --mode bm25 --syntax query '+\"retention period\" -draft'",
        ],
        options: [.data, .tenant, .collection] + searchOptions + ShapingOptions.all + [
            CommandOption("--limit", "N", "documents to show, 1 to 1000 (default 10)"),
            CommandOption("--facet", "FIELD", "count the values of a field; may be given several times", repeats: true),
            CommandOption(
                "--sort", "FIELD", "order by a field, FIELD:desc for large values first; may be given three times",
                repeats: true),
            CommandOption("--distinct", "FIELD", "one document for each value of a field"),
            CommandOption(
                "--receipts", "give each hit the numbers behind its place, for explain --verify; whole with --json"),
            .json,
        ],
        run: runSearch)

    /// What decides the ranking of one request: search and explain take the same.
    static let searchOptions: [CommandOption] = [
        .mode, .fusion,
        CommandOption(
            "--syntax", "NAME", "how QUERY is read: words, or query with operators (default words)",
            kind: .oneOf(SearchRequest.Syntax.allCases.map(\.rawValue))),
        CommandOption(
            "--space", "NAME", "the vector space to search by (default: the collection's; see collection spaces)"),
        CommandOption("--no-typos", "take words that do not occur as they stand"),
        .filter,
        CommandOption("--diversity", "X", "how much hits shall differ from each other, 0 to 1 (default 0)"),
        CommandOption("--exact", "score every vector instead of searching for the nearest"),
        CommandOption("--ef", "N", "candidates the vector search keeps, 1 to 10000: more find more, slower"),
    ]

    /// The request that those options and a query make.
    static func searchBody(_ query: String, _ arguments: CommandArguments) throws -> JSONObject {
        var body: JSONObject = ["query": .string(query)]
        if let collection = arguments["--collection"] { body["collection"] = .string(collection) }
        if let mode = arguments["--mode"] { body["mode"] = .string(mode) }
        if let fusion = arguments["--fusion"] { body["fusion"] = .string(fusion) }
        if let syntax = arguments["--syntax"] { body["syntax"] = .string(syntax) }
        if let space = arguments["--space"] { body["space"] = .string(space) }
        if arguments.has("--no-typos") { body["typos"] = .bool(false) }
        if let filter = arguments["--filter"] { body["filter"] = .string(filter) }
        if arguments.has("--exact") { body["exact"] = .bool(true) }
        if let ef = try arguments.integer("--ef", in: SearchRequest.efRange) { body["ef"] = .integer(Int64(ef)) }
        if let diversity = try arguments.number("--diversity", in: 0...1) { body["diversity"] = .number(diversity) }
        try ShapingOptions.add(arguments, to: &body)
        return body
    }

    @Sendable private static func runSearch(_ arguments: CommandArguments) async throws {
        let query = arguments.operands.joined(separator: " ")
        guard !query.isEmpty else { throw UsageError(message: "say what to search for") }
        var body = try searchBody(query, arguments)
        if arguments.has("--receipts") { body["receipts"] = .bool(true) }
        if let limit = try arguments.integer("--limit", in: SearchRequest.limitRange) {
            body["limit"] = .integer(Int64(limit))
        }
        let (facets, sort) = (arguments.all("--facet"), arguments.all("--sort"))
        if !facets.isEmpty { body["facets"] = .array(facets.map { .string($0) }) }
        if !sort.isEmpty { body["sort"] = .array(sort.map { .string($0) }) }
        if let distinct = arguments["--distinct"] { body["distinct"] = .string(distinct) }
        let session = try await CommandSession.open(arguments, command: "search")
        let answer: JSONValue
        do {
            answer = try await session.call(
                "POST", "/v1/search", body: .object(body), as: .user(try await session.tenant(arguments), .search))
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        if arguments.has("--json") {
            Terminal.output(answer)
        } else {
            SearchPrinter.show(answer)
        }
    }
}

/// Shows an answer to a person.
enum SearchPrinter {
    static func show(_ answer: JSONValue) {
        let hits = answer["hits"]?.arrayValue ?? []
        for (place, hit) in hits.enumerated() {
            let title = Terminal.harmless(hit["title"]?.stringValue ?? "")
            let id = Terminal.harmless(hit["doc_id"]?.stringValue ?? "")
            Terminal.output(Terminal.bold("\(place + 1). \(title.isEmpty ? id : title)") + "  \(score(hit))")
            Terminal.output("   \(id)\(location(of: hit))  \(legs(hit))")
            if let snippet = hit["snippet"]?.stringValue, !snippet.isEmpty {
                Terminal.output("   " + marked(snippet, hit))
            }
            if let receipt = hit["receipt"] { ExplanationPrinter.showNumbers(of: receipt, indent: "   ") }
        }
        if hits.isEmpty {
            Terminal.say("nothing found")
        }
        for facet in answer["facets"]?.arrayValue ?? [] { show(facet: facet) }
        if answer["degraded"]?.boolValue == true {
            Terminal.say("degraded: something that was to take part in the search did not")
        }
        if let corrected = answer["did_you_mean"]?.stringValue {
            Terminal.say("did you mean: \(Terminal.harmless(corrected))")
        }
        for warning in answer["warnings"]?.arrayValue ?? [] {
            Terminal.say("note: \(warning.stringValue ?? "")")
        }
    }

    /// A field and under it its values, each with the number of documents.
    private static func show(facet: JSONValue) {
        Terminal.output(Terminal.bold(Terminal.harmless(facet["field"]?.stringValue ?? "")))
        for entry in facet["values"]?.arrayValue ?? [] {
            let value = entry["value"] ?? .null
            let text = value.stringValue ?? String(decoding: value.encoded(), as: UTF8.self)
            Terminal.output("   \(entry["count"]?.integerValue ?? 0)  \(Terminal.harmless(text))")
        }
        if let missing = facet["missing"]?.integerValue, missing > 0 { Terminal.output("   \(missing)  (no value)") }
    }

    private static func score(_ hit: JSONValue) -> String {
        let thousandths = Int(((hit["score"]?.doubleValue ?? 0) * 1_000).rounded())
        return "\(thousandths / 1_000).\(String(1_000 + thousandths % 1_000).dropFirst())"
    }

    /// `, page 7, Retention periods`: where in the document the passage stands, as far as that is known.
    private static func location(of hit: JSONValue) -> String {
        let page = hit["passage"]?["page"]?.integerValue.map { ", page \($0)" }
        let heading = hit["passage"]?["heading"]?.stringValue.map { ", " + Terminal.harmless($0) }
        return (page ?? "") + (heading ?? "")
    }

    private static func legs(_ hit: JSONValue) -> String {
        let keyword = hit["bm25_rank"]?.integerValue.map { "keywords #\($0)" }
        let vector = hit["vector_rank"]?.integerValue.map { "meaning #\($0)" }
        let pinned = hit["pinned"]?.boolValue == true ? "pinned" : nil
        return [pinned, keyword, vector].compactMap { $0 }.joined(separator: ", ")
    }

    /// The snippet on one line, the query's words in bold.
    private static func marked(_ snippet: String, _ hit: JSONValue) -> String {
        let start = Int(hit["snippet_start"]?.integerValue ?? 0)
        var bold = Set<Int>()
        for range in hit["highlights"]?.arrayValue ?? [] {
            let (from, to) = (range["start"]?.integerValue ?? 0, range["end"]?.integerValue ?? 0)
            guard from < to, to - from < 1_000 else { continue }
            bold.formUnion(Int(from) - start..<Int(to) - start)
        }
        var line = ""
        var word = ""
        for (place, scalar) in snippet.unicodeScalars.enumerated() {
            let shown = Terminal.harmless(scalar)
            if bold.contains(place) {
                word.unicodeScalars.append(shown)
                continue
            }
            if !word.isEmpty {
                line += Terminal.bold(word)
                word = ""
            }
            line.unicodeScalars.append(shown)
        }
        return word.isEmpty ? line : line + Terminal.bold(word)
    }
}
