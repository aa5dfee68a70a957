import A2A
import Appliance
import JSON
import TenantStore
import TestKit
import Testing

/// Random calls of four users of two tenants, with restarts in between, against what must become of each task.
@Suite(.timeLimit(.minutes(5))) struct TaskModelTests {
    private struct Known {
        var owner: Int
        var context: String
        var state: TaskState
        var userMessages: [String]
    }

    private static let ends: [String: TaskState] = [
        "complete": .completed, "fail": .failed, "reject": .rejected, "ask": .inputRequired, "hang": .working,
    ]

    /// What becomes of a task that was worked on before: it is too late to reject it.
    private static func end(after word: String) -> TaskState { word == "reject" ? .failed : ends[word] ?? .failed }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `every task is where it must be, and nobody sees another's`(seed: UInt64) async throws {
        try await TaskHarness.run({ $0.taskLimits.restarts = 1_000 }) { harness in
            var random = SeededRandom(seed: seed)
            let tenants = [try await harness.makeTenant("acme"), try await harness.makeTenant("globex")]
            let users = [(0, "ann"), (0, "bob"), (1, "ann"), (1, "bob")]
            var known: [String: Known] = [:]
            func context(_ owner: Int) async throws -> RequestContext {
                try await harness.context(tenants[users[owner].0], users[owner].1)
            }
            for step in 0..<60 {
                if step % 20 == 19 {
                    try await harness.restart()
                    // Work that hung is begun anew, now with the last word.
                    for (id, task) in known where task.state == .working {
                        known[id]?.state = Self.end(after: task.userMessages.last ?? "")
                    }
                }
                let owner = Int.random(in: 0..<users.count, using: &random)
                let caller = try await context(owner)
                let word = Self.ends.keys.sorted().randomElement(using: &random) ?? "ask"
                let chosen = known.keys.sorted().randomElement(using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0...2:
                    let conversation = Bool.random(using: &random) ? "c\(step % 4)" : nil
                    let made = try await harness.tasks.sent(
                        SendMessageRequest(word, conversation: conversation), caller)
                    #expect(made.task.status.state == .submitted && known[made.task.id] == nil)
                    if let conversation { #expect(made.task.contextID == conversation) }
                    known[made.task.id] = Known(
                        owner: owner, context: made.task.contextID, state: try #require(Self.ends[word]),
                        userMessages: [word])
                case 3...4:
                    guard let chosen, var task = known[chosen] else { continue }
                    let request = SendMessageRequest(word, task: chosen)
                    if task.owner != owner {
                        await #expect(throws: A2AError.taskNotFound(id: chosen)) {
                            try await harness.tasks.sent(request, caller)
                        }
                    } else if task.state.isTerminal {
                        try await harness.tasks.wait(for: task.state, chosen, caller)
                        await #expect(throws: A2AError.self) { try await harness.tasks.sent(request, caller) }
                    } else {
                        // The work before has come to where it waits, so that it is known what the message meets.
                        try await harness.tasks.wait(for: task.state, chosen, caller)
                        _ = try await harness.tasks.sent(request, caller)
                        task.userMessages.append(word)
                        if task.state == .inputRequired { task.state = Self.end(after: word) }
                        known[chosen] = task
                    }
                default:
                    guard let chosen, var task = known[chosen] else { continue }
                    if task.owner != owner {
                        await #expect(throws: A2AError.taskNotFound(id: chosen)) {
                            try await harness.tasks.cancel(chosen, metadata: nil, caller)
                        }
                        continue
                    }
                    try await harness.tasks.wait(for: task.state, chosen, caller)
                    if task.state.isTerminal {
                        await #expect(throws: A2AError.taskNotCancelable(id: chosen)) {
                            try await harness.tasks.cancel(chosen, metadata: nil, caller)
                        }
                    } else {
                        #expect(
                            try await harness.tasks.cancel(chosen, metadata: nil, caller).status.state == .canceled)
                        task.state = .canceled
                        known[chosen] = task
                    }
                }
            }
            for (id, task) in known {
                let caller = try await context(task.owner)
                try await harness.tasks.wait(for: task.state, id, caller)
                let stored = try await harness.tasks.get(id, historyLength: nil, caller)
                #expect(stored.contextID == task.context)
                let words = stored.history?.filter { $0.role == .user }.compactMap { $0.parts.first?.text }
                #expect(words == task.userMessages)
                // The log has no gap, begins with the task as it was made, and ends where the task stands.
                let events = try await harness.tasks.events(
                    id, after: 0, until: { $0.state == task.state && !task.state.isTerminal }, caller)
                #expect(events.map(\.sequence) == Array(1...Int64(events.count)))
                #expect(events.first?.state == .submitted)
                #expect(events.count { $0.isLast } == (task.state.isTerminal ? 1 : 0))
            }
            for owner in users.indices {
                let own = known.filter { $0.value.owner == owner }
                var found: [AgentTask] = []
                var token: String?
                repeat {
                    let page = try await harness.tasks.list(
                        ListTasksRequest(pageSize: 3, pageToken: token), context(owner))
                    #expect(page.totalSize == own.count)
                    found += page.tasks
                    token = page.nextPageToken.isEmpty ? nil : page.nextPageToken
                } while token != nil
                #expect(found.map(\.id).sorted() == own.keys.sorted())
                #expect(found.allSatisfy { $0.artifacts == nil })
                let order = found.map { ($0.status.timestamp, $0.id) }
                #expect(zip(order, order.dropFirst()).allSatisfy { $0 > $1 })
            }
        }
    }
}
