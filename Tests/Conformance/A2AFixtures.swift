import A2A
import Appliance
import JSON

/// What the suites of A2A need of an agent: behaviour chosen by how a message's id begins.
enum A2AFixtures {
    /// Which suite's messages are known; the suite of 0.3 sends ordinary ids that mean nothing elsewhere.
    enum Hooks: String {
        case v1_0 = "1.0"
        case v0_3 = "0.3"
    }

    static func skills(_ hooks: Hooks) -> [AgentSkill] { [behaviour(hooks), research] }

    /// Ids of the slow task, and the text that means it whatever the id.
    private static let slowID = "test-resubscribe-message-id"
    private static let slowText = "slow job"

    /// Behaviour by message id.
    private static func behaviour(_ hooks: Hooks) -> AgentSkill {
        AgentSkill(
            AgentCard.Skill(
                id: "fixture", name: "Fixture", description: "Behaves as the id of a message says.", tags: ["test"],
                examples: [slowText]),
            takesUpMessages: false,
            claims: { message in
                let id = message.messageID
                return id.hasPrefix("tck-") || id.hasPrefix(slowID) || message.words == slowText
                    || hooks == .v0_3 && isOrdinary(id)
            },
            reply: { message in
                guard
                    message.messageID.hasPrefix("tck-message-response") || message.messageID.hasPrefix("tck-stream-002")
                else { return nil }
                return Message(
                    messageID: "reply-\(message.messageID)", contextID: message.contextID, role: .agent,
                    parts: [Part(.text("Direct message response"))])
            }
        ) { run in
            let message = run.messages.last { $0.role == .user }
            let id = message?.messageID ?? ""
            if id.hasPrefix(slowID) || message?.words == slowText { return try await workSlowly(run) }
            if hooks == .v0_3, isOrdinary(id) {
                try await run.say("working")
                try await run.sleep(for: .milliseconds(300))
                return .inputRequired("What else?")
            }
            return try await behave(id, run)
        }
    }

    /// Ids of the suite of 0.3.
    private static func isOrdinary(_ id: String) -> Bool {
        id.hasPrefix("test-") || id.hasPrefix("msg-") || id.hasSuffix("-test") || id.contains("-message-id-")
    }

    private static func workSlowly(_ run: SkillRun) async throws -> SkillEnd {
        for tick in 1...10 {
            try await run.say("tick \(tick)")
            try await run.sleep(for: .milliseconds(500))
        }
        return .completed("done")
    }

    private static func behave(_ id: String, _ run: SkillRun) async throws -> SkillEnd {
        if id.hasPrefix("tck-input-required") { return .inputRequired("Please say more.") }
        if id.hasPrefix("tck-reject-task") { return .rejected("Rejected as asked for.") }
        if id.hasPrefix("tck-stream-artifact-chunked") {
            try await run.say("working")
            try await run.put(artifact(Part(.text("chunk-1 "), mediaType: "text/plain")), isLast: false)
            try await run.put(artifact(Part(.text("chunk-2"), mediaType: "text/plain")), append: true)
            return .completed()
        }
        let streams = ["tck-stream-001", "tck-stream-003", "tck-stream-ordering-001", "tck-stream-artifact"]
        if streams.contains(where: id.hasPrefix) {
            try await run.say("working")
            try await run.put(artifact(part(of: id) ?? text))
            return .completed()
        }
        if let part = part(of: id) {
            try await run.put(artifact(part))
            return .completed()
        }
        return .completed("Hello from TCK")
    }

    private static let text = Part(.text("Generated text content"), mediaType: "text/plain")

    /// What an artifact of this message holds, if it is about one.
    private static func part(of id: String) -> Part? {
        guard let kind = id.rest(behind: ["tck-artifact-", "tck-stream-artifact-"]) else { return nil }
        if kind.hasPrefix("file-url") {
            return Part(.url("https://example.com/output.txt"), mediaType: "text/plain", filename: "output.txt")
        }
        if kind.hasPrefix("file") {
            return Part(.raw(Array("Generated file content".utf8)), mediaType: "text/plain", filename: "output.txt")
        }
        if kind.hasPrefix("data") {
            return Part(.data(["key": "value", "count": 42]), mediaType: "application/json")
        }
        return kind.hasPrefix("text") ? text : nil
    }

    private static func artifact(_ part: Part) -> Artifact {
        Artifact(artifactID: "artifact-1", name: "output", parts: [part])
    }

    /// Six steps with nothing behind them.
    private static let research = AgentSkill(
        AgentCard.Skill(
            id: "research", name: "Research", description: "Takes the steps of a research and finds nothing.",
            tags: ["test", "research"], examples: ["Research ACME Corp"]),
        takesUpMessages: false,
        claims: { $0.words.lowercased().hasPrefix("research ") }
    ) { run in
        let names = [
            "search_company", "search_competitors", "search_financials", "analyze_trends", "verify_facts",
            "generate_report",
        ]
        let workflow = Workflow(
            names.map { name in Workflow.Step(name, name) { _, _ in ["step": .string(name), "found": 0] } })
        _ = try await workflow.run(run)
        try await run.put(
            Artifact(
                artifactID: "report", name: "report.md",
                parts: [Part(.text("# Nothing was found\n"), mediaType: "text/markdown")]))
        return .completed("6 steps")
    }
}

extension Message {
    fileprivate var words: String { parts.compactMap(\.text).joined(separator: " ") }
}

extension String {
    /// What stands behind the first of the prefixes that fits.
    fileprivate func rest(behind prefixes: [String]) -> String? {
        prefixes.first(where: hasPrefix).map { String(dropFirst($0.count)) }
    }
}
