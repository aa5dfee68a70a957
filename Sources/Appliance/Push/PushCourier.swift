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

    /// How long a try waits after the one before.
    static let pauses: [Duration] = [.seconds(1), .seconds(5), .seconds(25), .seconds(125)]
    /// After so many events given up in a row nothing more is sent to a receiver.
    static let failureLimit = 3

    let box: SecretBox
    private let allowed: PushAllowList
    private let log: Log
    private let pauses: [Duration]
    /// Deliveries block for up to ten seconds each.
    private let threads = ThreadPool(threads: 8, queueLimit: 10_000)
    private let state = Mutex(State())

    init(allowed: PushAllowList, box: SecretBox, log: Log, pauses: [Duration] = PushCourier.pauses) {
        self.allowed = allowed
        self.box = box
        self.log = log
        self.pauses = pauses
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
            state.active[queue] = false
            state.work[queue] = Task { @concurrent in await self.work(queue, number, tasks) }
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
        var failures = 0
        while true {
            do {
                while try await deliverNext(queue, number, tasks, &failures) {}
            } catch {
                // The tenant closed or the box stops: what is due is taken up with the next look at the tenant.
                state.withLock { state in
                    state.active[queue] = nil
                    state.work[queue] = nil
                }
                return
            }
            let isMore = state.withLock { state in
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

    /// Delivers the next event that is due, or gives it up.
    /// - Returns: false when none is due.
    private func deliverNext(_ queue: Queue, _ number: Int64, _ tasks: TenantTasks, _ failures: inout Int) async throws
        -> Bool
    {
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
        let isDelivered = try await deliver(delivery, queue)
        failures = isDelivered ? 0 : failures + 1
        let isDead = failures >= Self.failureLimit
        if isDead {
            log.warning(
                "push receiver given up",
                ["tenant_id": tasks.tenant.name.rawValue, "task": queue.key.task, "host": url.host])
        }
        try await tasks.change { change in
            try change.writer.setDelivered(isDead ? .max : event.sequence, push: queue.id, of: number)
        }
        return !isDead
    }

    /// Tries until it is delivered, refused for good, or all tries are used up.
    private func deliver(_ delivery: PushDelivery, _ queue: Queue) async throws -> Bool {
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
