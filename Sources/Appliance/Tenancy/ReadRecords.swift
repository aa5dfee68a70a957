import Synchronization
import TenantStore

/// Usage and audit rows of reads on their way to the writer: bounded, drained at most once a second.
///
/// A crash loses at most that second; a write's own rows are part of its transaction and never wait here.
final class ReadRecords: Sendable {
    private struct State {
        var usage: [UsageRow] = []
        var audit: [AuditRow] = []
        var isScheduled = false
    }

    /// Rows that wait at most.
    static let limit = 20_000
    static let interval = Duration.seconds(1)

    private let lane: WriterLane
    private let state = Mutex(State())

    init(lane: WriterLane) {
        self.lane = lane
    }

    /// Takes the rows of one read; `false` when there is no room.
    func append(usage: UsageRow, audit: AuditRow?) -> Bool {
        let (accepted, starts) = state.withLock { state in
            guard state.usage.count < Self.limit else { return (false, false) }
            state.usage.append(usage)
            if let audit { state.audit.append(audit) }
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        if starts { scheduleFlush() }
        return accepted
    }

    private func scheduleFlush() {
        Task { @concurrent [weak self] in
            try? await Task.sleep(for: Self.interval)
            self?.flush()
        }
    }

    /// Hands what waits to the writer now.
    func flush() {
        let (usage, audit) = state.withLock { state in
            defer { state = State() }
            return (state.usage, state.audit)
        }
        guard !usage.isEmpty || !audit.isEmpty else { return }
        lane.enqueue(
            .records(usage, audit) { [weak self] result in
                if case .failure(let error) = result { self?.takeBack(usage, audit, after: error) }
            })
    }

    /// Keeps rows that could not be written for the next try: while the disk refuses them the queue fills up, and then
    /// says so.
    private func takeBack(_ usage: [UsageRow], _ audit: [AuditRow], after error: any Error) {
        if error as? ApplianceError == .shuttingDown { return }
        let starts = state.withLock { state in
            state.usage = usage + state.usage
            state.audit = audit + state.audit
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if starts { scheduleFlush() }
    }
}
