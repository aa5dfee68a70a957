import Access
import JSON
import Synchronization
import TenantStore

extension Command {
    static let benchServe = Command(
        "bench serve", summary: "Measure searches a second, their times and what they cost the server",
        about: [
            "Asks the queries of the file again and again for some seconds: as fast as --callers at once can, or with "
                + "--rate at fixed moments, each time then counted from the moment a search was due, however late it "
                + "began. A running server is asked through its socket, a connection a search; where none runs, this "
                + "process answers, without sockets.",
            "A text that was asked before has its vector in the cache; a long file measures the model too. A line of the "
                + "file is {\"text\": \"…\"}, as eval takes it, or {\"embedding\": [...]} with a vector of your own.",
        ],
        examples: [
            "carrel bench serve --collection papers --queries queries.jsonl",
            "carrel bench serve --queries queries.jsonl --rate 200 --seconds 60 --json",
        ],
        options: [
            .data, .tenant, .collection,
            CommandOption("--queries", "F.jsonl", "one query a line (required)", kind: .file), .mode,
            CommandOption("--filter", "FILTER", "which documents take part, by their metadata"),
            CommandOption("--limit", "N", "hits of an answer, 1 to 1000 (default 10)"),
            CommandOption("--callers", "N", "searches at once, 1 to 8 (default 4)"),
            CommandOption("--rate", "N", "searches begun in a second, at most (default: as many as can be)"),
            CommandOption("--seconds", "N", "how long, 1 to 3600 (default 10)"), .json,
        ],
        run: runBenchServe)

    @Sendable private static func runBenchServe(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let queries = try BenchQuery.read(try arguments.required("--queries"), limit: 100_000)
        let limit = try arguments.integer("--limit", in: SearchRequest.limitRange) ?? 10
        let callers = try arguments.integer("--callers", in: 1...8) ?? 4
        let rate = try arguments.number("--rate", in: 0.01...1_000_000)
        let seconds = try arguments.integer("--seconds", in: 1...3_600) ?? 10
        let result = try await CommandSession.using(arguments, command: "bench serve", embeds: false) { session in
            var members: JSONObject = ["limit": .integer(Int64(limit))]
            members["mode"] = arguments["--mode"].map { .string($0) }
            members["collection"] = arguments["--collection"].map { .string($0) }
            members["filter"] = arguments["--filter"].map { .string($0) }
            let load = SearchLoad(
                session: session, tenant: try await session.tenant(arguments),
                bodies: queries.map { query in
                    var body = query.members
                    for (name, value) in members.members { body[name] = value }
                    return JSONValue.object(body).encoded()
                }, callers: callers, rate: rate, duration: .seconds(seconds))
            return try await load.run()
        }
        if arguments.has("--json") {
            Terminal.output(result.json)
        } else {
            for line in result.lines { Terminal.output(line) }
        }
        guard result.times.count > 0 else { throw CommandFailure("no search was answered") }
    }
}

/// Searches without end, until the time is over.
private struct SearchLoad: Sendable {
    let session: CommandSession
    let tenant: TenantRecord
    let bodies: [[UInt8]]
    let callers: Int
    /// Searches that are due in a second; nil: each caller's next as soon as it has an answer.
    let rate: Double?
    let duration: Duration

    /// What all callers count together.
    private final class Tally: Sendable {
        struct Counts {
            var begun = 0
            var times: [Double] = []
            var refusals: [Int: Int] = [:]
        }

        let counts = Mutex(Counts())
    }

    func run() async throws -> LoadResult {
        // The first opens the tenant and reads the model; it must succeed, and is not counted.
        _ = try await session.call(
            "POST", "/v1/search", body: try JSONValue(parsing: bodies[0]), as: .user(tenant, .search))
        let before = figures()
        let tally = Tally()
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers {
                group.addTask { try await self.ask(from: start, tally) }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let counted = tally.counts.withLock { $0 }
        return LoadResult(
            isRemote: session.isRemote, callers: callers, rate: rate, seconds: seconds,
            times: BenchTimes(counted.times), refusals: counted.refusals, before: before,
            after: figures())
    }

    /// Of whoever answers.
    private func figures() -> ProcessFigures? {
        guard session.isRemote else { return ProcessFigures() }
        return session.serverProcess.flatMap { ProcessFigures(process: $0) }
    }

    @concurrent
    private func ask(from start: ContinuousClock.Instant, _ tally: Tally) async throws {
        while true {
            let number = tally.counts.withLock { counts in
                counts.begun += 1
                return counts.begun - 1
            }
            var due = ContinuousClock.now
            if let rate {
                due = start + .seconds(Double(number) / rate)
                if due > .now { try await Task.sleep(until: due, clock: .continuous) }
            }
            guard due < start + duration, ContinuousClock.now < start + duration else { return }
            let reply = try await session.exchange(
                "POST", "/v1/search", body: bodies[number % bodies.count], as: .user(tenant, .search))
            let milliseconds = (ContinuousClock.now - due) / .milliseconds(1)
            tally.counts.withLock { counts in
                if reply.status == 200 {
                    counts.times.append(milliseconds)
                } else {
                    counts.refusals[reply.status, default: 0] += 1
                }
            }
        }
    }
}

/// What became of a load.
private struct LoadResult: Sendable {
    var isRemote: Bool
    var callers: Int
    var rate: Double?
    var seconds: Double
    var times: BenchTimes
    /// By status.
    var refusals: [Int: Int]
    /// Of the process that answered; nil where it is not to be looked at.
    var before: ProcessFigures?
    var after: ProcessFigures?

    /// Milliseconds of all the process's threads for each answer.
    private var cpu: Double? {
        guard let before, let after, times.count > 0 else { return nil }
        return 1_000 * (after.cpuSeconds - before.cpuSeconds) / Double(times.count)
    }

    var lines: [String] {
        let place = isRemote ? "the server, through its socket" : "this process, no server runs"
        let pace = rate.map { "at most \(BenchText.fixed($0)) a second" } ?? "as fast as answers came"
        var lines = [
            "answered by \(place); \(callers) callers, \(pace)",
            "\(times.count) searches in \(BenchText.fixed(seconds)) s: "
                + "\(BenchText.fixed(Double(times.count) / seconds, 1)) a second",
            "milliseconds: \(times.text)",
        ]
        if let cpu { lines.append("processor: \(BenchText.fixed(cpu)) ms a search, by the whole process") }
        if let before, let after {
            lines.append(
                "memory: \(BenchText.megabytes(before.anonymousBytes)) of its own before, "
                    + "\(BenchText.megabytes(after.anonymousBytes)) after; with mapped files "
                    + BenchText.megabytes(after.residentBytes))
        }
        for (status, count) in refusals.sorted(by: { $0.key < $1.key }) {
            lines.append("not answered: \(count) with status \(status)")
        }
        return lines
    }

    var json: JSONValue {
        var object: JSONObject = [
            "server": .bool(isRemote), "callers": .integer(Int64(callers)), "seconds": .number(seconds),
            "searches": .integer(Int64(times.count)), "searches_per_s": .number(Double(times.count) / seconds),
            "times": times.json,
            "refused": .object(
                JSONObject(refusals.sorted { $0.key < $1.key }.map { ("\($0.key)", .integer(Int64($0.value))) })),
        ]
        object["rate"] = rate.map { .number($0) }
        object["cpu_ms_per_search"] = cpu.map { .number($0) }
        object["before"] = before?.json
        object["after"] = after?.json
        return .object(object)
    }
}
