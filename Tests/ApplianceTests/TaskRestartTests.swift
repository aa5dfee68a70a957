import A2A
import Access
import Appliance
import JSON
import Synchronization
import TenantStore
import Testing

/// What a restart makes of unfinished work, and what is forgotten with time.
@Suite(.timeLimit(.minutes(3))) struct TaskRestartTests {
    @Test func `a workflow goes on behind its last finished step`() async throws {
        let done = Mutex<[String: Int]>([:])
        let mayPass = Mutex(false)
        let skill = AgentSkill(
            AgentCard.Skill(id: "steps", name: "Steps", description: "Three steps.", tags: ["test"])
        ) { run in
            let steps = ["one", "two", "three"].map { name in
                Workflow.Step(name, name) { run, outputs in
                    done.withLock { $0[name, default: 0] += 1 }
                    while name == "two", !mayPass.withLock({ $0 }) { try await run.sleep(for: .milliseconds(20)) }
                    return ["name": .string(name), "before": .integer(Int64(outputs.count))]
                }
            }
            let outputs = try await Workflow(steps).run(run)
            return .completed(outputs.keys.joined(separator: " "))
        }
        try await TaskHarness.run({ $0.skills.append(skill) }) { harness in
            let acme = try await harness.makeTenant("acme")
            let ann = try await harness.context(acme, "ann")
            let made = try await harness.tasks.sent(SendMessageRequest("go", skill: "steps"), ann)
            for _ in 0..<500 where done.withLock({ $0["two"] }) == nil { try await Task.sleep(for: .milliseconds(10)) }
            let seen = try await harness.tasks.events(
                made.task.id, after: 0, until: { $0.sequence == 4 }, ann)
            #expect(seen.map(\.sequence) == [1, 2, 3, 4])

            try await harness.restart()
            mayPass.withLock { $0 = true }
            let later = try await harness.context(acme, "ann")
            let finished = try await harness.tasks.settled(made.task.id, later)
            #expect(finished.status.state == .completed)
            #expect(finished.status.message?.parts.first?.text == "one two three")
            #expect(done.withLock { $0 } == ["one": 1, "two": 2, "three": 1])
            #expect(finished.artifacts?.map(\.name) == ["one", "two", "three"])
            #expect(finished.artifacts?.compactMap { $0.parts.first?.data?["before"] } == [0, 1, 2])

            let rest = try await harness.tasks.events(made.task.id, after: 4, until: { _ in false }, later)
            #expect(rest.map(\.sequence) == Array(5...Int64(4 + rest.count)))
            #expect(rest.last?.state == .completed)
        }
    }

    @Test func `work that was broken off too often ends saying so, and questions stay`() async throws {
        try await TaskHarness.run({ $0.taskLimits.restarts = 1 }) { harness in
            let acme = try await harness.makeTenant("acme")
            var ann = try await harness.context(acme, "ann")
            let hanging = try await harness.tasks.sent(SendMessageRequest("hang"), ann).task.id
            let asking = try await harness.tasks.sent(SendMessageRequest("ask"), ann).task.id
            _ = try await harness.tasks.settled(asking, ann)
            try await harness.tasks.wait(for: .working, hanging, ann)
            try await harness.restart()
            ann = try await harness.context(acme, "ann")
            try await harness.tasks.wait(for: .working, hanging, ann)
            try await harness.restart()
            ann = try await harness.context(acme, "ann")
            let ended = try await harness.tasks.settled(hanging, ann)
            #expect(ended.status.state == .failed)
            #expect(ended.status.message?.parts.first?.text == "interrupted by restart")
            #expect(try await harness.tasks.get(asking, historyLength: nil, ann).status.state == .inputRequired)
        }
    }

    @Test func `work of a revoked credential does not go on`() async throws {
        try await TaskHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let ann = try await harness.context(acme, "ann")
            let id = try await harness.tasks.sent(SendMessageRequest("hang"), ann).task.id
            try await harness.tasks.wait(for: .working, id, ann)
            try await harness.restart()
            try harness.appliance.database.revoke(
                Revocation(tokenID: ann.credentialID, expiresAt: Timestamp.now.seconds + 600))
            let again = try await harness.context(acme, "ann")
            let ended = try await harness.tasks.settled(id, again)
            #expect(ended.status.state == .failed)
        }
    }

    @Test func `tasks that are over are forgotten after their time, those that wait are not`() async throws {
        try await TaskHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            var ann = try await harness.context(acme, "ann")
            let over = try await harness.tasks.settled(
                harness.tasks.sent(SendMessageRequest("complete"), ann).task.id, ann
            ).id
            let kept = try await harness.tasks.settled(
                harness.tasks.sent(SendMessageRequest("complete"), ann).task.id, ann
            ).id
            let asking = try await harness.tasks.settled(
                harness.tasks.sent(SendMessageRequest("ask"), ann).task.id, ann
            ).id
            await harness.appliance.close()
            let path = harness.appliance.folder.tenantDatabase(try TenantName("acme"))
            let writer = try TenantWriter.open(path, auditHash: AuditChain.hash)
            let old = Timestamp.now.milliseconds - 31 * 86_400_000
            try writer.transaction {
                for id in [over, asking] {
                    try writer.connection.run(
                        "UPDATE task SET status_at = ? WHERE id = ?", .integer(old), .text(id))
                }
            }
            try writer.close()
            try await harness.restart()
            ann = try await harness.context(acme, "ann")
            await #expect(throws: A2AError.taskNotFound(id: over)) {
                try await harness.tasks.get(over, historyLength: nil, ann)
            }
            #expect(try await harness.tasks.get(kept, historyLength: nil, ann).status.state == .completed)
            #expect(try await harness.tasks.get(asking, historyLength: nil, ann).status.state == .inputRequired)
        }
    }
}
