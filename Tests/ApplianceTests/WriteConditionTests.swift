import Appliance
import Synchronization
import TenantStore
import Testing

/// Conditions on the version of a document: decided in the writer's turn, whoever else writes.
@Suite struct WriteConditionTests {
    private static func match(_ tag: DocumentTag) -> WriteOptions {
        WriteOptions(condition: WriteCondition(matching: EntityTags([tag.text])))
    }
    private static let ifThere = WriteOptions(condition: WriteCondition(matching: EntityTags(["*"])))
    private static let ifNew = WriteOptions(condition: WriteCondition(matching: nil, notMatching: EntityTags(["*"])))

    private static func document(_ text: String) -> DocumentInput { DocumentInput(id: "a", text: text) }

    /// Runs writers at once and counts those that got through; the others must have been refused by their condition.
    private static func winners(
        _ count: Int, _ write: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        try await write(number)
                        return number
                    } catch ApplianceError.preconditionFailed(id: "a", exists: _) {
                        return nil
                    }
                }
            }
            var winners: [Int] = []
            for try await number in group { if let number { winners.append(number) } }
            return winners
        }
    }

    @Test func `of many writers with one tag exactly one wins, round after round`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put([Self.document("first")], collection: "notes")
            for round in 0..<20 {
                let before = try await engine.document("a", collection: "notes").tag
                let winners = try await Self.winners(16) { number in
                    let options = Self.match(before)
                    if number % 2 == 0 {
                        _ = try await engine.put(
                            [Self.document("round \(round) writer \(number)")], collection: "notes", options: options)
                    } else {
                        _ = try await engine.patch(
                            "a", with: DocumentPatch(text: "round \(round) writer \(number)"), collection: "notes",
                            options: options)
                    }
                }
                #expect(winners.count == 1)
                let after = try await engine.document("a", collection: "notes")
                #expect(after.text == "round \(round) writer \(winners.first ?? -1)")
                #expect(after.tag != before)
            }
        }
    }

    @Test func `of many that create exactly one wins`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let winners = try await Self.winners(16) { number in
                _ = try await engine.put([Self.document("by \(number)")], collection: "notes", options: Self.ifNew)
            }
            #expect(winners.count == 1)
            #expect(try await engine.document("a", collection: nil).text == "by \(winners.first ?? -1)")
        }
    }

    @Test func `of many that delete one version exactly one wins`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            _ = try await engine.put([Self.document("first")], collection: "notes")
            let tag = try await engine.document("a", collection: nil).tag
            let winners = try await Self.winners(16) { _ in
                _ = try await engine.delete(["a"], collection: "notes", options: Self.match(tag))
            }
            #expect(winners.count == 1)
        }
    }

    @Test func `a refused write changes nothing and makes no collection`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            for write in [
                { try await engine.put([Self.document("x")], collection: "new", options: Self.ifThere).added },
                {
                    try await engine.patch("a", with: DocumentPatch(title: "x"), collection: nil, options: Self.ifThere)
                        .added
                },
                { try await engine.delete(["a"], collection: nil, options: Self.ifThere).deleted },
            ] as [@Sendable () async throws -> Int] {
                await #expect(throws: ApplianceError.preconditionFailed(id: "a", exists: false)) { try await write() }
            }
            #expect(engine.collections().isEmpty)
        }
    }

    @Test func `a report names the version that is there`() async throws {
        try await EngineHarness.run { harness in
            let engine = try await harness.engine()
            let first = try await engine.put([Self.document("x")], collection: "notes")
            #expect(first.tag == (try await engine.document("a", collection: nil).tag))
            let same = try await engine.put([Self.document("x")], collection: "notes")
            #expect(same.unchanged == 1)
            #expect(same.tag == first.tag)
            let patched = try await engine.patch("a", with: DocumentPatch(title: "t"), collection: nil)
            #expect(patched.tag == (try await engine.document("a", collection: nil).tag))
            #expect(patched.tag != first.tag)
        }
    }

    @Test func `a tag outlives a restart, and a version that comes back has another`() async throws {
        let harness = try EngineHarness()
        let engine = try await harness.engine()
        _ = try await engine.put([Self.document("x")], collection: "notes")
        let tag = try await engine.document("a", collection: nil).tag
        await harness.close()
        try await EngineHarness.run(reopening: harness) { again in
            let engine = try await again.engine()
            #expect(try await engine.document("a", collection: nil).tag == tag)
            _ = try await engine.put([Self.document("y")], collection: "notes")
            // A time of its own: versions are told apart by milliseconds.
            try await Task.sleep(for: .milliseconds(5))
            _ = try await engine.put([Self.document("x")], collection: "notes")
            #expect(try await engine.document("a", collection: nil).tag != tag)
        }
    }
}
