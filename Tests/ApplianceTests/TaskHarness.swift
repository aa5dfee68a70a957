import A2A
import Access
import Appliance
import HTTPServer
import JSON
import Synchronization
import TenantStore
import TestKit
import Testing

/// An appliance whose skills do as a message says, so that a test knows what must become of each task.
final class TaskHarness: Sendable {
    let directory: TemporaryDirectory
    private let running: Mutex<SearchAppliance>
    /// How often each step of the skill `steps` was done.
    let stepsDone = Mutex<[String: Int]>([:])

    var appliance: SearchAppliance { running.withLock { $0 } }
    var tasks: TaskService { appliance.tasks }

    init(_ change: (inout Composition) -> Void = { _ in }) throws {
        directory = try TemporaryDirectory("tasks")
        var composition = Composition.standard
        composition.skills.insert(Self.scripted, at: 0)
        composition.defaultSkill = "scripted"
        change(&composition)
        running = Mutex(try Self.open(directory, composition))
    }

    private static func open(_ directory: TemporaryDirectory, _ composition: Composition) throws -> SearchAppliance {
        var configuration = Configuration()
        configuration.dataFolder = directory.path + "/data"
        return try SearchAppliance(
            configuration, folder: KeyedFolder.open(configuration.dataFolder), embedder: nil, log: .silent,
            composition: composition)
    }

    static func run(
        _ change: (inout Composition) -> Void = { _ in }, _ body: (TaskHarness) async throws -> Void
    ) async throws {
        let harness = try TaskHarness(change)
        do {
            try await body(harness)
        } catch {
            await harness.appliance.close()
            throw error
        }
        await harness.appliance.close()
    }

    /// Stops the appliance and opens the folder again, as the next process does.
    func restart(_ change: (inout Composition) -> Void = { _ in }) async throws {
        let old = appliance
        await old.close()
        var composition = old.composition
        change(&composition)
        let new = try Self.open(directory, composition)
        running.withLock { $0 = new }
    }

    /// The context of a call by this user, as the gate makes it.
    func context(_ tenant: TenantRecord, _ user: String) async throws -> RequestContext {
        let appliance = appliance
        let identity = TenantIdentity(name: try TenantName(tenant.name), uid: tenant.uid)
        let token = try appliance.keys.issue(
            appliance.keys.makeClaims(
                tenant: identity, userID: user, scopes: [.search], ttl: .seconds(600), now: Timestamp.now.seconds))
        let operation = try #require(Operations.all.first { $0.name == "rest.search" })
        let request = HTTPRequest(
            method: "POST", target: "/", headers: ["Authorization": "Bearer \(token)"], body: RequestBody([]),
            peer: .ip("127.0.0.1"))
        return try await appliance.gate.perform(operation, Call(request)) { $0 }
    }

    func makeTenant(_ name: String) async throws -> TenantRecord {
        try await appliance.tenants.create(TenantName(name), tier: .local)
    }

    /// A skill whose end is the last word it was told: `complete`, `fail`, `reject`, `ask` or `hang`.
    static let scripted = AgentSkill(
        AgentCard.Skill(id: "scripted", name: "Scripted", description: "Does as it is told.", tags: ["test"]),
        takesUpMessages: false
    ) { run in
        let word = run.messages.last { $0.role == .user }?.parts.compactMap(\.text).last ?? ""
        switch word {
        case "complete":
            try await run.say("working")
            try await run.put(Artifact(artifactID: "a", name: "a", parts: [Part(.text("one "))]), isLast: false)
            try await run.put(Artifact(artifactID: "a", parts: [Part(.text("two"))]), append: true)
            return .completed("done")
        case "fail": return .failed("broken")
        case "reject": return .rejected("no")
        case "ask": return .inputRequired("what now?")
        case "hang":
            try await run.say("hanging")
            while true { try await run.sleep(for: .seconds(60)) }
        default: return .failed("unknown word \(word)")
        }
    }
}

extension SendMessageRequest {
    init(_ text: String, task: String? = nil, conversation: String? = nil, skill: String? = nil) {
        self.init(
            message: Message(
                messageID: "m", contextID: conversation, taskID: task, role: .user, parts: [Part(.text(text))],
                metadata: skill.map { ["skillId": .string($0)] }))
    }
}

extension TaskService {
    /// Sends a message that must lead to a task.
    func sent(
        _ request: SendMessageRequest, key: String? = nil, digest: [UInt8] = [], _ context: RequestContext
    ) async throws -> TaskSnapshot {
        let outcome = try await send(request, options: SendOptions(idempotencyKey: key, bodyDigest: digest), context)
        guard case .task(let snapshot) = outcome else { throw UnexpectedAnswer() }
        return snapshot
    }

    /// Waits until the task has come to `state`; bounded.
    func wait(for state: TaskState, _ id: String, _ context: RequestContext) async throws {
        for _ in 0..<600 {
            if try await get(id, historyLength: 0, context).status.state == state { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("task \(id) never was \(state)")
    }

    /// Every event behind `sequence` until the task is over or waits.
    func events(_ id: String, after sequence: Int64, until isEnough: (LoggedEvent) -> Bool, _ context: RequestContext)
        async throws -> [LoggedEvent]
    {
        let feed = try await follow(id, after: sequence, context)
        defer { feed.close() }
        var found: [LoggedEvent] = []
        while !feed.isEnded {
            let events = try await feed.next()
            found += events
            if events.contains(where: isEnough) { break }
            if events.isEmpty { try await feed.wait() }
        }
        return found
    }
}

struct UnexpectedAnswer: Error {}
