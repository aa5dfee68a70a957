import Access
import JSON
import TenantStore

extension Command {
    static let importDocuments = Command(
        "import", "PATH...", kind: .file,
        summary: "Add documents: JSONL, Markdown and text files, folders, '-' for standard input",
        options: [
            .data, .tenant, .collection,
            CommandOption(
                "--passages", "HOW", "auto (about 220 tokens) or whole, fixed when the collection is made",
                kind: .oneOf(["auto", "whole"])),
            CommandOption("--no-wait", "return when everything is stored, before it is embedded"),
            CommandOption(
                "--no-embeddings", "store and index words only; vectors are made when a server or a later import runs"),
            .json,
        ],
        run: runImport)

    @Sendable private static func runImport(_ arguments: CommandArguments) async throws {
        guard !arguments.operands.isEmpty else { throw UsageError(message: "say what to import: PATH..., or '-'") }
        let passages = arguments["--passages"]
        let embeds = !arguments.has("--no-embeddings")
        let waits = embeds && !arguments.has("--no-wait")
        let session = try await CommandSession.open(arguments, command: "import", embeds: embeds)
        let importer = BulkImporter(
            session: session, tenant: try await session.tenant(arguments), collection: arguments["--collection"],
            passages: passages)
        let report: BulkImporter.Report
        do {
            report = try await importer.run(arguments.operands, waits: waits)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        if arguments.has("--json") {
            Terminal.output(String(decoding: report.json.encoded(), as: UTF8.self))
        }
        for line in report.lines {
            Terminal.say(line)
        }
        guard report.committed > 0 || report.problemCount == 0 else {
            throw CommandFailure("nothing was imported")
        }
    }
}

/// Sends documents through the bulk route in blocks, and waits for their vectors.
struct BulkImporter {
    /// What was done, counted.
    struct Report {
        var added = 0
        var updated = 0
        var unchanged = 0
        var bytes = 0
        var seconds = 0.0
        /// The first 100 documents that did not go in, with place and reason; and how many there were.
        var problems: [(origin: String, reason: String)] = []
        var problemCount = 0
        var passages = 0
        var waiting = 0
        var parked = 0
        var textsCut = 0
        var indexBytes = 0
        var embedSeconds = 0.0
        var warnings: [String] = []

        var committed: Int { added + updated + unchanged }

        mutating func note(_ origin: String, _ reason: String) {
            problemCount += 1
            if problems.count < 100 {
                problems.append((origin, reason))
            }
        }

        /// The report in words.
        var lines: [String] {
            var lines = problems.map { "left out \($0.origin): \($0.reason)" }
            if problemCount > problems.count {
                lines.append("and \(problemCount - problems.count) more")
            }
            let rate = seconds > 0 ? Int(Double(committed) / seconds) : 0
            lines.append(
                "\(added) added, \(updated) updated, \(unchanged) unchanged, \(problemCount) left out; "
                    + "\(bytes / 1_048_576) MiB in \(Self.rounded(seconds)) s (\(rate) documents/s)")
            if passages > 0 {
                lines.append(
                    "the collection now has \(passages) passages, \(indexBytes / passages) index bytes each; "
                        + "\(waiting) wait for vectors")
            }
            if embedSeconds > 0 {
                lines.append("embedding took \(Self.rounded(embedSeconds)) s more")
            }
            if textsCut > 0 {
                lines.append(
                    "\(textsCut) passages are longer than the embedder reads; it saw their first 256 word pieces")
            }
            if parked > 0 {
                lines.append("\(parked) passages could not be embedded and are found by keywords alone")
            }
            return lines + warnings
        }

        var json: JSONValue {
            [
                "added": .integer(Int64(added)), "updated": .integer(Int64(updated)),
                "unchanged": .integer(Int64(unchanged)), "left_out": .integer(Int64(problemCount)),
                "problems": .array(
                    problems.map { ["origin": .string($0.origin), "reason": .string($0.reason)] as JSONValue }),
                "bytes": .integer(Int64(bytes)), "seconds": .number(seconds), "embed_seconds": .number(embedSeconds),
                "passages": .integer(Int64(passages)), "waiting": .integer(Int64(waiting)),
                "parked": .integer(Int64(parked)), "texts_cut": .integer(Int64(textsCut)),
                "index_bytes": .integer(Int64(indexBytes)),
            ]
        }

        private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
    }

    let session: CommandSession
    let tenant: TenantRecord
    let collection: String?
    let passages: String?

    /// One request: enough for a full turn of the writer, little enough for memory.
    private static let blockDocuments = 1_000
    private static let blockBytes = 4 << 20

    private struct Block: Sendable {
        var body: [UInt8] = []
        var origins: [String] = []
    }

    private var caller: CommandSession.Caller { .user(tenant, .write) }

    /// Imports everything below `paths`.
    /// - Parameter waits: Whether to return only when everything is embedded.
    func run(_ paths: [String], waits: Bool) async throws -> Report {
        var report = Report()
        let start = ContinuousClock.now
        let total = ImportSource.byteCount(paths)
        let bar = ProgressBar("importing", unit: "KiB")
        var block = Block()
        // The next block is read while the one before is committed.
        var underway: Task<(Block, HTTPClient.Reply), any Error>?
        do {
            try await ImportSource.read(
                paths,
                item: { item in
                    report.bytes += item.json.count + 1
                    block.body += item.json
                    block.body.append(UInt8(ascii: "\n"))
                    block.origins.append(item.origin)
                    if block.origins.count >= Self.blockDocuments || block.body.count >= Self.blockBytes {
                        try await collect(underway, into: &report)
                        underway = send(block)
                        block = Block()
                        bar.update(report.bytes >> 10, of: total.map { max($0, report.bytes) >> 10 })
                    }
                },
                skipped: { report.note($0.origin, $0.reason) })
        } catch {
            // What is on its way gets its answer before the folder is let go.
            _ = try? await underway?.value
            throw error
        }
        try await collect(underway, into: &report)
        if !block.origins.isEmpty {
            try await collect(send(block), into: &report)
        }
        bar.finish()
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        try await settle(&report, waits: waits)
        return report
    }

    private var target: String {
        var items: [String] = []
        if let collection { items.append("collection=\(collection)") }
        if let passages { items.append("passages=\(passages)") }
        return "/v1/documents:bulk" + (items.isEmpty ? "" : "?" + items.joined(separator: "&"))
    }

    private func send(_ block: Block) -> Task<(Block, HTTPClient.Reply), any Error> {
        Task { [session, target, caller] in
            for _ in 0..<60 {
                let reply = try await session.exchange(
                    "POST", target, body: block.body, type: "application/x-ndjson", as: caller)
                guard reply.status == 503 || reply.status == 429 else { return (block, reply) }
                try await Task.sleep(for: .seconds(1))
            }
            throw CommandFailure(
                "the server stays too busy to take documents; the same command goes on from here later")
        }
    }

    private func collect(_ task: Task<(Block, HTTPClient.Reply), any Error>?, into report: inout Report) async throws {
        guard let task else { return }
        let (block, reply) = try await task.value
        guard reply.status == 200 else {
            let problem = try? JSONValue(parsing: reply.body)
            throw CommandFailure(
                problem?["detail"]?.stringValue ?? problem?["title"]?.stringValue ?? "HTTP status \(reply.status)")
        }
        var isComplete = false
        for line in reply.body.split(separator: UInt8(ascii: "\n")) {
            guard let event = try? JSONValue(parsing: line) else { continue }
            if let reason = event["error"]?.stringValue {
                let place = Int(event["line"]?.integerValue ?? 0) - 1
                report.note(block.origins.indices.contains(place) ? block.origins[place] : "line \(place + 1)", reason)
            }
            if let summary = event["summary"] {
                isComplete = true
                report.added += Int(summary["added"]?.integerValue ?? 0)
                report.updated += Int(summary["updated"]?.integerValue ?? 0)
                report.unchanged += Int(summary["unchanged"]?.integerValue ?? 0)
                report.problemCount += Int(summary["errors_not_listed"]?.integerValue ?? 0)
                if let fault = summary["error"]?["detail"]?.stringValue { throw CommandFailure(fault) }
            }
        }
        guard isComplete else {
            throw CommandFailure("the server broke off in mid-import; the same command goes on from here")
        }
    }

    /// Whether a model is there to make vectors with.
    private func embeds() async throws -> Bool {
        let health = try await session.call("GET", "/health", as: .user(tenant, .search))
        return health["degraded"]?.boolValue == false
    }

    /// Waits for the vectors and takes the final counts.
    private func settle(_ report: inout Report, waits: Bool) async throws {
        let start = ContinuousClock.now
        let bar = ProgressBar("embedding", unit: "passages")
        var first: Int?
        while true {
            let answer = try await session.call("GET", "/v1/collections", as: .user(tenant, .search))
            let entries = (answer["collections"]?.arrayValue ?? []).filter { entry in
                collection == nil || entry["name"]?.stringValue == collection
            }
            func sum(_ key: String) -> Int {
                entries.reduce(0) { $0 + Int($1[key]?.integerValue ?? 0) }
            }
            report.passages = sum("passages")
            report.waiting = sum("waiting")
            report.parked = sum("parked")
            report.textsCut = sum("texts_cut")
            report.indexBytes = sum("index_bytes")
            guard waits, report.waiting > 0 else { break }
            guard try await embeds() else {
                report.warnings.append(
                    "no embedding model is installed: search is by keywords alone until there is one")
                break
            }
            first = first ?? report.waiting
            bar.update((first ?? 0) - report.waiting, of: first)
            try await Task.sleep(for: .milliseconds(100))
        }
        bar.finish()
        if first != nil {
            report.embedSeconds = (ContinuousClock.now - start) / .seconds(1)
        }
    }
}
