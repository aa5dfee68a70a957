import Access
import JSONRPC
import MCP
import Synchronization

/// Calls of the modern wire that go on as tasks, kept in memory.
///
/// A task ends with the process: what it had written by then stays, and the client that asks again is told that it is
/// unknown and may repeat the call, which writes nothing twice.
final class MCPTasks: Sendable {
    /// How long after its creation a task can be asked for.
    static let timeToLive = Duration.seconds(3_600)
    static let pollInterval = Duration.seconds(1)
    /// Tasks that one caller may have at work; a further call is answered when it is done.
    static let workingLimit = 8
    /// Tasks kept, at work or done.
    static let limit = 4_096

    private struct Record {
        /// Who alone may ask for it.
        let owner: Principal
        let createdAt: Timestamp
        var updatedAt: Timestamp
        var state = TaskView.State.working
        var message: String?
        var work: Task<Void, Never>?
    }
    private struct State {
        var records: [String: Record] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    /// Starts a task.
    /// - Parameter work: Gives the members of the result; its errors are those of the protocol.
    /// - Returns: Nil where there is no room for another: the caller runs the work itself.
    func start(
        _ context: RequestContext, _ work: @escaping @Sendable (ProgressReporter) async throws -> [UInt8]
    ) -> TaskView? {
        let id = Digest.hexadecimal(Digest.randomBytes(16))
        let owner = context.principal
        return state.withLock { state in
            forgetOld(&state)
            let working = state.records.values.count { $0.owner == owner && $0.state == .working }
            guard !state.isClosed, working < Self.workingLimit, state.records.count < Self.limit else { return nil }
            let now = Timestamp.now
            state.records[id] = Record(owner: owner, createdAt: now, updatedAt: now)
            let progress = ProgressReporter { [weak self] message in
                self?.update(id) { $0.message = message }
            }
            state.records[id]?.work = Task { [weak self] in
                let outcome: TaskView.State
                do {
                    outcome = .completed(try await work(progress))
                } catch is CancellationError {
                    outcome = .cancelled
                } catch {
                    let problem = Problem(error)
                    outcome = Task.isCancelled ? .cancelled : .failed(problem.rpcError)
                }
                self?.update(id) { record in
                    // What was cancelled stays so, whatever the last piece of work came to.
                    if record.state == .working { record.state = outcome }
                    record.work = nil
                }
            }
            return state.records[id].map { Self.view(id, $0) }
        }
    }

    /// A task of this caller.
    /// - Throws: -32602 for one that is unknown, forgotten or another's.
    func task(_ id: String, _ context: RequestContext) throws(RPCError) -> TaskView {
        let view = state.withLock { state -> TaskView? in
            forgetOld(&state)
            guard let record = state.records[id], record.owner == context.principal else { return nil }
            return Self.view(id, record)
        }
        guard let view else { throw .unknownTask(id) }
        return view
    }

    /// Stops a task; one that has ended stays as it is.
    /// - Throws: As ``task(_:_:)``.
    func cancel(_ id: String, _ context: RequestContext) throws(RPCError) {
        _ = try task(id, context)
        let work = state.withLock { state -> Task<Void, Never>? in
            guard state.records[id]?.state == .working else { return nil }
            state.records[id]?.state = .cancelled
            state.records[id]?.updatedAt = .now
            return state.records[id]?.work
        }
        work?.cancel()
    }

    /// Stops all, and returns when nothing works any more.
    func close() async {
        let works = state.withLock { state in
            state.isClosed = true
            return state.records.values.compactMap(\.work)
        }
        for work in works { work.cancel() }
        for work in works { await work.value }
    }

    private func update(_ id: String, _ change: (inout Record) -> Void) {
        state.withLock { state in
            guard var record = state.records[id] else { return }
            change(&record)
            record.updatedAt = .now
            state.records[id] = record
        }
    }

    private func forgetOld(_ state: inout State) {
        let oldest = Timestamp.now.milliseconds - Self.timeToLive.components.seconds * 1_000
        state.records = state.records.filter { $0.value.state == .working || $0.value.createdAt.milliseconds > oldest }
    }

    private static func view(_ id: String, _ record: Record) -> TaskView {
        TaskView(
            id: id, state: record.state, message: record.message, createdAt: record.createdAt.description,
            updatedAt: record.updatedAt.description, timeToLive: timeToLive, pollInterval: pollInterval)
    }
}

extension Problem {
    /// As a task tells that its call could not be run to its end.
    fileprivate var rpcError: RPCError {
        status >= 500 && rpcCode == -32603 ? .internalError : RPCError(code: rpcCode, message: "\(title): \(detail)")
    }
}
