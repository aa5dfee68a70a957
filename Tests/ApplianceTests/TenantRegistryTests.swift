import Appliance
import MCP
import TestKit
import Testing

@Suite struct TenantRegistryTests {
    /// One tenant may be open and four are at work: every call is served, and nothing acknowledged is lost.
    @Test(.timeLimit(.minutes(3)), arguments: [1, 2])
    func `eviction fails no call and loses no write`(openLimit: Int) async throws {
        try await EngineHarness.run(openLimit: openLimit) { harness in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask {
                        for step in 0..<25 {
                            let name = "tenant-\((client + step) % 4)"
                            let id = "\(client)-\(step)"
                            let engine = try await harness.engine(name)
                            let report = try await engine.put([DocumentInput(id: id, text: "privacy")], collection: nil)
                            #expect(report.added == 1)
                            let found = try await harness.engine(name).document(id, collection: nil)
                            #expect(found.text == "privacy")
                        }
                    }
                }
                try await group.waitForAll()
            }
            var total = 0
            for number in 0..<4 {
                let engine = try await harness.engine("tenant-\(number)")
                let listed = try await engine.allDocuments(pageSize: 100).count
                #expect(try await engine.search(SearchRequest(query: "privacy")).total == listed)
                total += listed
            }
            #expect(total == 200)
        }
    }

    @Test func `an idle tenant makes room, one in use does not`() async throws {
        try await EngineHarness.run(openLimit: 1) { harness in
            let held = try await harness.engine("held")
            _ = try await harness.engine("second")
            #expect(harness.registry.openCount == 2, "both are needed")
            let third = try await harness.engine("third")
            // Whoever has just opened a tenant may hold it for a moment more; the next call finds it idle.
            for _ in 0..<100 where harness.registry.openCount > 2 {
                _ = try await harness.engine("held")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(harness.registry.openCount == 2, "the second was idle")
            _ = try await held.put([DocumentInput(id: "a", text: "still open")], collection: nil)
            #expect(try await harness.engine("held") === held)
            #expect(try await harness.engine("third") === third)
        }
    }

    @Test func `streams are told by a tenant that was closed and opened again`() async throws {
        try await EngineHarness.run(openLimit: 1) { harness in
            let watched = try EngineHarness.tenant("watched")
            let listener = ChangeListener(
                SubscriptionFilter(resourcesListChanged: true, resources: ["search://documents/default/a"]),
                watched: [.document(.init(collection: "default", id: "a"))])
            let subscription = try harness.registry.changes.listen(
                listener, tenant: watched.uid, credential: "c", limit: 1)
            _ = try await harness.engine("watched").put([DocumentInput(id: "a", text: "one")], collection: nil)
            #expect(listener.take().lists == [.resources])
            await harness.registry.close(uid: watched.uid)
            _ = try await harness.engine("other").put([DocumentInput(id: "a", text: "other's")], collection: nil)
            #expect(listener.take().isEmpty, "another tenant's write is none of it")
            let second = try await harness.engine("watched")
            _ = try await second.put([DocumentInput(id: "a", text: "two")], collection: nil)
            #expect(listener.take().resources == ["search://documents/default/a"])
            _ = try await second.delete(["a"], collection: nil)
            #expect(listener.take().resources == ["search://documents/default/a"])
            withExtendedLifetime(subscription) {}
        }
    }

    @Test func `a deleted tenant's late call opens nothing`() async throws {
        try await EngineHarness.run { harness in
            let tenant = try EngineHarness.tenant("gone")
            _ = try await harness.engine("gone").put([DocumentInput(id: "a", text: "text")], collection: nil)
            await harness.registry.close(uid: tenant.uid, isEnded: true)
            await #expect(throws: ApplianceError.tenantNotFound(name: "gone")) {
                _ = try await harness.registry.engine(for: tenant)
            }
        }
    }

    @Test func `after the end nothing opens`() async throws {
        let harness = try EngineHarness()
        _ = try await harness.engine()
        await harness.close()
        await #expect(throws: ApplianceError.shuttingDown) { _ = try await harness.engine() }
        #expect(harness.registry.openCount == 0)
    }
}
