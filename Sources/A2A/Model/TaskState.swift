/// Where a task stands (A2A 1.0, section 4.1.3); raw values are those of the wire.
public enum TaskState: String, Sendable, Hashable, CaseIterable {
    /// Taken, not begun.
    case submitted = "TASK_STATE_SUBMITTED"
    /// Being worked on.
    case working = "TASK_STATE_WORKING"
    /// Done.
    case completed = "TASK_STATE_COMPLETED"
    /// Broken off by a fault.
    case failed = "TASK_STATE_FAILED"
    /// Broken off by its owner.
    case canceled = "TASK_STATE_CANCELED"
    /// Waits for a further message.
    case inputRequired = "TASK_STATE_INPUT_REQUIRED"
    /// Not taken.
    case rejected = "TASK_STATE_REJECTED"
    /// Waits for a credential.
    case authRequired = "TASK_STATE_AUTH_REQUIRED"

    /// Final: nothing follows.
    public var isTerminal: Bool {
        switch self {
        case .completed, .failed, .canceled, .rejected: true
        case .submitted, .working, .inputRequired, .authRequired: false
        }
    }

    /// Waits for its owner.
    public var isInterrupted: Bool { self == .inputRequired || self == .authRequired }

    /// Where a call that waits for the task gives its answer.
    public var isSettled: Bool { isTerminal || isInterrupted }

    /// Whether a task may go from here to `next`; a terminal state is final.
    public func allows(_ next: TaskState) -> Bool {
        if isTerminal { return false }
        switch next {
        case .submitted: return false
        case .rejected: return self == .submitted
        case .working, .completed, .failed, .canceled, .inputRequired, .authRequired: return true
        }
    }
}

/// Who wrote a message; raw values are those of the wire.
public enum MessageRole: String, Sendable, Hashable {
    /// The client.
    case user = "ROLE_USER"
    /// This server.
    case agent = "ROLE_AGENT"
}
