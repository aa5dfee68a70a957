import Synchronization

/// How many evaluations run at once on the box: each holds its rankings in memory.
final class EvaluationSlots: Sendable {
    static let count = 4

    private let free = Mutex(EvaluationSlots.count)

    /// Runs `body` in one of the slots.
    /// - Throws: ``ApplianceError/busy(retryAfter:)`` when all are taken; what `body` throws.
    func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        let isFree = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        guard isFree else { throw ApplianceError.busy(retryAfter: .seconds(5)) }
        defer { free.withLock { $0 += 1 } }
        return try await body()
    }
}
