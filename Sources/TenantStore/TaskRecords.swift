/// One task as its row tells it; what it means is the caller's business.
public struct TaskRecord: Sendable, Equatable {
    /// Whose turn it is.
    public enum Phase: Int64, Sendable {
        /// Nobody's: nothing follows.
        case over = 0
        /// The owner's.
        case waiting = 1
        /// The server's.
        case running = 2
    }
    /// Names the task inside the file.
    public internal(set) var number: Int64 = 0
    /// Names it outside.
    public let id: String
    /// The user it belongs to.
    public let owner: String
    /// The conversation, a name of the owner's.
    public let context: String
    /// The state's name.
    public var state: String
    /// Whose turn it is.
    public var phase: Phase
    /// Milliseconds since 1970.
    public let createdAt: Int64
    /// When the status was set, in milliseconds since 1970.
    public var statusAt: Int64
    /// The number of the last event; 0 before the first.
    public internal(set) var sequence: Int64 = 0
    /// Counts those who worked on it one after the other: only the last may go on writing.
    public var run: Int64
    /// How often work on it began anew because the process had ended.
    public var restarts: Int
    /// Bytes of events and messages so far.
    public internal(set) var byteCount: Int64 = 0
    /// The status as JSON.
    public var status: [UInt8]
    /// What whoever works on it must know, as JSON.
    public var setup: [UInt8]
    /// Metadata as JSON, if there is any.
    public var metadata: [UInt8]?

    /// A task before its first event.
    public init(
        id: String, owner: String, context: String, state: String, phase: Phase, createdAt: Int64, statusAt: Int64,
        run: Int64 = 0, restarts: Int = 0, status: [UInt8], setup: [UInt8], metadata: [UInt8]? = nil
    ) {
        self.id = id
        self.owner = owner
        self.context = context
        self.state = state
        self.phase = phase
        self.createdAt = createdAt
        self.statusAt = statusAt
        self.run = run
        self.restarts = restarts
        self.status = status
        self.setup = setup
        self.metadata = metadata
    }
}

/// One event of a task's log.
public struct TaskEventRecord: Sendable, Equatable {
    /// From 1, without gaps.
    public var sequence: Int64
    /// JSON.
    public var body: [UInt8]

    /// An event.
    public init(sequence: Int64, body: [UInt8]) {
        self.sequence = sequence
        self.body = body
    }
}

/// The events that make up one artifact.
public struct TaskArtifactRecord: Sendable, Equatable {
    /// Unique within the task.
    public var id: String
    /// The number of its last event.
    public var sequence: Int64
    /// The bodies of its events: the first brought it, the others appended to it.
    public var pieces: [[UInt8]]
}

/// Which of an owner's tasks are meant.
public struct TaskFilter: Sendable, Equatable {
    /// Of this conversation.
    public var context: String?
    /// In this state.
    public var state: String?
    /// With a status at least as new, in milliseconds since 1970.
    public var statusSince: Int64?

    /// All, unless narrowed.
    public init(context: String? = nil, state: String? = nil, statusSince: Int64? = nil) {
        self.context = context
        self.state = state
        self.statusSince = statusSince
    }
}

/// A place in the order of tasks, which needs no task to be there.
public struct TaskPosition: Sendable, Equatable {
    /// Milliseconds since 1970.
    public var statusAt: Int64
    /// The task's id.
    public var id: String

    /// The place of a task.
    public init(statusAt: Int64, id: String) {
        self.statusAt = statusAt
        self.id = id
    }
}

/// Who wants to be told of a task's events, and how far they have been.
public struct TaskPushRecord: Sendable, Equatable {
    /// Names it within the task.
    public let id: String
    /// Where to.
    public let url: String
    /// As in `Authorization`.
    public let scheme: String?
    /// Sealed by the caller.
    public let secrets: [UInt8]
    /// Which spelling of the protocol the receiver reads.
    public let form: String
    /// Milliseconds since 1970.
    public let createdAt: Int64
    /// The last event that was sent or given up.
    public var delivered: Int64

    /// A receiver.
    public init(
        id: String, url: String, scheme: String?, secrets: [UInt8], form: String, createdAt: Int64, delivered: Int64
    ) {
        self.id = id
        self.url = url
        self.scheme = scheme
        self.secrets = secrets
        self.form = form
        self.createdAt = createdAt
        self.delivered = delivered
    }
}

/// A request that can be repeated without effect.
public struct TaskRequestRecord: Sendable, Equatable {
    /// The user whose key it is.
    public let owner: String
    /// Their name for the request.
    public let key: String
    /// SHA-256 of its body.
    public let digest: [UInt8]
    /// Id of the task it made or went on with.
    public let task: String
    /// Milliseconds since 1970.
    public let createdAt: Int64

    /// A request.
    public init(owner: String, key: String, digest: [UInt8], task: String, createdAt: Int64) {
        self.owner = owner
        self.key = key
        self.digest = digest
        self.task = task
        self.createdAt = createdAt
    }
}
