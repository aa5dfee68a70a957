import A2A
import Access
import HTTPServer

/// Calls of A2A on the tasks of the caller, each an operation of its own at the gate.
extension A2ADoor {
    func run(_ call: A2ACall, _ body: [UInt8]) async -> HTTPResponse {
        do {
            switch call.method {
            case .sendStreamingMessage(let request): return try await stream(request, call, body)
            case .subscribeToTask(let id): return try await stream(id, call)
            default:
                return try await appliance.gate.perform(call.method.operation, exchange.call) { context in
                    try check(call, context)
                    let result = try await answer(call, body, context)
                    let reply = call.framing.reply(result)
                    context.tally.update { $0.responseBytes = reply.body.count }
                    var response = response(reply)
                    if case .card = result { response.headers.set("Cache-Control", "private, no-store") }
                    return response
                }
            }
        } catch {
            return failure(error, call.framing)
        }
    }

    private func answer(_ call: A2ACall, _ body: [UInt8], _ context: RequestContext) async throws -> A2AResult {
        let tasks = appliance.tasks
        switch call.method {
        case .sendMessage(let request): return try await send(request, call, body, context)
        case .getTask(let id, let historyLength):
            return .task(
                try await tasks.get(id, historyLength: historyLength, context).trimmed(historyLength: historyLength))
        case .listTasks(let request): return .tasks(try await tasks.list(request, context))
        case .cancelTask(let id, let metadata):
            return .task(try await tasks.cancel(id, metadata: metadata, context))
        case .createPush(let configuration):
            return .push(try await tasks.createPush(configuration, version: call.framing.version, context))
        case .getPush(let task, let id): return .push(try await tasks.getPush(task, id: id, context))
        case .listPush(let task): return .pushes(try await tasks.listPush(task, context))
        case .deletePush(let task, let id):
            try await tasks.deletePush(task, id: id, context)
            return .deleted
        case .getExtendedCard: return .card(try appliance.agentCards.extended(call.framing.version, of: appliance))
        case .sendStreamingMessage, .subscribeToTask:
            throw ApplianceError.internalFault("\(call.method.operation.name) answers with a stream")
        }
    }

    /// Waits until the task is settled, unless the caller wants to know at once that it was made.
    ///
    /// A caller who goes away meanwhile ends the wait, not the task.
    private func send(
        _ request: SendMessageRequest, _ call: A2ACall, _ body: [UInt8], _ context: RequestContext
    ) async throws -> A2AResult {
        switch try await appliance.tasks.send(request, options: options(call, body), context) {
        case .message(let message): return .sent(.message(message))
        case .task(let snapshot):
            var task = snapshot.task
            if !request.returnImmediately {
                task = try await appliance.tasks.settled(task.id, historyLength: request.historyLength, context)
            }
            return .sent(.task(task.trimmed(historyLength: request.historyLength)))
        }
    }

    func options(_ call: A2ACall, _ body: [UInt8]) -> TaskService.SendOptions {
        let key = exchange.request.headers["Idempotency-Key"]
        return TaskService.SendOptions(
            idempotencyKey: key, bodyDigest: key == nil ? [] : Digest.sha256(body), version: call.framing.version)
    }

    /// A tenant named in the call must be the credential's own; any other has no tasks that this caller could see.
    func check(_ call: A2ACall, _ context: RequestContext) throws {
        let tenant = try context.requireTenant()
        guard call.tenant == nil || call.tenant == tenant.name.rawValue else {
            throw A2AError.taskNotFound(id: call.method.taskID ?? "")
        }
    }
}

extension A2AMethod {
    /// The task that is meant, if the method is about one.
    fileprivate var taskID: String? {
        switch self {
        case .sendMessage(let request), .sendStreamingMessage(let request): request.message.taskID
        case .getTask(let id, _), .cancelTask(let id, _), .subscribeToTask(let id): id
        case .getPush(let id, _), .listPush(let id), .deletePush(let id, _): id
        case .createPush(let configuration): configuration.taskID
        case .listTasks, .getExtendedCard: nil
        }
    }

    /// The row of the method.
    var operation: Operation {
        switch self {
        case .sendMessage: Operations.a2aSendMessage
        case .sendStreamingMessage: Operations.a2aSendStreamingMessage
        case .getTask: Operations.a2aGetTask
        case .listTasks: Operations.a2aListTasks
        case .cancelTask: Operations.a2aCancelTask
        case .subscribeToTask: Operations.a2aSubscribeToTask
        case .createPush: Operations.a2aCreatePush
        case .getPush: Operations.a2aGetPush
        case .listPush: Operations.a2aListPush
        case .deletePush: Operations.a2aDeletePush
        case .getExtendedCard: Operations.a2aGetExtendedCard
        }
    }
}
