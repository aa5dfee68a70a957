import Glibc

/// Which queue a request stands in.
enum EmbeddingLane {
    case query
    case passage
}

/// A request that a worker took.
struct EmbeddingJob {
    let number: UInt64
    let texts: [String]

    fileprivate var byteCount: Int { texts.reduce(0) { $0 + $1.utf8.count } }
}

/// The two queues of a service: callers wait in continuations, workers on a condition.
///
/// Invariants, all under `lock`:
/// 1. `waiting` holds the continuation of every request that was neither answered nor given up.
/// 2. Whoever removes a continuation resumes it, after unlocking; so each is resumed exactly once.
/// 3. A queue holds only numbers that are in `waiting`.
///
/// `@unchecked Sendable`: every stored variable is touched only between `pthread_mutex_lock` and `unlock` of `lock`.
final class EmbeddingQueue: @unchecked Sendable {
    private typealias Continuation = CheckedContinuation<[Embedded], any Error>

    private struct Lane {
        var jobs: [EmbeddingJob] = []
        var isClosed = false
        let limit: Int

        /// The oldest jobs, `share` at most, the first one whatever its length.
        mutating func take(_ share: Int) -> [EmbeddingJob] {
            var byteCount = 0
            let count = jobs.prefix(share).prefix { job in
                defer { byteCount += job.byteCount }
                return byteCount == 0 || byteCount + job.byteCount <= EmbeddingQueue.togetherByteCount
            }.count
            defer { jobs.removeFirst(count) }
            return Array(jobs.prefix(count))
        }
    }

    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var queries: Lane
    private var passages: Lane
    private var waiting: [UInt64: Continuation] = [:]
    /// Requests cancelled before they were entered.
    private var cancelledEarly: Set<UInt64> = []
    private var lastNumber: UInt64 = 0
    private let queryThreads: Int

    /// Bytes of the queries that one thread takes at a time: about as many word pieces as go through the model at once.
    private static let togetherByteCount = 1_024

    /// - Parameter queryThreads: Threads that queries are shared out among.
    init(_ limits: EmbeddingService.Limits, queryThreads: Int) {
        self.queryThreads = max(1, queryThreads)
        queries = Lane(limit: limits.waitingQueries)
        passages = Lane(limit: limits.waitingPassageCalls)
        lock = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    private func withLane<Result>(_ lane: EmbeddingLane, _ body: (inout Lane) -> Result) -> Result {
        switch lane {
        case .query: body(&queries)
        case .passage: body(&passages)
        }
    }
}

// Callers

extension EmbeddingQueue {
    /// Enters a request and waits for its answer or its cancellation.
    func submit(_ texts: [String], to lane: EmbeddingLane) async throws -> [Embedded] {
        let number = withLock {
            lastNumber += 1
            return lastNumber
        }
        defer { withLock { _ = cancelledEarly.remove(number) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(EmbeddingJob(number: number, texts: texts), lane, continuation)
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func enter(_ job: EmbeddingJob, _ lane: EmbeddingLane, _ continuation: Continuation) {
        let refusal: EmbeddingError? = withLock {
            if cancelledEarly.contains(job.number) { return .cancelled }
            return withLane(lane) { lane in
                if lane.isClosed { return .shutDown }
                if lane.jobs.count >= lane.limit { return .overloaded(waiting: lane.jobs.count) }
                lane.jobs.append(job)
                waiting[job.number] = continuation
                pthread_cond_broadcast(changed)
                return nil
            }
        }
        if let refusal { continuation.resume(throwing: refusal) }
    }

    private func cancel(_ number: UInt64) {
        let continuation: Continuation? = withLock {
            guard let continuation = waiting.removeValue(forKey: number) else {
                cancelledEarly.insert(number)
                return nil
            }
            queries.jobs.removeAll { $0.number == number }
            passages.jobs.removeAll { $0.number == number }
            pthread_cond_broadcast(changed)
            return continuation
        }
        continuation?.resume(throwing: EmbeddingError.cancelled)
    }

    /// Refuses new requests of a lane and fails those that wait in it; the one being worked on fails too.
    func close(_ lane: EmbeddingLane) {
        let failed: [Continuation] = withLock {
            let jobs = withLane(lane) { lane in
                lane.isClosed = true
                defer { lane.jobs = [] }
                return lane.jobs
            }
            pthread_cond_broadcast(changed)
            let isLast = queries.isClosed && passages.isClosed
            let numbers = isLast ? Array(waiting.keys) : jobs.map(\.number)
            return numbers.compactMap { waiting.removeValue(forKey: $0) }
        }
        for continuation in failed { continuation.resume(throwing: EmbeddingError.shutDown) }
    }
}

// Workers

extension EmbeddingQueue {
    /// Waits for the oldest request of a lane; of queries, for a thread's share of all that wait, as far as they are short.
    /// - Returns: At least one; `nil` when the lane is closed.
    func next(_ lane: EmbeddingLane) -> [EmbeddingJob]? {
        withLock {
            while true {
                let share = lane == .query ? (queries.jobs.count + queryThreads - 1) / queryThreads : 1
                let (jobs, isClosed) = withLane(lane) { lane in (lane.take(share), lane.isClosed) }
                if isClosed { return nil }
                if !jobs.isEmpty {
                    pthread_cond_broadcast(changed)
                    return jobs
                }
                pthread_cond_wait(changed, lock)
            }
        }
    }

    /// Waits while queries stand in the queue, at most 50 ms so that documents never starve; then says whether anybody
    /// still wants the answer.
    func pause(for job: EmbeddingJob) -> Bool {
        withLock {
            var deadline = timespec()
            clock_gettime(CLOCK_REALTIME, &deadline)
            deadline.tv_nsec += 50_000_000
            if deadline.tv_nsec >= 1_000_000_000 {
                deadline.tv_nsec -= 1_000_000_000
                deadline.tv_sec += 1
            }
            while !queries.jobs.isEmpty, waiting[job.number] != nil {
                if pthread_cond_timedwait(changed, lock, &deadline) == ETIMEDOUT { break }
            }
            return waiting[job.number] != nil
        }
    }

    /// Whether anybody still wants the answer.
    func isWanted(_ job: EmbeddingJob) -> Bool { withLock { waiting[job.number] != nil } }

    /// Answers a request, unless it was given up.
    func finish(_ job: EmbeddingJob, _ result: Result<[Embedded], EmbeddingError>) {
        let continuation = withLock { waiting.removeValue(forKey: job.number) }
        continuation?.resume(with: result.mapError { $0 as any Error })
    }
}
