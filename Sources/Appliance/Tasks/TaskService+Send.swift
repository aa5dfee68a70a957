package import A2A
import Access
import TenantStore

extension TaskService {
    /// What comes with a message beside the message.
    package struct SendOptions: Sendable {
        /// The caller's name for this request, under which it may be repeated for 24 hours.
        package var idempotencyKey: String?
        /// SHA-256 of the request's body.
        package var bodyDigest: [UInt8]
        /// In which a receiver named in the request is to be told.
        package var version: A2AVersion

        package init(idempotencyKey: String? = nil, bodyDigest: [UInt8] = [], version: A2AVersion = .v1_0) {
            self.idempotencyKey = idempotencyKey
            self.bodyDigest = bodyDigest
            self.version = version
        }
    }

    /// What a change made of a message.
    private enum Sent: Sendable {
        /// A task whose work is to be begun.
        case begun(TaskRecord, TaskSnapshot)
        /// The task it is about, whose work goes on by itself.
        case joined(TaskSnapshot)

        var snapshot: TaskSnapshot {
            switch self {
            case .begun(_, let snapshot), .joined(let snapshot): snapshot
            }
        }
    }

    /// Makes a task of a message, or hands it to the task it names.
    /// - Returns: A new task as it was made, SUBMITTED; one that goes on, or that the idempotency key stands for, as it is now.
    /// - Throws: `A2AError` as the protocol names it; ``ApplianceError/idempotencyKeyReused``,
    ///   ``ApplianceError/tooManyTasks(limit:)``.
    package func send(_ request: SendMessageRequest, options: SendOptions, _ context: RequestContext) async throws
        -> SendOutcome
    {
        try Self.check(request, options)
        let tasks = try await tasks(context)
        let sent: Sent
        if let id = request.message.taskID {
            sent = try await goOn(id, request, options, context, tasks)
        } else {
            let skill = try SkillChoice(request, from: composition).skill
            let problems = SkillInput([request.message], for: skill).problems(for: skill)
            guard problems.isEmpty else {
                throw A2AError.invalidParams(field: "message.parts", reason: problems.joined(separator: "; "))
            }
            if let reply = skill.reply(request.message) { return .message(reply) }
            sent = try await begin(request, options, context, skill, tasks)
        }
        context.tally.update { $0.target = sent.snapshot.task.id }
        if case .begun(let record, _) = sent { launch(record, in: tasks) }
        return .task(sent.snapshot)
    }

    private static func check(_ request: SendMessageRequest, _ options: SendOptions) throws {
        guard request.message.role == .user else {
            throw A2AError.invalidParams(field: "message.role", reason: "must be ROLE_USER")
        }
        for (field, text) in [
            ("message.contextId", request.message.contextID), ("message.taskId", request.message.taskID),
        ] {
            guard let text else { continue }
            guard (1...512).contains(text.utf8.count) else {
                throw A2AError.invalidParams(field: field, reason: "must have 1 to 512 bytes")
            }
        }
        if let key = options.idempotencyKey, !(1...255).contains(key.utf8.count) {
            throw A2AError.invalidParams(field: "Idempotency-Key", reason: "must have 1 to 255 bytes")
        }
    }

    // MARK: A new task

    private func begin(
        _ request: SendMessageRequest, _ options: SendOptions, _ context: RequestContext, _ skill: AgentSkill,
        _ tasks: TenantTasks
    ) async throws -> Sent {
        let now = Timestamp.now.milliseconds
        let push = try request.push.map { try Self.checked($0) }
        let courier = try push.map { _ in try requireCourier() }
        let id = RandomUUID.text()
        let conversation = request.message.contextID ?? RandomUUID.text()
        var message = request.message
        message.taskID = id
        message.contextID = conversation
        let setup = TaskSetup(
            skill: skill.card.id, outputModes: request.acceptedOutputModes, caller: StoredCaller(context))
        let record = TaskRecord(
            id: id, owner: context.userID, context: conversation, state: TaskState.submitted.rawValue, phase: .running,
            createdAt: now, statusAt: now, run: 1, status: TaskStatus(.submitted, timestamp: now).encoded(),
            setup: setup.encoded)
        return try await tasks.change { [self, limits, message] change in
            try markUnfinished(tasks.tenant)
            if let known = try change.repeated(options, of: record.owner) { return .joined(known) }
            guard try change.rows.openCount(of: record.owner) < limits.openTasksPerUser else {
                throw ApplianceError.tooManyTasks(limit: limits.openTasksPerUser)
            }
            let made = try change.create(record, message: message)
            if let push, let courier {
                try add(push, options.version, to: made, behind: 0, in: tasks, courier, change)
            }
            try change.remember(options, owner: made.owner, task: made.id)
            return .begun(made, try change.rows.snapshot(of: made))
        }
    }

    // MARK: A further message

    private func goOn(
        _ id: String, _ request: SendMessageRequest, _ options: SendOptions, _ context: RequestContext,
        _ tasks: TenantTasks
    ) async throws -> Sent {
        let owner = context.userID
        let caller = StoredCaller(context)
        let push = try request.push.map { try Self.checked($0) }
        let courier = try push.map { _ in try requireCourier() }
        return try await tasks.change { [self, limits, composition] change in
            try markUnfinished(tasks.tenant)
            if let known = try change.repeated(options, of: owner) { return .joined(known) }
            var record = try change.task(id, of: owner)
            if let named = request.message.contextID, named != record.context {
                throw A2AError.invalidParams(
                    field: "message.contextId", reason: "is not that of the task; leave it out or send the task's")
            }
            guard record.phase != .over else {
                throw A2AError.unsupportedOperation("the task is over and takes no message; begin a new one")
            }
            var setup = try TaskSetup(record.setup, owner: owner)
            if let skill = composition.skill(setup.skill) { try SkillChoice.checkParts(request.message, skill: skill) }
            guard try change.rows.messageCount(of: record.number) < limits.messagesPerTask else {
                throw A2AError.unsupportedOperation(
                    "the task has \(limits.messagesPerTask) messages, which is the most; begin a new one")
            }
            var message = request.message
            message.contextID = record.context
            let body = message.encoded()
            guard record.byteCount + Int64(body.count) <= limits.bytesPerTask else {
                throw A2AError.unsupportedOperation(
                    "the task has \(limits.bytesPerTask) bytes, which is the most; begin a new one")
            }
            if let push, let courier {
                try add(push, options.version, to: record, behind: record.sequence, in: tasks, courier, change)
            }
            try change.remember(options, owner: owner, task: id)
            guard record.phase == .waiting else {
                try change.writer.addMessage(body, to: &record)
                return .joined(try change.rows.snapshot(of: record))
            }
            // Whoever answers lends their rights to what follows.
            setup.caller = caller
            setup.since = record.sequence
            record.setup = setup.encoded
            record.run += 1
            record.restarts = 0
            try change.keepQuestion(of: &record)
            try change.writer.addMessage(body, to: &record)
            try change.set(.working, of: &record)
            return .begun(record, try change.rows.snapshot(of: record))
        }
    }
}

extension TaskChange {
    /// The task that an idempotency key stands for.
    /// - Throws: ``ApplianceError/idempotencyKeyReused`` when it stands for another request.
    fileprivate func repeated(_ options: TaskService.SendOptions, of owner: String) throws -> TaskSnapshot? {
        guard let key = options.idempotencyKey,
            let known = try rows.request(key, of: owner, since: now - limits.idempotencyMilliseconds)
        else { return nil }
        guard Digest.constantTimeEquals(known.digest, options.bodyDigest) else {
            throw ApplianceError.idempotencyKeyReused
        }
        // A task that was purged since is as good as never made.
        return try rows.task(known.task, of: owner).map { try rows.snapshot(of: $0) }
    }

    fileprivate func remember(_ options: TaskService.SendOptions, owner: String, task: String) throws {
        guard let key = options.idempotencyKey else { return }
        try writer.rememberRequest(
            TaskRequestRecord(owner: owner, key: key, digest: options.bodyDigest, task: task, createdAt: now),
            forgettingBefore: now - limits.idempotencyMilliseconds)
    }

    /// Moves a question to the owner into the history, where it stays when the status changes.
    func keepQuestion(of record: inout TaskRecord) throws {
        guard record.phase == .waiting, let question = try StoredForm.status(record.status).message else { return }
        try writer.addMessage(question.encoded(), to: &record)
    }
}
