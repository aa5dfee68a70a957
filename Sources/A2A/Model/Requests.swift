public import JSON

/// `SendMessage` and `SendStreamingMessage`.
public struct SendMessageRequest: Sendable, Hashable {
    /// What is said.
    public var message: Message
    /// Media types the client takes; empty = any.
    public var acceptedOutputModes: [String]
    /// Made together with the task.
    public var push: PushConfiguration?
    /// Messages of the history to give back; nil = all.
    public var historyLength: Int?
    /// Whether the answer comes at once, with the task as it was made.
    public var returnImmediately: Bool
    /// Whatever the client adds, such as `skillId`.
    public var metadata: JSONObject?

    /// Makes a request.
    public init(
        message: Message, acceptedOutputModes: [String] = [], push: PushConfiguration? = nil,
        historyLength: Int? = nil, returnImmediately: Bool = false, metadata: JSONObject? = nil
    ) {
        self.message = message
        self.acceptedOutputModes = acceptedOutputModes
        self.push = push
        self.historyLength = historyLength
        self.returnImmediately = returnImmediately
        self.metadata = metadata
    }
}

/// `ListTasks`.
public struct ListTasksRequest: Sendable, Hashable {
    /// Of this conversation only.
    public var contextID: String?
    /// In this state only.
    public var state: TaskState?
    /// 1 to 100.
    public var pageSize: Int
    /// Where the page before ended.
    public var pageToken: String?
    /// Messages of each history; nil = none are left out.
    public var historyLength: Int?
    /// Milliseconds since 1970; tasks whose status is at least as new.
    public var statusSince: Int64?
    /// Whether artifacts come along.
    public var includesArtifacts: Bool

    /// Makes a request.
    public init(
        contextID: String? = nil, state: TaskState? = nil, pageSize: Int = 50, pageToken: String? = nil,
        historyLength: Int? = nil, statusSince: Int64? = nil, includesArtifacts: Bool = false
    ) {
        self.contextID = contextID
        self.state = state
        self.pageSize = pageSize
        self.pageToken = pageToken
        self.historyLength = historyLength
        self.statusSince = statusSince
        self.includesArtifacts = includesArtifacts
    }
}

/// One page of tasks, newest status first.
public struct TaskPage: Sendable, Hashable {
    /// The tasks.
    public var tasks: [AgentTask]
    /// Empty on the last page.
    public var nextPageToken: String
    /// As asked for.
    public var pageSize: Int
    /// Before paging.
    public var totalSize: Int

    /// Makes a page.
    public init(tasks: [AgentTask], nextPageToken: String, pageSize: Int, totalSize: Int) {
        self.tasks = tasks
        self.nextPageToken = nextPageToken
        self.pageSize = pageSize
        self.totalSize = totalSize
    }
}
