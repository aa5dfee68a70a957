import A2A
import Access
import HTTPServer
import JSON
import Synchronization
import TenantStore

/// Tells receivers of tasks' events: each in the order of the log, one after the other.
///
/// There is no queue in memory. How far a receiver has been told stands in its row, so what is due is read from the log, also
/// after a restart; then an event may be sent twice, never left out.
final class PushCourier: Sendable {
    private struct Queue: Hashable {
        let key: TaskKey
        let id: String
    }
    private struct State {
        /// Queues being worked on, and whether something came in meanwhile.
        var active: [Queue: Bool] = [:]
        var work: [Queue: Task<Void, Never>] = [:]
        var isClosing = false
    }

    let box: SecretBox
    private let allowed: PushAllowList
    private let log: Log
    private let pace: PushBreaker.Pace
    /// Deliveries block for up to ten seconds each.
    private let threads = ThreadPool(threads: 8, queueLimit: 10_000)
    private let state = Mutex(State())

    init(allowed: PushAllowList, box: SecretBox, log: Log, pace: PushBreaker.Pace) {
        self.allowed = allowed
        self.box = box
        self.log = log
        self.pace = pace
    }

    /// Has a task's receivers told of what they do not know yet; from any thread, as often as wanted.
    func wake(_ number: Int64, _ key: TaskKey, _ tasks: TenantTasks) {
        Task { @concurrent in
            guard let pushes = try? await tasks.read({ try $0.pushes(of: number) }) else { return }
            for push in pushes { begin(Queue(key: key, id: push.id), number, tasks) }
        }
    }

    private func begin(_ queue: Queue, _ number: Int64, _ tasks: TenantTasks) {
        state.withLock { state in
            guard !state.isClosing else { return }
            guard state.active[queue] == nil else {
                state.active[queue] = true
                return
            }
            start(queue, number, tasks, behind: nil, &state)
        }
    }

    private func start(
        _ queue: Queue, _ number: Int64, _ tasks: TenantTasks, behind last: Task<Void, Never>?, _ state: inout State
    ) {
        state.active[queue] = false
        state.work[queue] = Task { @concurrent in
            await last?.value
            await self.work(queue, number, tasks)
        }
    }

    /// Begins anew with a receiver that was replaced, whatever pause or rest the old one had; from any thread.
    func reopen(_ id: String, of number: Int64, _ key: TaskKey, _ tasks: TenantTasks) {
        let queue = Queue(key: key, id: id)
        state.withLock { state in
            guard !state.isClosing, let last = state.work[queue] else { return }
            last.cancel()
            start(queue, number, tasks, behind: last, &state)
        }
    }

    /// Breaks everything off; what is due stays due.
    func close() async {
        let work = state.withLock { state in
            state.isClosing = true
            return Array(state.work.values)
        }
        for task in work { task.cancel() }
        for task in work { await task.value }
        threads.close()
    }

    private func work(_ queue: Queue, _ number: Int64, _ tasks: TenantTasks) async {
        var breaker = PushBreaker(pace)
        while true {
            do {
                while try await deliverNext(queue, number, tasks, &breaker) {}
            } catch {
                // The tenant closed or the box stops: what is due is taken up with the next look at the tenant. Cancelled
                // otherwise, it has a successor, whose place this is.
                state.withLock { state in
                    guard state.isClosing || !Task.isCancelled else { return }
                    state.active[queue] = nil
                    state.work[queue] = nil
                }
                return
            }
            let isMore = state.withLock { state in
                guard !Task.isCancelled else { return false }
                if state.active[queue] == true {
                    state.active[queue] = false
                    return true
                }
                state.active[queue] = nil
                state.work[queue] = nil
                return false
            }
            if !isMore { return }
        }
    }

    /// Delivers the next event that is due, skips it, or lets the receiver rest.
    /// - Returns: false when none is due.
    private func deliverNext(
        _ queue: Queue, _ number: Int64, _ tasks: TenantTasks, _ breaker: inout PushBreaker
    ) async throws -> Bool {
        let due = try await tasks.read { rows -> (TaskPushRecord, TaskEventRecord, AgentTask)? in
            guard let push = try rows.push(queue.id, of: number), let record = try rows.task(number: number),
                let event = try rows.events(of: number, after: push.delivered, limit: 1).first
            else { return nil }
            return (push, event, try rows.snapshot(of: record).task)
        }
        guard let (push, event, task) = due else { return false }
        guard let url = PushURL(push.url) else { throw ApplianceError.corrupt(what: "the URL of a receiver") }
        let delivery = PushDelivery(
            url: url, headers: headers(push, queue), body: Self.body(push, event: event, task: task))
        let step = breaker.note(isDelivered: try await deliver(delivery, queue, breaker.pauses))
        let tenant = tasks.tenant.name.rawValue
        switch step {
        case .next:
            try await tasks.change { change in
                try change.writer.setDelivered(event.sequence, push, of: number)
            }
            return true
        case .rest(let rest):
            log.warning(
                "push receiver left alone",
                [
                    "tenant_id": tenant, "task": queue.key.task, "host": url.host,
                    "seconds": String(rest.components.seconds),
                ])
            try await Task.sleep(for: rest)
            return true
        case .end:
            log.warning(
                "push receiver given up", ["tenant_id": tenant, "task": queue.key.task, "host": url.host])
            try await tasks.change { change in try change.writer.setDelivered(.max, push, of: number) }
            return false
        }
    }

    /// Tries until it is delivered, refused for good, or all tries are used up.
    private func deliver(_ delivery: PushDelivery, _ queue: Queue, _ pauses: [Duration]) async throws -> Bool {
        for attempt in 0...pauses.count {
            if attempt > 0 { try await Task.sleep(for: pauses[attempt - 1]) }
            try Task.checkCancellation()
            let result = try await threads.run { [allowed] in delivery.send(allowed: allowed, attempt: attempt) }
            switch result {
            case .delivered: return true
            case .refused(let reason):
                note(reason, delivery, queue)
                return false
            case .failed(let reason): note(reason, delivery, queue)
            }
        }
        return false
    }

    private func note(_ reason: String, _ delivery: PushDelivery, _ queue: Queue) {
        log.info("push not delivered", ["task": queue.key.task, "host": delivery.url.host, "reason": reason])
    }

    private func headers(_ push: TaskPushRecord, _ queue: Queue) -> [(String, String)] {
        var headers = [
            ("Content-Type", push.form == A2AVersion.v0_3.rawValue ? "application/json" : "application/a2a+json"),
            ("A2A-Version", push.form), ("User-Agent", "carrel/\(SearchAppliance.version)"),
        ]
        let secrets = PushSecrets.open(push.secrets, by: box, of: queue.key, queue.id)
        if let scheme = push.scheme, let credentials = secrets?.credentials {
            headers.append(("Authorization", "\(scheme) \(credentials)"))
        }
        if let token = secrets?.token { headers.append(("X-A2A-Notification-Token", token)) }
        return headers
    }

    /// The event as it was logged; receivers of 0.3 get the whole task instead.
    private static func body(_ push: TaskPushRecord, event: TaskEventRecord, task: AgentTask) -> [UInt8] {
        guard push.form == A2AVersion.v0_3.rawValue else { return event.body }
        var writer = JSONWriter(reservingCapacity: 2_048)
        task.write(to: &writer, as: .v0_3)
        return writer.bytes
    }
}
