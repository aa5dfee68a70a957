import Embedding
import Testing

/// Order, refusal, cancellation and the end of the service.
@Suite(.enabled(if: ModelFiles.pack != nil, ModelFiles.unavailable), .timeLimit(.minutes(2)))
struct EmbeddingServiceTests {
    private let model: MiniLM

    init() throws { model = try MiniLM(packAt: try #require(ModelFiles.pack)) }

    private let passage = String(repeating: "the controller notifies the authority without delay ", count: 30)

    @Test func `answers equal the engine's`() async throws {
        let service = EmbeddingService(model: model, threads: 2)
        defer { service.shutdown() }
        let texts = (0..<20).map { "passage number \($0) about retention" }
        let expected = try model.embed(texts, scratch: model.makeScratch())
        #expect(try await service.embedPassages(texts) == expected)
        #expect(try await service.embedPassages([]).isEmpty)
        try await withThrowingTaskGroup { group in
            for (index, text) in texts.enumerated() {
                group.addTask { (index, try await service.embedQuery(text)) }
            }
            for try await (index, result) in group { #expect(result == expected[index]) }
        }
        #expect(service.id == model.id)
        #expect(service.dimension == 384)
    }

    @Test func `a query does not wait for passages`() async throws {
        let service = EmbeddingService(model: model, threads: 1)
        defer { service.shutdown() }
        let passages = Task { try await service.embedPassages([String](repeating: passage, count: 400)) }
        for _ in 0..<5 { _ = try await service.embedQuery("who must be notified?") }
        passages.cancel()
        await #expect(throws: EmbeddingError.cancelled) { _ = try await passages.value }
        // The lane is free again within a batch of the cancelled work.
        #expect(try await service.embedPassages(["next"]).count == 1)
    }

    @Test func `a task cancelled before it asks gets no answer`() async throws {
        let service = EmbeddingService(model: model, threads: 1)
        defer { service.shutdown() }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await service.embedQuery("too late")
        }
        task.cancel()
        await #expect(throws: EmbeddingError.cancelled) { _ = try await task.value }
    }

    @Test func `queries that wait together have each their own answer, and one that is given up harms no other`()
        async throws
    {
        let service = EmbeddingService(model: model, threads: 1)
        defer { service.shutdown() }
        let lengths = [0, 1, 3, 8, 40, 1, 300, 0, 2, 12]
        let texts = (0..<60).map { index in
            "question \(index) " + String(repeating: "about retention ", count: lengths[index % lengths.count])
        }
        let expected = try texts.map { try model.embed([$0], scratch: model.makeScratch()) }
        let tasks = texts.map { text in Task { try await service.embedQuery(text) } }
        for index in stride(from: 5, to: 60, by: 7) { tasks[index].cancel() }
        for (index, task) in tasks.enumerated() {
            do {
                #expect([try await task.value] == expected[index])
            } catch EmbeddingError.cancelled {
                #expect(index % 7 == 5)
            }
        }
    }

    @Test func `more than the queue holds is refused`() async throws {
        let limits = EmbeddingService.Limits(waitingQueries: 2, waitingPassageCalls: 2)
        let service = EmbeddingService(model: model, threads: 1, limits: limits)
        let texts = [String](repeating: passage, count: 2_000)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        _ = try await service.embedPassages(texts)
                        return false
                    } catch EmbeddingError.overloaded(let waiting) {
                        #expect(waiting == 2)
                        return true
                    } catch {
                        return false
                    }
                }
            }
            // At most three are taken: one being embedded, two waiting. The others come back first.
            var refused = 0
            for await wasRefused in group {
                if wasRefused { refused += 1 }
                if refused == 7 { service.shutdown() }
            }
            return refused
        }
        #expect(7...8 ~= refused)
    }

    @Test func `shutdown fails what waits and what comes later`() async throws {
        let service = EmbeddingService(model: model, threads: 1)
        let waiting = (0..<4).map { _ in
            Task { try await service.embedPassages([String](repeating: passage, count: 2_000)) }
        }
        _ = try await service.embedQuery("a question")
        service.shutdown()
        service.shutdown()
        for task in waiting {
            await #expect(throws: EmbeddingError.shutDown) { _ = try await task.value }
        }
        await #expect(throws: EmbeddingError.shutDown) { _ = try await service.embedQuery("late") }
    }

    @Test func `a service that is dropped ends its threads`() async throws {
        for _ in 0..<10 {
            let service = EmbeddingService(model: model, threads: 2)
            _ = try await service.embedQuery("short life")
        }
    }
}
