import JSON
import TenantStore

/// Sends lines through the bulk route in blocks: one on its way while the next is filled.
struct BulkSender {
    /// What the server answered, counted.
    struct Tally {
        var added = 0
        var updated = 0
        var unchanged = 0
        var bytes = 0
        /// Lines the server refused, with where they came from.
        var refused: [(origin: String, reason: String)] = []
        /// Refused lines that the server only counted.
        var refusedUnlisted = 0
    }

    private struct Block: Sendable {
        var body: [UInt8] = []
        var origins: [String] = []
        var start = ContinuousClock.now
    }

    let session: CommandSession
    let caller: CommandSession.Caller
    let collection: String?
    let passages: String?
    private(set) var tally = Tally()
    private var block = Block()
    private var underway: Task<(Block, HTTPClient.Reply), any Error>?

    /// One request: enough for a full turn of the writer, little enough for memory.
    private static let blockDocuments = 1_000
    private static let blockBytes = 4 << 20
    /// A block waits no longer than this for more lines: what was read slowly is stored all the same.
    private static let blockAge = Duration.seconds(1)

    init(session: CommandSession, caller: CommandSession.Caller, collection: String?, passages: String?) {
        self.session = session
        self.caller = caller
        self.collection = collection
        self.passages = passages
    }

    /// Adds a line; returns when it is on its way or waits in a block.
    mutating func put(_ json: [UInt8], origin: String) async throws {
        tally.bytes += json.count + 1
        block.body += json
        block.body.append(UInt8(ascii: "\n"))
        block.origins.append(origin)
        if block.origins.count >= Self.blockDocuments || block.body.count >= Self.blockBytes
            || ContinuousClock.now - block.start > Self.blockAge
        {
            try await flush()
        }
    }

    /// Sends what waits and returns when all of it is acknowledged.
    mutating func finish() async throws {
        if !block.origins.isEmpty { try await flush() }
        try await settle()
    }

    /// Waits for what is on its way and forgets what waits.
    mutating func abandon() async {
        try? await settle()
        block = Block()
    }

    private mutating func flush() async throws {
        try await settle()
        underway = send(block)
        block = Block()
    }

    private mutating func settle() async throws {
        guard let task = underway.take() else { return }
        let (sent, reply) = try await task.value
        try count(reply, of: sent)
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

    private mutating func count(_ reply: HTTPClient.Reply, of block: Block) throws {
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
                tally.refused.append(
                    (block.origins.indices.contains(place) ? block.origins[place] : "line \(place + 1)", reason))
            }
            if let summary = event["summary"] {
                isComplete = true
                tally.added += Int(summary["added"]?.integerValue ?? 0)
                tally.updated += Int(summary["updated"]?.integerValue ?? 0)
                tally.unchanged += Int(summary["unchanged"]?.integerValue ?? 0)
                tally.refusedUnlisted += Int(summary["errors_not_listed"]?.integerValue ?? 0)
                if let fault = summary["error"]?["detail"]?.stringValue { throw CommandFailure(fault) }
            }
        }
        guard isComplete else {
            throw CommandFailure("the server broke off in mid-import; the same command goes on from here")
        }
    }

    /// Takes the refusals counted so far.
    mutating func takeRefused() -> [(origin: String, reason: String)] {
        defer { tally.refused = [] }
        return tally.refused
    }
}
