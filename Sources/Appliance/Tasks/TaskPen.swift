import A2A
import Access
import JSON
import TenantStore

/// Writes the events of one stretch of work; once the task is over or another stretch has begun it writes no more.
struct TaskPen: Sendable {
    /// The task no longer is this stretch's to write.
    struct RunOver: Error {}

    let tasks: TenantTasks
    let task: String
    let context: String
    let number: Int64
    let run: Int64

    private func change(_ body: @escaping @Sendable (inout TaskChange, inout TaskRecord) throws -> Void) async throws {
        try await tasks.change { [number, run] change in
            guard var record = try change.rows.task(number: number), record.run == run, record.phase == .running else {
                throw RunOver()
            }
            try body(&change, &record)
        }
    }

    func message(_ text: String) -> Message {
        Message(
            messageID: RandomUUID.text(), contextID: context, taskID: task, role: .agent, parts: [Part(.text(text))])
    }

    /// Sets the status.
    /// - Throws: ``RunOver``; `A2AError.unsupportedOperation` when the task has no room for it.
    func set(_ state: TaskState, _ text: String?, metadata: JSONObject? = nil) async throws {
        let message = text.map { self.message($0) }
        try await change { change, record in
            guard TaskState(rawValue: record.state)?.allows(state) ?? false else { throw A2AError.invalidAgentResponse }
            try change.set(state, message: message, metadata: metadata, of: &record)
        }
    }

    /// Brings an artifact or a piece of one.
    /// - Throws: As ``set(_:_:metadata:)``; `A2AError.invalidAgentResponse` for a piece of what was never begun.
    func put(_ artifact: Artifact, append: Bool, isLast: Bool) async throws {
        let update = TaskArtifactUpdate(
            taskID: task, contextID: context, artifact: artifact, append: append, lastChunk: isLast)
        try await change { change, record in
            if append, try !change.writer.hasArtifact(artifact.artifactID, of: record.number) {
                throw A2AError.invalidAgentResponse
            }
            try change.put(update, of: &record)
        }
    }

    /// Begins the stretch anew, behind what was finished so far.
    func restart() async throws {
        try await change { change, record in
            var setup = try TaskSetup(record.setup, owner: record.owner)
            setup.since = record.sequence
            record.setup = setup.encoded
            try change.writer.updateTask(record)
        }
    }
}

/// Names nobody can guess.
enum RandomUUID {
    /// A UUID of version 4.
    static func text() -> String {
        var bytes = Digest.randomBytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let parts = [bytes[0..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10..<16]]
        return parts.map(Digest.hexadecimal).joined(separator: "-")
    }
}
