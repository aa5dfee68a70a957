import Appliance
import Glibc
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    private struct Failure: Error {}

    /// What jobs and test share.
    private final class Shared: Sendable {
        let runs = Mutex([Int](repeating: 0, count: 8_000))
        let isOpen = Atomic(false)
        let isAtWork = Atomic(false)
        let done = Atomic(0)
    }

    @Test(.timeLimit(.minutes(2)), arguments: [1, 4])
    func `every job runs once, whoever submits`(threads: Int) async throws {
        let pool = ThreadPool(threads: threads, queueLimit: 100_000)
        defer { pool.close() }
        let shared = Shared()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for submitter in 0..<8 {
                group.addTask {
                    for job in submitter * 1_000..<(submitter + 1) * 1_000 {
                        let doubled = try await pool.run {
                            shared.runs.withLock { $0[job] += 1 }
                            return job * 2
                        }
                        #expect(doubled == job * 2)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(shared.runs.withLock { $0.allSatisfy { $0 == 1 } })
    }

    @Test(.timeLimit(.minutes(1)))
    func `idle threads wake for jobs that come one at a time`() async throws {
        let pool = ThreadPool(threads: 3, queueLimit: 10)
        defer { pool.close() }
        for number in 0..<3_000 { #expect(try await pool.run { number } == number) }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a full queue refuses and a closed pool takes nothing more`() async throws {
        let pool = ThreadPool(threads: 1, queueLimit: 2)
        let shared = Shared()
        let submit = {
            pool.submit {
                shared.isAtWork.store(true, ordering: .relaxed)
                while !shared.isOpen.load(ordering: .relaxed) { usleep(1_000) }
                shared.done.add(1, ordering: .relaxed)
            }
        }
        // Only when the thread has taken its job is the queue's room known.
        #expect(submit())
        while !shared.isAtWork.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(1)) }
        let accepted = 1 + (0..<20).count { _ in submit() }
        #expect(accepted == 3, "one at work and two waiting")
        await #expect(throws: ApplianceError.busy(retryAfter: .seconds(1))) { try await pool.run {} }
        pool.close()
        #expect(!pool.submit {})
        shared.isOpen.store(true, ordering: .relaxed)
        for _ in 0..<500 where shared.done.load(ordering: .relaxed) < accepted {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(shared.done.load(ordering: .relaxed) == accepted, "what was accepted is done")
    }

    @Test(.timeLimit(.minutes(2)))
    func `calls let in before a pool is closed are done`() async throws {
        for round in 0..<200 {
            let pool = ThreadPool(threads: 2, queueLimit: 100)
            let shared = Shared()
            let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
                for call in 0..<20 {
                    group.addTask {
                        if call == round % 20 { pool.close() }
                        do {
                            try await pool.run { _ = shared.done.add(1, ordering: .relaxed) }
                            return false
                        } catch is ApplianceError {
                            return true
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(shared.done.load(ordering: .relaxed) + refused == 20)
        }
    }

    @Test func `errors come back`() async {
        let pool = ThreadPool(threads: 1, queueLimit: 10)
        defer { pool.close() }
        await #expect(throws: Failure.self) { try await pool.run { throw Failure() } }
    }
}
