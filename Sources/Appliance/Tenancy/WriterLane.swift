import Access
import HNSW
import IndexCore
import Synchronization
import TenantStore

/// The one writer of a tenant: a queue of changes, worked off in order by whichever pool thread is free.
///
/// A turn takes all that waits (up to 1,000 documents or 4 MB), commits once with `synchronous=FULL`, publishes one
/// snapshot and answers all: the fsync is the window, there is no timer. A change is acknowledged after it is durable
/// and visible; one that failed is wholly absent.
final class WriterLane: Sendable {
    /// Something to be done by the writer.
    enum Job: Sendable {
        case put(
            [DocumentInput], collection: String?, options: WriteOptions,
            answer: @Sendable (Result<WriteReport, any Error>) -> Void)
        case patch(
            String, DocumentPatch, collection: String?, options: WriteOptions,
            answer: @Sendable (Result<WriteReport, any Error>) -> Void)
        case delete(
            [String], matching: DocumentCondition?, collection: String?, options: WriteOptions,
            answer: @Sendable (Result<DeleteReport, any Error>) -> Void)
        /// Rows about reads, already answered.
        case records([UsageRow], [AuditRow], answer: @Sendable (Result<Void, any Error>) -> Void)
        /// A change of tasks, several of which share a commit; refuses by an ``ApplianceError`` or a protocol's error before
        /// its first change, or not at all.
        case tasks(@Sendable (TenantWriter) throws -> Void, answer: @Sendable (Result<Void, any Error>) -> Void)
        /// Anything else that changes the state, in a turn of its own.
        case step(@Sendable (inout WriterState) throws -> Void, answer: @Sendable (Result<Void, any Error>) -> Void)

        fileprivate var documentCount: Int {
            switch self {
            case .put(let documents, _, _, _): documents.count
            case .delete(let ids, _, _, _, _): ids.count
            case .patch: 1
            case .records, .tasks, .step: 0
            }
        }

        fileprivate var byteCount: Int {
            switch self {
            case .put(let documents, _, _, _): documents.reduce(0) { $0 + $1.byteCount }
            case .delete(let ids, _, _, _, _): ids.reduce(0) { $0 + $1.utf8.count }
            case .patch(_, let patch, _, _, _): patch.byteCount
            case .records, .tasks, .step: 0
            }
        }

        /// Whether a full lane refuses it.
        ///
        /// Our own steps are few, and a merge that could not report back would never be followed by another. Of a task's
        /// work at most one change waits, and the tasks under way are bounded.
        fileprivate var isRefusable: Bool {
            switch self {
            case .put, .patch, .delete: true
            case .records, .tasks, .step: false
            }
        }

        fileprivate var isRecords: Bool { if case .records = self { true } else { false } }

        fileprivate var concernsTasks: Bool { if case .tasks = self { true } else { false } }

        fileprivate func fail(_ error: any Error) {
            switch self {
            case .put(_, _, _, let answer): answer(.failure(error))
            case .patch(_, _, _, _, let answer): answer(.failure(error))
            case .delete(_, _, _, _, let answer): answer(.failure(error))
            case .tasks(_, let answer): answer(.failure(error))
            case .step(_, let answer): answer(.failure(error))
            case .records(_, _, let answer): answer(.failure(error))
            }
        }
    }

    private struct Queue {
        var jobs: [(job: Job, bytes: Int)] = []
        var bytes = 0
        var isScheduled = false
        var isClosed = false
    }

    /// Most documents and bytes in one commit.
    static let turnDocuments = 1_000
    static let turnBytes = 4 << 20
    /// Most changes of tasks in one commit.
    static let turnTaskChanges = 256
    /// Most jobs and bytes waiting; more are refused with a time to come back.
    static let waitingJobs = 1_024
    static let waitingBytes = 64 << 20
    /// Write-ahead log sizes at which the lane moves it into the database file.
    static let passiveCheckpointBytes = 4 << 20
    static let truncatingCheckpointBytes = 64 << 20
    /// An idle lane tidies up a log of this size.
    static let idleCheckpointBytes = 1 << 20

    private let queue = Mutex(Queue())
    private let state: Mutex<WriterState>
    private let pool: ThreadPool
    private let published: PublishedSnapshot
    private let changes: TenantChanges

    /// - Parameter changes: Where commits are told, once they are visible.
    init(state: sending WriterState, published: PublishedSnapshot, changes: TenantChanges, pool: ThreadPool) {
        self.state = Mutex(state)
        self.published = published
        self.changes = changes
        self.pool = pool
    }

    /// Queues a job; it is failed at once when the lane is closed, a write also when it is full.
    func enqueue(_ job: Job) {
        enqueue(job, isLast: false)
    }

    /// - Parameter isLast: Whether the lane closes behind this job.
    private func enqueue(_ job: Job, isLast: Bool) {
        let bytes = job.byteCount
        let refusal = queue.withLock { queue -> ApplianceError? in
            if queue.isClosed { return .shuttingDown }
            let isFull =
                queue.jobs.count >= Self.waitingJobs || (queue.bytes > 0 && queue.bytes + bytes > Self.waitingBytes)
            if isFull, job.isRefusable { return .busy(retryAfter: .seconds(1)) }
            queue.jobs.append((job, bytes))
            queue.bytes += bytes
            queue.isClosed = isLast
            return nil
        }
        if let refusal {
            job.fail(refusal)
        } else {
            schedule()
        }
    }

    /// Refuses new jobs, finishes those that wait, moves the log into the file and closes the connection.
    /// - Returns: after the connection is closed.
    func close() async {
        await withCheckedContinuation { continuation in
            enqueue(
                .step(
                    { state in
                        try? state.writer.checkpoint(.truncate)
                        try? state.writer.close()
                    },
                    answer: { _ in continuation.resume() }), isLast: true)
        }
    }

    private func schedule() {
        let starts = queue.withLock { queue in
            guard !queue.isScheduled, !queue.jobs.isEmpty else { return false }
            queue.isScheduled = true
            return true
        }
        guard starts else { return }
        if !pool.submit({ self.takeTurns() }) {
            let abandoned = queue.withLock { queue in
                queue.isScheduled = false
                defer { queue.jobs.removeAll(); queue.bytes = 0 }
                return queue.jobs
            }
            for (job, _) in abandoned {
                job.fail(ApplianceError.busy(retryAfter: .seconds(1)))
            }
        }
    }

    private func takeTurns() {
        while let turn = nextTurn() {
            perform(turn)
            state.withLock { $0.tidy(whenIdle: false) }
        }
        state.withLock { $0.tidy(whenIdle: true) }
    }

    /// What one commit covers: a step alone, changes of tasks, or as many writes as fit.
    private func nextTurn() -> [Job]? {
        queue.withLock { queue in
            guard !queue.jobs.isEmpty else {
                queue.isScheduled = false
                return nil
            }
            var turn: [Job] = []
            var documents = 0
            var bytes = 0
            for (job, size) in queue.jobs {
                if case .step = job {
                    if turn.isEmpty { turn.append(job) }
                    break
                }
                if let first = turn.first, first.concernsTasks != job.concernsTasks { break }
                if job.concernsTasks, turn.count == Self.turnTaskChanges { break }
                let exceeds = documents + job.documentCount > Self.turnDocuments || bytes + size > Self.turnBytes
                if exceeds, !turn.isEmpty { break }
                turn.append(job)
                documents += job.documentCount
                bytes += size
            }
            queue.bytes -= queue.jobs.prefix(turn.count).reduce(0) { $0 + $1.bytes }
            queue.jobs.removeFirst(turn.count)
            return turn
        }
    }

    private func perform(_ turn: [Job]) {
        let answers = state.withLock { state -> [@Sendable () -> Void] in
            if case .step(let body, let answer)? = turn.first {
                return [step(body, answer, on: &state)]
            }
            if turn.first?.concernsTasks == true { return change(turn, on: state) }
            return write(turn, on: &state)
        }
        for answer in answers {
            answer()
        }
    }

    private func step(
        _ body: (inout WriterState) throws -> Void, _ answer: @escaping @Sendable (Result<Void, any Error>) -> Void,
        on state: inout WriterState
    ) -> @Sendable () -> Void {
        do {
            let before = Set(state.collections.keys)
            try body(&state)
            published.publish(state.snapshot)
            tell([], before: before, on: state)
            return { answer(.success(())) }
        } catch {
            return { answer(.failure(error)) }
        }
    }

    private func write(_ turn: [Job], on state: inout WriterState) -> [@Sendable () -> Void] {
        var batch = state.beginBatch()
        var answers: [@Sendable () -> Void] = []
        do {
            for job in turn {
                answers.append(try plan(job, in: &batch))
            }
            let before = Set(state.collections.keys)
            state.install(try batch.commit())
            // Records alone change nothing that a search sees; what is remembered of a snapshot stays good.
            guard !turn.allSatisfy(\.isRecords) else { return answers }
            published.publish(state.snapshot)
            tell(batch.changedDocuments, before: before, on: state)
            return answers
        } catch {
            // One of them may be the reason: alone, the others still succeed. A full disk refuses each.
            guard turn.count > 1, !Self.concernsFile(error) else { return turn.map { job in { job.fail(error) } } }
            return turn.flatMap { write([$0], on: &state) }
        }
    }

    /// Tells those who listen what a commit changed.
    private func tell(_ documents: @autoclosure () -> [WriteBatch.Key], before: Set<String>, on state: WriterState) {
        guard changes.isWatched else { return }
        changes.publish(TenantChange(documents: documents(), before: before, after: Set(state.collections.keys)))
    }

    /// Takes a job into the batch.
    /// - Returns: Its answer once the batch is committed. A job that is wrong in itself leaves the batch as it was and
    ///   is told so then; the others go on without it.
    private func plan(_ job: Job, in batch: inout WriteBatch) throws -> @Sendable () -> Void {
        do {
            switch job {
            case .put(let documents, let collection, let options, let answer):
                let report = try batch.add(documents, collection: collection, options: options)
                return { answer(.success(report)) }
            case .patch(let id, let patch, let collection, let options, let answer):
                let report = try batch.patch(id, with: patch, collection: collection, options: options)
                return { answer(.success(report)) }
            case .delete(let ids, let filter, let collection, let options, let answer):
                let report = try batch.remove(ids, matching: filter, collection: collection, options: options)
                return { answer(.success(report)) }
            case .records(let usage, let audit, let answer):
                batch.keep(usage: usage, audit: audit)
                return { answer(.success(())) }
            case .tasks, .step:
                return {}
            }
        } catch let error as ApplianceError {
            return { job.fail(error) }
        }
    }

    /// Commits changes of tasks together; one that refuses leaves the others as they are.
    private func change(_ turn: [Job], on state: WriterState) -> [@Sendable () -> Void] {
        do {
            return try state.writer.transaction {
                var answers: [@Sendable () -> Void] = []
                for case .tasks(let body, let answer) in turn {
                    do {
                        try body(state.writer)
                        answers.append { answer(.success(())) }
                    } catch let error as StoreError {
                        throw error
                    } catch {
                        answers.append { answer(.failure(error)) }
                    }
                }
                return answers
            }
        } catch {
            guard turn.count > 1, !Self.concernsFile(error) else { return turn.map { job in { job.fail(error) } } }
            return turn.flatMap { change([$0], on: state) }
        }
    }

    private static func concernsFile(_ error: any Error) -> Bool {
        switch error as? StoreError {
        case .full, .readOnly, .busy, .cannotOpen, .unusable: true
        default: false
        }
    }
}

/// What only the lane touches: the write connection and the writer's view of every collection.
struct WriterState {
    let writer: TenantWriter
    var collections: [String: CollectionState]
    /// Where vectors of the present embedder are kept.
    let modelSpace: SpaceRecord
    let indexFolder: IndexFolder

    /// What searches see from now on.
    var snapshot: Snapshot {
        Snapshot(sequence: writer.sequence, collections: collections.values.map(\.snapshot))
    }

    func beginBatch() -> WriteBatch {
        WriteBatch(writer: writer, collections: collections, modelSpace: modelSpace)
    }

    mutating func install(_ collections: [String: CollectionState]) {
        self.collections = collections
    }

    /// Moves the write-ahead log into the database file when it has grown.
    func tidy(whenIdle: Bool) {
        let bytes = writer.walBytes
        if bytes > WriterLane.truncatingCheckpointBytes {
            try? writer.checkpoint(.truncate)
        } else if bytes > (whenIdle ? WriterLane.idleCheckpointBytes : WriterLane.passiveCheckpointBytes) {
            try? writer.checkpoint(.passive)
        }
    }
}
