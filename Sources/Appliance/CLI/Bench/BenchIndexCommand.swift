import Access
import Glibc
import JSON
import TenantStore

extension Command {
    static let benchIndex = Command(
        "bench index", "PATH...", kind: .file,
        summary: "Measure how fast files of yours become searchable, and how large their index is",
        about: [
            "Imports the files into a data folder of its own below TMPDIR, in this process, then opens that folder again "
                + "and asks for the first answer. The folder is removed at the end; nothing of yours is changed. What the "
                + "figures mean is what import says; memory and processor are of the whole process."
        ],
        examples: ["carrel bench index ~/papers", "carrel bench index --no-embeddings --json docs.jsonl"],
        options: [
            CommandOption(
                "--passages", "HOW", "auto (about 220 tokens) or whole", kind: .oneOf(["auto", "whole"])),
            CommandOption("--no-embeddings", "index words only"), .fileTimeout, .json,
        ],
        run: runBenchIndex)

    @Sendable private static func runBenchIndex(_ arguments: CommandArguments) async throws {
        guard !arguments.operands.isEmpty else { throw UsageError(message: "say what to index: PATH..., or '-'") }
        let timeout = try arguments.fileTimeout()
        let folder = try ScratchFolder()
        let result: IndexingResult
        do {
            result = try await IndexingBench(arguments: arguments, folder: folder.path, fileTimeout: timeout).run()
        } catch {
            try folder.remove()
            throw error
        }
        try folder.remove()
        if arguments.has("--json") {
            Terminal.output(result.json)
        } else {
            for line in result.lines { Terminal.output(line) }
        }
        if result.report.isInterrupted { throw CommandExit(code: CommandExit.interrupted) }
        guard result.report.committed > 0 else { throw CommandFailure("nothing was indexed") }
    }
}

/// A folder that is there for one command.
private struct ScratchFolder {
    let path: String

    init() throws(CommandFailure) {
        let parent = CommandEnvironment.variable("TMPDIR") ?? "/tmp"
        // The last six letters are `mkdtemp`'s to replace.
        let letters = String(repeating: "X", count: 6)
        var template = Array("\(parent)/carrel-bench-\(letters)".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure("no folder can be made in \(parent): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() throws {
        try DataFolder.removeTree(path)
    }
}

/// Imports, closes, opens again.
private struct IndexingBench {
    private static let name = "bench"

    let arguments: CommandArguments
    let folder: String
    let fileTimeout: Duration

    func run() async throws -> IndexingResult {
        var result = try await imported()
        // The folder is free again only when nothing holds the first session any more.
        (result.openedMilliseconds, result.firstAnswerMilliseconds) = try await reopened()
        return result
    }

    private func imported() async throws -> IndexingResult {
        let embeds = !arguments.has("--no-embeddings")
        let before = ProcessFigures()
        return try await CommandSession.using(
            arguments, command: "bench index", embeds: embeds, dataFolder: folder
        ) { session in
            _ = try await session.call(
                "POST", "/v1/admin/tenants", body: ["name": .string(Self.name)], as: .operatorOfBox)
            let importer = BulkImporter(
                session: session, tenant: try Self.tenant(session), collection: Self.name,
                passages: arguments["--passages"], fileTimeout: fileTimeout, interruption: .bySignal())
            let report = try await importer.run(arguments.operands, waits: embeds)
            return IndexingResult(report: report, before: before, after: ProcessFigures())
        }
    }

    /// Milliseconds until the folder is open, and from there until the first answer.
    private func reopened() async throws -> (opened: Double, answered: Double) {
        let start = ContinuousClock.now
        return try await CommandSession.using(
            arguments, command: "bench index", embeds: false, dataFolder: folder
        ) { session in
            let opened = (ContinuousClock.now - start) / .milliseconds(1)
            _ = try await session.call(
                "POST", "/v1/search", body: ["query": "report", "mode": "bm25"],
                as: .user(try Self.tenant(session), .search))
            let answered = (ContinuousClock.now - start) / .milliseconds(1)
            return (opened, answered - opened)
        }
    }

    private static func tenant(_ session: CommandSession) throws -> TenantRecord {
        guard let record = try session.database.tenant(named: name) else {
            throw CommandFailure("tenant \(name) was made but cannot be found")
        }
        return record
    }
}

/// What it took.
private struct IndexingResult: Sendable {
    var report: ImportReport
    var before: ProcessFigures?
    var after: ProcessFigures?
    var openedMilliseconds = 0.0
    var firstAnswerMilliseconds = 0.0

    private var documentsPerSecond: Double { report.seconds > 0 ? Double(report.committed) / report.seconds : 0 }
    /// Embedding goes on beside the import, and ends behind it.
    private var passagesPerSecond: Double? {
        guard report.embedSeconds > 0 else { return nil }
        return Double(report.passages - report.waiting) / (report.seconds + report.embedSeconds)
    }
    private var cpuSeconds: Double? {
        guard let before, let after else { return nil }
        return after.cpuSeconds - before.cpuSeconds
    }

    var lines: [String] {
        var lines = report.lines
        if let passagesPerSecond {
            lines.append("all found by meaning too: \(BenchText.fixed(passagesPerSecond, 1)) passages a second")
        }
        if report.bytes > 0 {
            lines.append(
                "the indexes take \(BenchText.megabytes(report.indexBytes)), "
                    + "\(BenchText.fixed(Double(report.indexBytes) / Double(report.bytes))) of the files' bytes")
        }
        if let cpuSeconds, let after {
            lines.append(
                "processor: \(BenchText.fixed(cpuSeconds)) s; memory of its own at the end: "
                    + "\(BenchText.megabytes(after.anonymousBytes)), with mapped files "
                    + BenchText.megabytes(after.residentBytes))
        }
        lines.append(
            "opened again in \(BenchText.fixed(openedMilliseconds)) ms, first answer after "
                + "\(BenchText.fixed(firstAnswerMilliseconds)) ms more")
        return lines
    }

    var json: JSONValue {
        var object: JSONObject = [
            "import": report.json, "documents_per_s": .number(documentsPerSecond),
            "opened_ms": .number(openedMilliseconds), "first_answer_ms": .number(firstAnswerMilliseconds),
        ]
        object["passages_per_s"] = passagesPerSecond.map { .number($0) }
        object["cpu_s"] = cpuSeconds.map { .number($0) }
        object["before"] = before?.json
        object["after"] = after?.json
        return .object(object)
    }
}
