import A2A
import Access
import HTTPServer
import JSON

/// The routes that the article's first server had, over the tasks of A2A; off unless `legacy_tasks_api` turns them on.
///
/// No version of A2A and on no card: for programs written against the article. Whose task it is, what a skill does and how
/// long a task is kept are decided where A2A decides them.
enum LegacyTaskRoutes {
    static let all: [Route] = [
        Route("GET", "/agent", Operations.a2aGetExtendedCard, aboutAgent, answer: agent),
        Route("POST", "/tasks", Operations.a2aSendMessage, aboutCreate, read: readCreate, answer: create),
        Route("GET", "/tasks", Operations.a2aListTasks, aboutList, read: readList, answer: list),
        Route("GET", "/tasks/{id}", Operations.a2aGetTask, aboutShow, read: readID, answer: show),
        Route("DELETE", "/tasks/{id}", Operations.a2aCancelTask, aboutCancel, read: readID, answer: cancel),
        Route(
            "GET", "/tasks/{id}/events", Operations.a2aSubscribeToTask, aboutEvents, read: readEvents, stream: events),
    ]

    static let patterns = Set(all.map(\.pattern))

    /// Says on every answer that there is something newer, and where.
    static func mark(_ headers: inout HTTPHeaders) {
        headers.set("Deprecation", "true")
        headers.set("Link", "</.well-known/agent-card.json>; rel=\"successor-version\"")
    }

    static func agent(_ appliance: SearchAppliance, _ context: RequestContext) async throws -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("id", LegacyTask.agentID)
            writer.member("name", "Carrel")
            writer.member("version", SearchAppliance.version)
            writer.member("capabilities", appliance.composition.skills.map(\.card.id))
            writer.endObject()
        }
    }

    // MARK: One task

    struct Creation: Sendable {
        var userID: String?
        var capability: String
        var input: JSONObject
    }

    static func readCreate(_ exchange: Exchange) async throws -> Creation {
        try QueryFields(exchange.request).finish()
        var fields = Fields(try await JSONBody.object(of: exchange.request))
        let creation = Creation(
            userID: try fields.text("user_id"), capability: try fields.requiredText("capability"),
            input: try checkedAgent(fields.text("agent_id"), then: fields.object("input") ?? [:]))
        try fields.finish()
        return creation
    }

    private static func checkedAgent(_ id: String?, then input: JSONObject) throws(ApplianceError) -> JSONObject {
        guard id == nil || id == LegacyTask.agentID else {
            throw .invalidArgument(name: "agent_id", reason: "must be \(LegacyTask.agentID), the one agent here")
        }
        return input
    }

    static func create(_ appliance: SearchAppliance, _ context: RequestContext, _ creation: Creation) async throws
        -> HTTPResponse
    {
        guard creation.userID == nil || creation.userID == context.userID else {
            throw ApplianceError.invalidArgument(
                name: "user_id", reason: "must be the user of the credential, or left out")
        }
        let request = SendMessageRequest(
            message: Message(
                messageID: RandomUUID.text(), role: .user, parts: [Part(.data(.object(creation.input)))],
                metadata: ["skillId": .string(creation.capability)]))
        guard case .task(let snapshot) = try await appliance.tasks.send(request, options: .init(), context) else {
            throw ApplianceError.internalFault("a skill that answers without a task")
        }
        var response = answer(snapshot, of: appliance, status: 201)
        response.headers.set("Location", "/tasks/\(snapshot.task.id)")
        return response
    }

    static func readID(_ exchange: Exchange) async throws -> String { try exchange.soleParameter("id") }

    static func show(_ appliance: SearchAppliance, _ context: RequestContext, _ id: String) async throws -> HTTPResponse
    {
        answer(try await appliance.tasks.snapshot(id, context), of: appliance)
    }

    /// A task that is over is told as a conflict, as the article has it; A2A has another status.
    static func cancel(_ appliance: SearchAppliance, _ context: RequestContext, _ id: String) async throws
        -> HTTPResponse
    {
        do {
            _ = try await appliance.tasks.cancel(id, metadata: nil, context)
        } catch let error as A2AError where error == .taskNotCancelable(id: id) {
            var problem = Problem(error)
            problem.status = 409
            return problem.response(requestID: context.requestID, metadataURL: .none)
        }
        return answer(try await appliance.tasks.snapshot(id, context), of: appliance)
    }

    private static func answer(_ snapshot: TaskSnapshot, of appliance: SearchAppliance, status: Int = 200)
        -> HTTPResponse
    {
        .json(status: status) { LegacyTask(snapshot, in: appliance.composition).write(to: &$0) }
    }

    // MARK: Many

    struct Page: Sendable {
        var agentID: String?
        var limit: Int
        var offset: Int
    }

    static func readList(_ exchange: Exchange) async throws -> Page {
        var query = try QueryFields(exchange.request)
        let page = Page(
            agentID: query.text("agent_id"), limit: try query.integer("limit", in: 1...100) ?? 50,
            offset: try query.integer("offset", in: 0...10_000) ?? 0)
        try query.finish()
        return page
    }

    /// Newest status first.
    ///
    /// The store knows places and no offsets, so what lies before is read without its results.
    static func list(_ appliance: SearchAppliance, _ context: RequestContext, _ wanted: Page) async throws
        -> HTTPResponse
    {
        var found: [TaskSnapshot] = []
        var request = ListTasksRequest(pageSize: 100, historyLength: 0)
        var (rest, isMore) = (wanted.offset, wanted.agentID == nil || wanted.agentID == LegacyTask.agentID)
        while isMore, found.count < wanted.limit {
            let isSkipping = rest > 0
            request.pageSize = min(100, isSkipping ? rest : wanted.limit - found.count)
            request.historyLength = isSkipping ? 0 : nil
            request.includesArtifacts = !isSkipping
            let page = try await appliance.tasks.page(request, context)
            if isSkipping { rest -= page.snapshots.count } else { found += page.snapshots }
            request.pageToken = page.nextToken
            isMore = page.nextToken != nil
        }
        context.tally.update { [count = found.count] in $0.resultCount = count }
        return .json { writer in
            writer.beginArray()
            for snapshot in found { LegacyTask(snapshot, in: appliance.composition).write(to: &writer) }
            writer.endArray()
        }
    }

    // MARK: Events

    struct Following: Sendable {
        var id: String
        /// The number of the last event seen.
        var after: Int64?
    }

    static func readEvents(_ exchange: Exchange) async throws -> Following {
        Following(
            id: try exchange.soleParameter("id"),
            after: exchange.request.headers["Last-Event-ID"].flatMap { Int64($0) })
    }

    /// The task as it is, then every change, the end last; of a task that is over the end alone.
    ///
    /// A stream that ends before its task says why by an event `error`.
    static func events(_ appliance: SearchAppliance, _ operation: Gate.OpenOperation, _ following: Following)
        async throws -> HTTPResponse
    {
        let feed = try await operation.begin { context in
            // A place that the task has not come to is none, and lets even a task that is over be followed.
            try await appliance.tasks.follow(following.id, after: following.after ?? .max, context)
        }
        return EventStream.response(
            appliance, operation, signal: feed.signal, cacheControl: "no-store"
        ) { stream, context in
            defer { feed.close() }
            do {
                try await send(feed, of: following.id, to: &stream)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let problem = Problem(error).document(requestID: context.requestID)
                try await stream.send(ServerSentEvent(name: "error", data: problem).encoded)
                throw error
            }
        }
    }

    private static func send(_ feed: TaskFeed, of id: String, to stream: inout EventStream) async throws {
        var (state, time) = (TaskState.working, Timestamp.now.milliseconds)
        if let snapshot = feed.snapshot {
            (state, time) = (snapshot.task.status.state, snapshot.task.status.timestamp)
            try await stream.send(LegacyTaskEvent(snapshot.task).encoded(sequence: snapshot.sequence))
            feed.forgetSnapshot()
        }
        while !feed.isEnded {
            let events = try await feed.next()
            if events.isEmpty, !feed.isEnded { try await stream.wait() }
            for event in events {
                let told = LegacyTaskEvent(event, of: id, after: state, time)
                (state, time) = (told.state, told.time)
                try await stream.send(told.encoded(sequence: event.sequence))
            }
        }
    }
}
