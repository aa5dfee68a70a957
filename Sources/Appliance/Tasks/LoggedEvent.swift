package import A2A
import TenantStore

/// One event of a task's log, as it is stored and sent.
package struct LoggedEvent: Sendable {
    /// From 1, without gaps.
    package let sequence: Int64
    /// The item as JSON of 1.0: made once, shared by all who send it.
    package let payload: [UInt8]
    /// What happened.
    package let item: StreamItem

    init(sequence: Int64, payload: [UInt8], item: StreamItem) {
        self.sequence = sequence
        self.payload = payload
        self.item = item
    }

    /// An event read from the log.
    init(_ record: TaskEventRecord) throws {
        sequence = record.sequence
        payload = record.body
        item = try StoredForm.decoding("event \(record.sequence)") { try StoredForm.item(record.body) }
    }

    /// The state the task has from here on, if the event says so.
    package var state: TaskState? {
        switch item {
        case .task(let task): task.status.state
        case .statusUpdate(let update): update.status.state
        case .message, .artifactUpdate: nil
        }
    }

    /// Whether nothing can follow.
    package var isLast: Bool { state?.isTerminal ?? false }
}
