import Access
import JSON

extension Command {
    static let importDocuments = Command(
        "import", "PATH...", kind: .file,
        summary:
            "Add documents: PDF, DOCX, HTML, Markdown, text, CSV, JSON and JSONL files, folders, '-' for JSONL on standard input",
        options: [
            .data, .tenant, .collection,
            CommandOption(
                "--passages", "HOW", "auto (about 220 tokens) or whole, fixed when the collection is made",
                kind: .oneOf(["auto", "whole"])),
            CommandOption("--no-wait", "return when everything is stored, before it is embedded"),
            CommandOption(
                "--no-embeddings", "store and index words only; vectors are made when a server or a later import runs"),
            .fileTimeout, .json,
        ],
        run: runImport)

    @Sendable private static func runImport(_ arguments: CommandArguments) async throws {
        guard !arguments.operands.isEmpty else { throw UsageError(message: "say what to import: PATH..., or '-'") }
        let passages = arguments["--passages"]
        let timeout = try arguments.fileTimeout()
        let embeds = !arguments.has("--no-embeddings")
        let waits = embeds && !arguments.has("--no-wait")
        let session = try await CommandSession.open(arguments, command: "import", embeds: embeds)
        let report: ImportReport
        do {
            let importer = BulkImporter(
                session: session, tenant: try await session.tenant(arguments), collection: arguments["--collection"],
                passages: passages, fileTimeout: timeout, interruption: .bySignal())
            report = try await importer.run(arguments.operands, waits: waits)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        if arguments.has("--json") {
            Terminal.output(report.json)
        }
        for line in report.lines {
            Terminal.say(line)
        }
        if report.isInterrupted { throw CommandExit(code: CommandExit.interrupted) }
        guard report.committed > 0 || report.leftOut.count == 0 else {
            throw CommandFailure("nothing was imported")
        }
        if report.leftOut.count > 0 { throw CommandExit(code: CommandExit.partlyDone) }
    }
}

extension CommandOption {
    static let fileTimeout = CommandOption(
        "--file-timeout", "SECONDS", "longest time one file may take to be read, 1 to 3600 (default 60)")
}

extension CommandArguments {
    /// The value of `--file-timeout`.
    func fileTimeout() throws(UsageError) -> Duration {
        .seconds(try integer("--file-timeout", in: 1...3_600) ?? 60)
    }
}

/// A command that said all there is to say and ends with a code of its own.
struct CommandExit: Error {
    var code: Int32

    /// Done, but something that should have gone in did not.
    static let partlyDone: Int32 = 3
    /// Ended by SIGINT or SIGTERM, as shells count it for SIGINT.
    static let interrupted: Int32 = 130
}
