import JSON
public import JSONRPC

/// The tasks extension of the modern wire.
public enum TaskExtension {
    /// Its name in capabilities.
    public static let identifier = "io.modelcontextprotocol/tasks"

    /// What a client must declare before it may ask for tasks.
    static let required: JSONObject = ["extensions": .object(JSONObject([(identifier, .object([:]))]))]
}

/// One task as clients see it.
public struct TaskView: Sendable, Hashable {
    /// Where it stands, and what it came to.
    public enum State: Sendable, Hashable {
        case working
        /// The result of the call, errors of the tool included, as one JSON object.
        case completed([UInt8])
        /// The call could not be run to its end.
        case failed(RPCError)
        case cancelled

        /// As spelled on the wire.
        public var name: String {
            switch self {
            case .working: "working"
            case .completed: "completed"
            case .failed: "failed"
            case .cancelled: "cancelled"
            }
        }
    }

    /// Not to be guessed.
    public var id: String
    /// Where it stands.
    public var state: State
    /// How far it is, for people.
    public var message: String?
    /// RFC 3339.
    public var createdAt: String
    /// RFC 3339.
    public var updatedAt: String
    /// How long after its creation it can be asked for.
    public var timeToLive: Duration
    /// How often to ask.
    public var pollInterval: Duration

    /// Makes a view.
    public init(
        id: String, state: State, message: String? = nil, createdAt: String, updatedAt: String, timeToLive: Duration,
        pollInterval: Duration
    ) {
        self.id = id
        self.state = state
        self.message = message
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.timeToLive = timeToLive
        self.pollInterval = pollInterval
    }

    /// The members of the task, with its outcome where that is asked for.
    func writeMembers(to writer: inout JSONWriter, withOutcome: Bool) {
        writer.member("taskId", id)
        writer.member("status", state.name)
        if let message { writer.member("statusMessage", message) }
        writer.member("createdAt", createdAt)
        writer.member("lastUpdatedAt", updatedAt)
        writer.member("ttlMs", Self.milliseconds(timeToLive))
        writer.member("pollIntervalMs", Self.milliseconds(pollInterval))
        guard withOutcome else { return }
        switch state {
        case .completed(let result): writer.member("result", raw: result)
        case .failed(let error):
            writer.key("error")
            writer.beginObject()
            writer.member("code", error.code)
            writer.member("message", error.message)
            if let data = error.data { writer.member("data", .object(data)) }
            writer.endObject()
        case .working, .cancelled: break
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
