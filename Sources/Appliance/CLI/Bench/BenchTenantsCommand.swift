import Access
import JSON
import TenantStore

extension Command {
    static let benchTenants = Command(
        "bench tenants",
        summary: "Measure what it takes to wake each tenant of the folder, and what it costs to keep it",
        about: [
            "Opens one tenant after the other as a first search does, and prints how long the first and the second answer "
                + "took, and by how much the memory grew. No server may run on the folder, since it may have them open; "
                + "index files may still lie in the page cache."
        ],
        examples: ["carrel bench tenants --data /srv/carrel --count 500"],
        options: [
            .data, CommandOption("--query", "TEXT", "what to ask of each (default: report)"),
            CommandOption(
                "--mode", "MODE", "bm25 (words), vector (meaning) or hybrid; default bm25",
                kind: .oneOf(SearchRequest.Mode.allCases.map(\.rawValue))),
            CommandOption("--count", "N", "tenants to open, the first by name (default 1000)"), .json,
        ],
        run: runBenchTenants)

    @Sendable private static func runBenchTenants(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let count = try arguments.integer("--count", in: 1...1_000_000) ?? 1_000
        let result = try await CommandSession.using(arguments, command: "bench tenants", embeds: false) { session in
            guard !session.isRemote else {
                throw CommandFailure(
                    "a server holds \(session.folder.root) and may have its tenants open; stop it first")
            }
            let tenants = try session.database.tenants().filter { $0.state == .active }.prefix(count)
            guard !tenants.isEmpty else { throw CommandFailure("there are no tenants") }
            return try await WakingBench(
                session: session, query: arguments["--query"] ?? "report", mode: arguments["--mode"] ?? "bm25"
            ).run(Array(tenants))
        }
        if arguments.has("--json") {
            Terminal.output(result.json)
        } else {
            for line in result.lines { Terminal.output(line) }
        }
    }
}

/// Asks each tenant twice.
private struct WakingBench {
    let session: CommandSession
    let query: String
    let mode: String

    func run(_ tenants: [TenantRecord]) async throws -> WakingResult {
        let before = ProcessFigures()
        var first: [Double] = []
        var second: [Double] = []
        let bar = ProgressBar("waking", unit: "tenants")
        for (number, tenant) in tenants.enumerated() {
            first.append(try await ask(tenant))
            second.append(try await ask(tenant))
            bar.update(number + 1, of: tenants.count)
        }
        bar.finish()
        return WakingResult(
            first: BenchTimes(first), second: BenchTimes(second), before: before, after: ProcessFigures())
    }

    /// Milliseconds until the answer is there.
    private func ask(_ tenant: TenantRecord) async throws -> Double {
        let start = ContinuousClock.now
        _ = try await session.call(
            "POST", "/v1/search", body: ["query": .string(query), "mode": .string(mode)],
            as: .user(tenant, .search))
        return (ContinuousClock.now - start) / .milliseconds(1)
    }
}

/// What it took.
private struct WakingResult: Sendable {
    var first: BenchTimes
    var second: BenchTimes
    var before: ProcessFigures?
    var after: ProcessFigures?

    /// By how much the process's own memory grew for each tenant; those that had to make room count too.
    private var bytesPerTenant: Int? {
        guard let before, let after else { return nil }
        return (after.anonymousBytes - before.anonymousBytes) / max(1, first.count)
    }

    var lines: [String] {
        var lines = [
            "\(first.count) tenants, one after the other; milliseconds",
            "first answer:  \(first.text)",
            "second answer: \(second.text)",
        ]
        if let bytesPerTenant, let after {
            lines.append(
                "memory of its own: \(BenchText.fixed(Double(bytesPerTenant) / 1e3, 1)) kB more for each, "
                    + "\(BenchText.megabytes(after.anonymousBytes)) at the end; with mapped files "
                    + BenchText.megabytes(after.residentBytes))
        }
        return lines
    }

    var json: JSONValue {
        var object: JSONObject = [
            "tenants": .integer(Int64(first.count)), "first": first.json, "second": second.json,
        ]
        object["anonymous_bytes_per_tenant"] = bytesPerTenant.map { .integer(Int64($0)) }
        object["before"] = before?.json
        object["after"] = after?.json
        return .object(object)
    }
}
