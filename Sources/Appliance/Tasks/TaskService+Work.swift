import A2A
import Access
import JSON
import TenantStore

/// The work on tasks, from whichever moment it begins.
extension TaskService {
    /// Begins a stretch of work; the caller goes on.
    func launch(_ record: TaskRecord, isRestart: Bool = false, in tasks: TenantTasks) {
        let run = TaskRun(key: tasks.key(record.id), number: record.number, run: record.run)
        guard desk.begin(run) else { return }
        run.start {
            await work(on: record, isRestart: isRestart, in: tasks)
            desk.end(run)
        }
    }

    private func work(on record: TaskRecord, isRestart: Bool, in tasks: TenantTasks) async {
        let pen = TaskPen(
            tasks: tasks, task: record.id, context: record.context, number: record.number, run: record.run)
        do {
            try await desk.slots.run {
                let setup = try TaskSetup(record.setup, owner: record.owner)
                try await appliance.gate.perform(Operations.taskRun, for: setup.caller, of: tasks.tenant) { context in
                    context.tally.update { $0.target = record.id }
                    try await work(on: record, setup, isRestart: isRestart, pen: pen, in: tasks, context)
                }
            }
        } catch is TaskPen.RunOver {
            // Canceled or taken over: whoever did that has written it down.
        } catch {
            await end(pen, after: error)
        }
    }

    private func work(
        on record: TaskRecord, _ setup: TaskSetup, isRestart: Bool, pen: TaskPen, in tasks: TenantTasks,
        _ context: RequestContext
    ) async throws {
        guard let skill = composition.skill(setup.skill) else {
            throw A2AError.unsupportedOperation("skill \(setup.skill) is no longer offered")
        }
        var isRestart = isRestart
        while true {
            let run = try await SkillRun.load(
                record, setup: setup, skill: skill, isRestart: isRestart, tasks: tasks, appliance: appliance,
                context: context)
            let question = ask(run, skill)
            let end: SkillEnd = if let question { question } else { try await skill.work(run) }
            // What came in meanwhile was not seen by the work: it is done again with it.
            if case .completed = end, skill.takesUpMessages,
                try await tasks.read({ try $0.messageCount(of: record.number) }) > run.messages.count
            {
                try await pen.restart()
                isRestart = false
                continue
            }
            switch end {
            case .failed: context.tally.update { $0.status = 500 }
            case .rejected: context.tally.update { $0.status = 422 }
            case .completed, .inputRequired, .authRequired: break
            }
            return try await pen.set(end.state, end.text)
        }
    }

    /// What must be asked before the work can begin.
    private func ask(_ run: SkillRun, _ skill: AgentSkill) -> SkillEnd? {
        let input = SkillInput(run.messages, for: skill)
        let problems = input.problems(for: skill)
        if !problems.isEmpty { return .inputRequired(problems.joined(separator: "; ")) }
        let missing = input.missing(for: skill)
        guard !missing.isEmpty else { return nil }
        let wanted = missing.map { $0.description.isEmpty ? "`\($0.name)`" : "`\($0.name)` (\($0.description))" }
        return .inputRequired("Please give \(wanted.joined(separator: " and ")).")
    }

    /// Writes down that the work failed, unless it is only broken off.
    private func end(_ pen: TaskPen, after error: any Error) async {
        if desk.isClosing { return }
        if isBreak(error) {
            desk.forget(pen.tasks.tenant.uid)
            return
        }
        let (text, metadata) = Self.words(for: error)
        do {
            try await pen.set(.failed, text, metadata: metadata)
        } catch is TaskPen.RunOver {
            return
        } catch {
            // The file refuses even this: the task is taken up again with the next look at the tenant.
            desk.forget(pen.tasks.tenant.uid)
            appliance.log.error(
                "task not ended", ["tenant_id": pen.tasks.tenant.name.rawValue, "task": pen.task, "reason": "\(error)"])
        }
    }

    /// Whether an error says nothing about the work: the tenant was closed under it.
    private func isBreak(_ error: any Error) -> Bool {
        let reason = (error as? Workflow.Failure)?.reason ?? error
        switch reason as? ApplianceError {
        case .shuttingDown, .tenantSuspended: return true
        default: return false
        }
    }

    private static func words(for error: any Error) -> (String, JSONObject?) {
        if let failure = error as? Workflow.Failure {
            return ("step \(failure.step) failed: \(words(for: failure.reason).0)", failure.metadata)
        }
        switch error {
        case A2AError.unsupportedOperation(let reason): return (reason, nil)
        case A2AError.invalidAgentResponse: return ("the skill gave what is no answer", nil)
        default: return (Problem(error).detail, nil)
        }
    }

    // MARK: After a restart

    /// Takes up what an earlier process left: its work goes on, or ends saying so.
    func takeUp(_ tasks: TenantTasks) async throws {
        guard isMarkedUnfinished(tasks.tenant) else { return }
        let unfinished = try await tasks.read { try $0.running() }
        for record in unfinished {
            let taken = try await tasks.change { [limits] change -> TaskRecord? in
                guard var record = try change.rows.task(number: record.number), record.phase == .running else {
                    return nil
                }
                record.run += 1
                record.restarts += 1
                guard record.restarts <= limits.restarts else {
                    try change.set(.failed, message: interruption(record), of: &record)
                    return nil
                }
                try change.writer.updateTask(record)
                return record
            }
            if let taken { launch(taken, isRestart: true, in: tasks) }
        }
        try await takeUpPushes(tasks)
        if !unfinished.isEmpty {
            appliance.log.info(
                "tasks taken up", ["tenant_id": tasks.tenant.name.rawValue, "tasks": String(unfinished.count)])
        }
    }

    /// Has receivers told of what an earlier process did not come to.
    private func takeUpPushes(_ tasks: TenantTasks) async throws {
        guard let courier = tasks.courier else { return }
        for record in try await tasks.read({ try $0.pushed() }) {
            let key = tasks.key(record.id)
            desk.setPushed(key)
            courier.wake(record.number, key, tasks)
        }
    }

    private func interruption(_ record: TaskRecord) -> Message {
        Message(
            messageID: RandomUUID.text(), contextID: record.context, taskID: record.id, role: .agent,
            parts: [Part(.text("interrupted by restart"))])
    }
}
