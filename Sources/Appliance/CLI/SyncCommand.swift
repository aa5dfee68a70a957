import Access
import JSON

extension Command {
    static let sync = Command(
        "sync", "DIR", summary: "Keep a collection what a folder is: new, changed and deleted files follow",
        options: [
            .data, .tenant, .collection,
            CommandOption("--every", "TIME", "time between two looks, as 30s, 5m or 1h (default 10s)"),
            CommandOption("--once", "bring the collection up to date and end"),
            CommandOption("--allow-empty", "let all documents of the folder go when it is empty"),
            CommandOption("--no-embeddings", "store and index words only, where no server runs"),
            .fileTimeout, CommandOption("--json", "print a line of JSON for each round that changed something"),
        ],
        run: runSync)

    @Sendable private static func runSync(_ arguments: CommandArguments) async throws {
        let folder = try arguments.operands("DIR")[0]
        let interval = try arguments["--every"].map { text throws(UsageError) in
            guard let interval = try? Duration(parsingTimeToLive: text) else {
                throw UsageError(message: "option --every takes a time such as 30s, 5m or 1h, not \(text)")
            }
            return interval
        }
        let embeds = !arguments.has("--no-embeddings")
        let interruption = Interruption.bySignal()
        let sync = try FolderSync(
            folder, collection: arguments["--collection"], allowsEmpty: arguments.has("--allow-empty"),
            timeout: try arguments.fileTimeout(), interruption: interruption
        ) {
            let session = try await CommandSession.open(arguments, command: "sync", embeds: embeds)
            do {
                return (session, try await session.tenant(arguments))
            } catch {
                await session.close()
                throw error
            }
        }
        if arguments.has("--once") {
            try await once(sync, arguments, interruption)
        } else {
            try await forever(sync, arguments, interruption, every: interval ?? .seconds(10))
        }
    }

    /// Rounds until the folder was seen at rest.
    private static func once(
        _ sync: FolderSync, _ arguments: CommandArguments, _ interruption: Interruption
    ) async throws {
        var teller = SyncTeller(isJSON: arguments.has("--json"), isLasting: false)
        for _ in 0..<10 {
            let report = try await sync.round()
            teller.tell(report)
            if report.isSettled || interruption.isRaised { break }
            await interruption.sleep(.seconds(1))
        }
        teller.end()
        if interruption.isRaised { throw CommandExit(code: CommandExit.interrupted) }
        if teller.distrusted { throw CommandExit(code: 1) }
        if teller.leftOut > 0 { throw CommandExit(code: CommandExit.partlyDone) }
    }

    private static func forever(
        _ sync: FolderSync, _ arguments: CommandArguments, _ interruption: Interruption, every interval: Duration
    ) async throws {
        var teller = SyncTeller(isJSON: arguments.has("--json"), isLasting: true)
        while !interruption.isRaised {
            do {
                let report = try await sync.round()
                teller.tell(report)
                // A file that is being written, or is missing for the first time, is worth an early second look.
                await interruption.sleep(report.isSettled ? interval : min(interval, .seconds(1)))
            } catch {
                teller.tell(failure: CommandLineTool.message(for: error))
                await interruption.sleep(interval)
            }
        }
    }
}

/// Says what rounds did, and the same thing only once.
private struct SyncTeller {
    let isJSON: Bool
    let isLasting: Bool
    private var told: Set<String> = []
    private(set) var leftOut = 0
    private(set) var distrusted = false
    private var sum = FolderSync.Report()

    init(isJSON: Bool, isLasting: Bool) {
        self.isJSON = isJSON
        self.isLasting = isLasting
    }

    mutating func tell(_ report: FolderSync.Report) {
        var lines = report.leftOut.lines { "left out \($0): \($1)" }
        lines += report.passedOver.lines { "passed over \($0): \($1)" }
        lines += report.encodings.lines { "read \($0) as \($1), which is a guess" }
        if let distrust = report.distrust { lines.append("nothing is deleted: \(distrust)") }
        for line in lines where !told.contains(line) { Terminal.say(line) }
        // A line is told again when it was not true for a while.
        told = isLasting ? Set(lines) : told.union(lines)
        leftOut = max(leftOut, report.leftOut.count)
        distrusted = report.distrust != nil
        sum.added += report.added
        sum.updated += report.updated
        sum.unchanged += report.unchanged
        sum.deleted += report.deleted
        if isLasting, report.hasChanges { say(report) }
    }

    mutating func tell(failure: String) {
        if told.insert(failure).inserted { Terminal.say("\(Timestamp.now.description) \(failure); trying again") }
    }

    func end() {
        say(sum)
    }

    private func say(_ report: FolderSync.Report) {
        if isJSON {
            let line: JSONValue = [
                "time": .string(Timestamp.now.description), "added": .integer(Int64(report.added)),
                "updated": .integer(Int64(report.updated)), "unchanged": .integer(Int64(report.unchanged)),
                "deleted": .integer(Int64(report.deleted)), "left_out": .integer(Int64(leftOut)),
            ]
            Terminal.output(String(decoding: line.encoded(), as: UTF8.self))
        }
        Terminal.say(
            "\(Timestamp.now.description) \(report.added) added, \(report.updated) updated, \(report.unchanged) unchanged, "
                + "\(report.deleted) deleted, \(leftOut) left out")
    }
}
