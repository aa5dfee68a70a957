import A2A
import JSON

/// A task as the article's first server told of it: flat, with words of its own for the states.
struct LegacyTask {
    /// The one agent of this box.
    static let agentID = "carrel"

    let snapshot: TaskSnapshot
    /// The skill that its first message means.
    let capability: String

    private var task: AgentTask { snapshot.task }

    init(_ snapshot: TaskSnapshot, in composition: Composition) {
        self.snapshot = snapshot
        let first = snapshot.task.history?.first { $0.role == .user }
        let choice = first.flatMap { try? SkillChoice(SendMessageRequest(message: $0), from: composition) }
        capability = choice?.skill.card.id ?? composition.defaultSkill
    }

    func write(to writer: inout JSONWriter) {
        let status = task.status
        let changed = Timestamp(milliseconds: status.timestamp).description
        let isOver = status.state.isTerminal
        writer.beginObject()
        writer.member("id", task.id)
        writer.member("agent_id", Self.agentID)
        writer.member("capability", capability)
        writer.member("input", input)
        writer.member("state", status.state.legacyName)
        writer.member("result", status.state == .completed ? result : .null)
        writer.member("error", status.state.legacyName == "failed" ? .string(status.message?.words ?? "") : .null)
        writer.member("created_at", Timestamp(milliseconds: snapshot.createdAt).description)
        writer.member("updated_at", changed)
        writer.member("completed_at", isOver ? .string(changed) : .null)
        writer.endObject()
    }

    /// What the task was begun with.
    private var input: JSONValue {
        guard let first = task.history?.first(where: { $0.role == .user }) else { return [:] }
        return first.parts.lazy.compactMap(\.data).first ?? ["text": .string(first.words)]
    }

    private var result: JSONValue {
        .object(JSONObject((task.artifacts ?? []).map { ($0.name ?? $0.artifactID, $0.legacyValue) }))
    }
}

/// One event of a task in the article's form.
struct LegacyTaskEvent {
    let taskID: String
    let state: TaskState
    let message: Message?
    let data: JSONObject?
    /// Milliseconds since 1970.
    let time: Int64

    /// - Parameters:
    ///   - state: The task's before the event; pieces of artifacts leave it as it is.
    ///   - time: When it came to that state, which is all that is known of the time of such a piece.
    init(_ event: LoggedEvent, of taskID: String, after state: TaskState, _ time: Int64) {
        self.taskID = taskID
        switch event.item {
        case .task(let task):
            (self.state, message) = (task.status.state, task.status.message)
            (data, self.time) = (nil, task.status.timestamp)
        case .statusUpdate(let update):
            (self.state, message) = (update.status.state, update.status.message)
            (data, self.time) = (update.metadata, update.status.timestamp)
        case .artifactUpdate(let update):
            let artifact = update.artifact
            (self.state, message, self.time) = (state, nil, time)
            data = JSONObject([(artifact.name ?? artifact.artifactID, artifact.legacyValue)])
        case .message(let message): (self.state, self.message, data, self.time) = (state, message, nil, time)
        }
    }

    /// The task as a follower finds it.
    init(_ task: AgentTask) {
        (taskID, state, message) = (task.id, task.status.state, task.status.message)
        (data, time) = (nil, task.status.timestamp)
    }

    func encoded(sequence: Int64) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.member("task_id", taskID)
        writer.member("state", state.legacyName)
        writer.member("message", message.map { .string($0.words) } ?? .null)
        writer.member("data", data.map { .object($0) } ?? .null)
        writer.member("timestamp", Timestamp(milliseconds: time).description)
        writer.endObject()
        return ServerSentEvent(name: "task_update", id: String(sequence), data: writer.bytes).encoded
    }
}

extension TaskState {
    /// The article's word; it has one for all that is under way.
    fileprivate var legacyName: String {
        switch self {
        case .submitted: "pending"
        case .working, .inputRequired, .authRequired: "running"
        case .completed: "completed"
        case .failed, .rejected: "failed"
        case .canceled: "cancelled"
        }
    }
}

extension Message {
    fileprivate var words: String { parts.compactMap(\.text).joined(separator: "\n") }
}

extension Artifact {
    /// Its data, else its text.
    fileprivate var legacyValue: JSONValue {
        parts.lazy.compactMap(\.data).first ?? .string(parts.compactMap(\.text).joined())
    }
}
