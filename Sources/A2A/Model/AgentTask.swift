public import JSON

/// State, words and time of a task.
public struct TaskStatus: Sendable, Hashable {
    /// Where it stands.
    public var state: TaskState
    /// What is said about it.
    public var message: Message?
    /// Milliseconds since 1970.
    public var timestamp: Int64

    /// Makes a status.
    public init(_ state: TaskState, message: Message? = nil, timestamp: Int64) {
        self.state = state
        self.message = message
        self.timestamp = timestamp
    }
}

/// A task as clients see it; the one stored model, of which 0.3 is another spelling.
public struct AgentTask: Sendable, Hashable {
    /// Made by the server.
    public var id: String
    /// The conversation.
    public var contextID: String
    /// Where it stands.
    public var status: TaskStatus
    /// Results; nil leaves the member out.
    public var artifacts: [Artifact]?
    /// Messages in order; nil leaves the member out.
    public var history: [Message]?
    /// Whatever the server adds.
    public var metadata: JSONObject?

    /// Makes a task.
    public init(
        id: String, contextID: String, status: TaskStatus, artifacts: [Artifact]? = nil, history: [Message]? = nil,
        metadata: JSONObject? = nil
    ) {
        self.id = id
        self.contextID = contextID
        self.status = status
        self.artifacts = artifacts
        self.history = history
        self.metadata = metadata
    }
}

/// A change of a task's status.
public struct TaskStatusUpdate: Sendable, Hashable {
    /// The task.
    public var taskID: String
    /// Its conversation.
    public var contextID: String
    /// The new status.
    public var status: TaskStatus
    /// Step, index and total of a workflow.
    public var metadata: JSONObject?

    /// Makes an update.
    public init(taskID: String, contextID: String, status: TaskStatus, metadata: JSONObject? = nil) {
        self.taskID = taskID
        self.contextID = contextID
        self.status = status
        self.metadata = metadata
    }
}

/// A new artifact, or the next piece of one.
public struct TaskArtifactUpdate: Sendable, Hashable {
    /// The task.
    public var taskID: String
    /// Its conversation.
    public var contextID: String
    /// The artifact or its next parts.
    public var artifact: Artifact
    /// Whether the parts go behind those of a known artifact; otherwise they replace it.
    public var append: Bool
    /// Whether the artifact is whole now.
    public var lastChunk: Bool
    /// Whatever the skill adds.
    public var metadata: JSONObject?

    /// Makes an update.
    public init(
        taskID: String, contextID: String, artifact: Artifact, append: Bool = false, lastChunk: Bool = true,
        metadata: JSONObject? = nil
    ) {
        self.taskID = taskID
        self.contextID = contextID
        self.artifact = artifact
        self.append = append
        self.lastChunk = lastChunk
        self.metadata = metadata
    }
}

/// One element of a stream; also the body of a push notification.
public enum StreamItem: Sendable, Hashable {
    /// The whole task, always first.
    case task(AgentTask)
    /// A bare answer; only fixtures give one.
    case message(Message)
    /// A change of status.
    case statusUpdate(TaskStatusUpdate)
    /// A result.
    case artifactUpdate(TaskArtifactUpdate)
}

/// Where and how a client wants to be told of a task's events.
public struct PushConfiguration: Sendable, Hashable {
    /// How the receiver is to be convinced; credentials are never given back.
    public struct Authentication: Sendable, Hashable {
        /// As in `Authorization`.
        public var scheme: String
        /// What follows the scheme.
        public var credentials: String?

        /// Makes an authentication.
        public init(scheme: String, credentials: String? = nil) {
            self.scheme = scheme
            self.credentials = credentials
        }
    }
    /// The task; empty where it is sent together with the message that makes the task.
    public var taskID: String
    /// Assigned by the server when absent.
    public var id: String?
    /// http or https.
    public var url: String
    /// Sent as `X-A2A-Notification-Token`.
    public var token: String?
    /// How to authorise at the receiver.
    public var authentication: Authentication?

    /// Makes a configuration.
    public init(
        taskID: String, id: String? = nil, url: String, token: String? = nil, authentication: Authentication? = nil
    ) {
        self.taskID = taskID
        self.id = id
        self.url = url
        self.token = token
        self.authentication = authentication
    }
}
