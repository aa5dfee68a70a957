package import A2A
import IndexCore
package import JSON
import TenantStore

/// One stretch of work as the skill sees it: what it is given, and where its results go.
package struct SkillRun: Sendable {
    /// What the work is done with.
    package let appliance: SearchAppliance
    /// Whose rights it has, until when, and whether it was cancelled.
    package let context: RequestContext
    package let taskID: String
    package let contextID: String
    /// The input, checked against the skill's schema.
    package let input: JSONObject
    /// All messages, the owner's and our questions, in order.
    package let messages: [Message]
    /// Artifacts of the tasks the messages refer to, as far as they are the owner's.
    package let references: [Artifact]
    /// Media types the client takes; empty = any.
    package let outputModes: [String]
    /// What a stretch that was broken off had finished, by artifact id.
    let finished: [String: Artifact]
    let pen: TaskPen

    /// To be called between pieces of work.
    /// - Throws: `CancellationError`, ``ApplianceError/timeout(after:)``.
    package func checkpoint() throws {
        if context.cancellation.isCancelled { throw CancellationError() }
        try Task.checkCancellation()
        if context.isPastDeadline { throw ApplianceError.timeout(after: context.operation.timeout ?? .zero) }
    }

    /// Tells how far the work has come.
    package func say(_ text: String?, metadata: JSONObject? = nil) async throws {
        try checkpoint()
        try await pen.set(.working, text, metadata: metadata)
    }

    /// Brings a result.
    /// - Parameters:
    ///   - append: Whether the parts go behind those of an artifact that was begun.
    ///   - isLast: Whether the artifact is whole with this.
    package func put(_ artifact: Artifact, append: Bool = false, isLast: Bool = true) async throws {
        try checkpoint()
        try await pen.put(artifact, append: append, isLast: isLast)
    }

    /// Waits, unless cancelled before.
    package func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
        try checkpoint()
    }
}

extension SkillRun {
    /// Reads what a stretch of work needs.
    /// - Parameter isRestart: Whether an earlier process has begun this stretch.
    static func load(
        _ record: TaskRecord, setup: TaskSetup, skill: AgentSkill, isRestart: Bool, tasks: TenantTasks,
        appliance: SearchAppliance, context: RequestContext
    ) async throws -> SkillRun {
        let (messages, references, finished) = try await tasks.read { rows in
            try StoredForm.decoding("task \(record.number)") {
                let messages = try rows.messages(of: record.number).map(StoredForm.message)
                let references = try Self.references(messages, owner: record.owner, limit: tasks.limits, rows)
                let finished = try isRestart ? Self.finished(record, since: setup.since, rows) : []
                return (messages, references, finished)
            }
        }
        return SkillRun(
            appliance: appliance, context: context, taskID: record.id, contextID: record.context,
            input: SkillInput(messages, for: skill).members, messages: messages, references: references,
            outputModes: setup.outputModes,
            finished: Dictionary(finished.map { ($0.artifactID, $0) }, uniquingKeysWith: { $1 }),
            pen: TaskPen(
                tasks: tasks, task: record.id, context: record.context, number: record.number, run: record.run))
    }

    /// Unknown tasks and those of others are left out alike.
    private static func references(
        _ messages: [Message], owner: String, limit: TaskLimits, _ rows: TaskRows
    ) throws -> [Artifact] {
        let ids = messages.filter { $0.role == .user }.flatMap(\.referenceTaskIDs).prefix(limit.referencesPerMessage)
        return try ids.flatMap { id -> [Artifact] in
            guard let record = try rows.task(id, of: owner) else { return [] }
            return try rows.artifacts(of: record.number).map(StoredForm.artifact)
        }
    }

    private static func finished(_ record: TaskRecord, since: Int64, _ rows: TaskRows) throws -> [Artifact] {
        try rows.artifacts(of: record.number).filter { $0.sequence > since }.compactMap { stored in
            guard let last = stored.pieces.last, case .artifactUpdate(let update) = try StoredForm.item(last),
                update.lastChunk
            else { return nil }
            return try StoredForm.artifact(stored)
        }
    }
}
