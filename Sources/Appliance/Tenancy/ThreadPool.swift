import Glibc
import Synchronization

/// A few threads of our own for work that blocks or computes, so that the event loop and Swift's cooperative pool
/// never do.
///
/// Threads start when first needed. The queue is bounded; a full queue refuses instead of growing.
package final class ThreadPool: Sendable {
    package typealias Job = @Sendable () -> Void

    private struct State {
        /// Taken ones are `nil`, so that what they hold is let go when they are done.
        var jobs: [Job?] = []
        var head = 0
        var threads = 0
        /// Threads that wait and were not called yet.
        var idle = 0
        /// Places in the queue of calls that were let in and are on their way.
        var reserved = 0
        var isClosed = false

        var waiting: Int { jobs.count - head }

        /// Counts so many waiting threads as called: a call for each must follow.
        mutating func call(_ count: Int) -> Int {
            idle -= count
            return count
        }

        mutating func take() -> Job? {
            guard head < jobs.count else { return nil }
            let job = jobs[head].take()
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                head = 0
            } else if head > 1_024 {
                jobs.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    private let calls = Semaphore()
    private let threadLimit: Int
    private let queueLimit: Int
    private let niceness: Int32

    /// A pool of at most `threads` threads with at most `queueLimit` jobs waiting; `niceness` as in `nice(1)`.
    package init(threads: Int, queueLimit: Int, niceness: Int32 = 0) {
        self.niceness = niceness
        self.threadLimit = threads
        self.queueLimit = queueLimit
    }

    /// Queues a job; `false` when the queue is full or the pool closed.
    package func submit(_ job: @escaping Job) -> Bool {
        guard reserve() else { return false }
        queue(job)
        return true
    }

    /// Runs `body` on a thread of the pool and returns what it gives.
    /// - Throws: what `body` throws; ``ApplianceError/busy(retryAfter:)`` when the queue is full.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard reserve() else { throw ApplianceError.busy(retryAfter: .seconds(1)) }
        return try await Visit(self).run(body)
    }

    /// Takes a place in the queue, where there is one: ``queue(_:)`` must follow.
    private func reserve() -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.waiting + state.reserved < queueLimit else { return false }
            state.reserved += 1
            return true
        }
    }

    /// Puts a job into the place that was taken for it.
    fileprivate func queue(_ job: @escaping Job) {
        let outcome = state.withLock { state -> (starts: Bool, wakes: Int) in
            state.reserved -= 1
            state.jobs.append(job)
            // Threads of a closed pool wait for those on their way alone.
            if state.idle > 0 { return (false, state.call(state.isClosed ? state.idle : 1)) }
            guard state.threads < threadLimit else { return (false, 0) }
            state.threads += 1
            return (true, 0)
        }
        if outcome.starts { startThread() }
        calls.post(outcome.wakes)
    }

    /// Lets the queued jobs finish and the threads end.
    package func close() {
        let wakes = state.withLock { state in
            state.isClosed = true
            return state.call(state.idle)
        }
        calls.post(wakes)
    }

    private func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    Unmanaged<ThreadPool>.fromOpaque(context).takeRetainedValue().work()
                }
                return nil
            }, context)
        guard code == 0 else {
            // No thread to be had: the jobs wait for the threads that exist, or run here if there is none.
            Unmanaged<ThreadPool>.fromOpaque(context).release()
            let remaining = state.withLock { state in
                state.threads -= 1
                return state.threads
            }
            if remaining == 0 {
                while let job = state.withLock({ $0.take() }) { job() }
            }
            return
        }
        pthread_detach(thread)
    }

    private func work() {
        if niceness != 0 {
            // On Linux the priority of "process 0" is that of the calling thread alone.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
        }
        while let job = nextJob() {
            job()
        }
    }

    private func nextJob() -> Job? {
        while true {
            let step = state.withLock { state -> (job: Job?, ends: Bool) in
                if let job = state.take() { return (job, false) }
                if state.isClosed, state.reserved == 0 {
                    state.threads -= 1
                    return (nil, true)
                }
                state.idle += 1
                return (nil, false)
            }
            if let job = step.job { return job }
            if step.ends { return nil }
            calls.wait()
        }
    }
}

/// One call's stay on the threads of a pool.
///
/// A task that leaves an actor goes straight to where it came from. A continuation is resumed on Swift's cooperative pool,
/// which wakes a thread of its own only to move on.
private actor Visit {
    private let executor: VisitExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ pool: ThreadPool) {
        executor = VisitExecutor(pool)
    }

    func run<Value: Sendable>(_ body: @Sendable () throws -> Value) rethrows -> Value { try body() }
}

/// The executor of one visit, which one task enters once: it is serial, whichever thread that is on.
private final class VisitExecutor: SerialExecutor {
    private let pool: ThreadPool

    init(_ pool: ThreadPool) {
        self.pool = pool
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.queue { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}

/// Calls that wait for threads, or threads for calls: one of either lets one of the other go on.
///
/// A call enters the kernel once, and a wait once; a condition with its mutex does so up to three times.
private final class Semaphore: @unchecked Sendable {
    // Sendable: the semaphore is made for use from any thread and lives at a fixed heap address until `deinit`.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func post(_ count: Int) {
        for _ in 0..<count { sem_post(semaphore) }
    }

    func wait() {
        // A signal may end a wait too early.
        while sem_wait(semaphore) != 0 {}
    }
}

/// A counted wake-up: a wait that took its ticket before the signal returns at once, so none is lost.
final class Condition: @unchecked Sendable {
    // Sendable: the two pthread objects are made for use from any thread and live at fixed heap addresses until
    // `deinit`; `count` is touched only while the mutex is held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var count = 0

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func ticket() -> Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return count
    }

    func wait(_ ticket: Int) {
        pthread_mutex_lock(mutex)
        while count == ticket {
            pthread_cond_wait(condition, mutex)
        }
        pthread_mutex_unlock(mutex)
    }

    func signal() {
        advance()
        pthread_cond_signal(condition)
    }

    func broadcast() {
        advance()
        pthread_cond_broadcast(condition)
    }

    /// The mutex is given back before anybody is woken, who would only find it taken and sleep again.
    private func advance() {
        pthread_mutex_lock(mutex)
        count += 1
        pthread_mutex_unlock(mutex)
    }
}
