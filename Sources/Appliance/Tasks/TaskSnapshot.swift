package import A2A
import JSON
import TenantStore

/// A task as it was after one event of its log.
package struct TaskSnapshot: Sendable {
    /// The task with its history and artifacts.
    package var task: AgentTask
    /// The number of that event; what comes next in the log has higher ones.
    package let sequence: Int64
    /// When it was made, in milliseconds since 1970.
    package let createdAt: Int64
}

/// What came of a message.
package enum SendOutcome: Sendable {
    /// A task was made or goes on.
    case task(TaskSnapshot)
    /// A bare answer; only fixtures give one.
    case message(Message)
}

extension TaskRows {
    /// The task as its rows tell it now.
    /// - Parameters:
    ///   - historyLength: The last messages only; nil = all.
    ///   - includesArtifacts: Whether artifacts are read.
    /// - Throws: ``ApplianceError/corrupt(what:)``, `StoreError`.
    func snapshot(of record: TaskRecord, historyLength: Int? = nil, includesArtifacts: Bool = true) throws
        -> TaskSnapshot
    {
        let messages =
            try historyLength == 0
            ? [] : self.messages(of: record.number, limit: historyLength ?? .max)
        let artifacts = try includesArtifacts ? self.artifacts(of: record.number) : []
        let task = try StoredForm.decoding("task \(record.number)") {
            var task = AgentTask(
                id: record.id, contextID: record.context, status: try StoredForm.status(record.status))
            task.history = try messages.map(StoredForm.message)
            task.artifacts = try artifacts.map(StoredForm.artifact)
            if task.history?.isEmpty == true { task.history = nil }
            if task.artifacts?.isEmpty == true { task.artifacts = nil }
            task.metadata = try record.metadata.map { try StoredForm.object($0) }
            return task
        }
        return TaskSnapshot(task: task, sequence: record.sequence, createdAt: record.createdAt)
    }
}

/// What rows of tasks hold: the protocol's own JSON in the spelling of 1.0.
enum StoredForm {
    static func status(_ bytes: [UInt8]) throws -> TaskStatus { try TaskStatus(json: JSONValue(parsing: bytes)) }

    static func message(_ bytes: [UInt8]) throws -> Message { try Message(json: JSONValue(parsing: bytes)) }

    static func item(_ bytes: [UInt8]) throws -> StreamItem { try StreamItem(json: JSONValue(parsing: bytes)) }

    static func object(_ bytes: [UInt8]) throws -> JSONObject { try JSONValue(parsing: bytes).objectValue ?? [:] }

    /// The pieces of an artifact put together.
    static func artifact(_ record: TaskArtifactRecord) throws -> Artifact {
        var whole: Artifact?
        for piece in record.pieces {
            guard case .artifactUpdate(let update) = try item(piece) else { continue }
            if whole == nil { whole = update.artifact } else { whole?.parts += update.artifact.parts }
        }
        guard let whole else { throw ApplianceError.corrupt(what: "an artifact without its event") }
        return whole
    }

    /// Runs `body`, whose failure means that rows do not hold what was written into them.
    static func decoding<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as ApplianceError {
            throw error
        } catch {
            throw ApplianceError.corrupt(what: "\(what): \(error)")
        }
    }
}
