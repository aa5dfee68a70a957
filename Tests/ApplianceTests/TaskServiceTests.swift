import A2A
import Appliance
import JSON
import Testing

/// What becomes of messages: states, histories, events, refusals.
@Suite(.timeLimit(.minutes(2))) struct TaskServiceTests {
    @Test func `a task is made SUBMITTED, worked on and completed, and its log tells all of it`() async throws {
        try await TaskHarness.run { harness in
            let ann = try await harness.context(harness.makeTenant("acme"), "ann")
            let made = try await harness.tasks.sent(SendMessageRequest("complete"), ann)
            #expect(made.sequence == 1)
            #expect(made.task.status.state == .submitted && made.task.status.message == nil)
            #expect(made.task.history?.first?.taskID == made.task.id)
            #expect(made.task.history?.first?.contextID == made.task.contextID)

            let done = try await harness.tasks.settled(made.task.id, ann)
            #expect(done.status.state == .completed)
            #expect(done.status.message?.parts.first?.text == "done")
            #expect(done.artifacts?.map { $0.parts.compactMap(\.text).joined() } == ["one two"])
            #expect(done.history?.count == 1, "progress and last word are no part of the history")

            let events = try await harness.tasks.events(
                made.task.id, after: 0, until: { _ in false }, ann)
            #expect(events.map(\.sequence) == [1, 2, 3, 4, 5])
            #expect(events.map(\.state) == [.submitted, .working, nil, nil, .completed])
            #expect(events.map(\.isLast) == [false, false, false, false, true])
            for event in events {
                #expect(try StreamItem(json: JSONValue(parsing: event.payload)) == event.item)
            }
        }
    }

    @Test func `a question is answered by a further message and stays in the history`() async throws {
        try await TaskHarness.run { harness in
            let ann = try await harness.context(harness.makeTenant("acme"), "ann")
            let made = try await harness.tasks.sent(SendMessageRequest("ask", conversation: "mine"), ann)
            let asked = try await harness.tasks.settled(made.task.id, ann)
            #expect(asked.status.state == .inputRequired && asked.contextID == "mine")

            await #expect(throws: A2AError.self) {
                try await harness.tasks.sent(
                    SendMessageRequest("complete", task: made.task.id, conversation: "other"), ann)
            }
            let answered = try await harness.tasks.sent(SendMessageRequest("complete", task: made.task.id), ann)
            #expect(answered.task.status.state == .working)
            let done = try await harness.tasks.settled(made.task.id, ann)
            #expect(done.status.state == .completed)
            #expect(done.history?.map(\.role) == [.user, .agent, .user])
            #expect(done.history?.map { $0.parts.first?.text } == ["ask", "what now?", "complete"])
            #expect(try await harness.tasks.get(made.task.id, historyLength: 1, ann).history?.count == 1)
            #expect(try await harness.tasks.get(made.task.id, historyLength: 0, ann).history == nil)

            await #expect(
                throws: A2AError.unsupportedOperation("the task is over and takes no message; begin a new one")
            ) {
                try await harness.tasks.sent(SendMessageRequest("more", task: made.task.id), ann)
            }
            await #expect(throws: A2AError.taskNotCancelable(id: made.task.id)) {
                try await harness.tasks.cancel(made.task.id, metadata: nil, ann)
            }
            await #expect(throws: A2AError.self) { try await harness.tasks.follow(made.task.id, after: nil, ann) }
        }
    }

    @Test func `cancel stops the work, sticks, and is the last event`() async throws {
        try await TaskHarness.run { harness in
            let ann = try await harness.context(harness.makeTenant("acme"), "ann")
            let made = try await harness.tasks.sent(SendMessageRequest("hang"), ann)
            try await harness.tasks.wait(for: .working, made.task.id, ann)
            let canceled = try await harness.tasks.cancel(made.task.id, metadata: nil, ann)
            #expect(canceled.status.state == .canceled)
            for _ in 0..<500 where harness.tasks.runCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(harness.tasks.runCount == 0, "the work has ended")
            let events = try await harness.tasks.events(made.task.id, after: 0, until: { _ in false }, ann)
            #expect(events.map(\.state) == [.submitted, .working, .canceled])
            #expect(try await harness.tasks.settled(made.task.id, ann).status.state == .canceled)
        }
    }

    @Test func `another user's and another tenant's task is an unknown one in every call`() async throws {
        try await TaskHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let ann = try await harness.context(acme, "ann")
            let strangers = [
                try await harness.context(acme, "bob"),
                try await harness.context(harness.makeTenant("globex"), "ann"),
            ]
            let made = try await harness.tasks.sent(SendMessageRequest("ask"), ann)
            let id = made.task.id
            let before = try await harness.tasks.settled(id, ann)
            let tasks = harness.tasks
            let refusal = A2AError.taskNotFound(id: id)
            for other in strangers {
                await #expect(throws: refusal) { try await tasks.get(id, historyLength: nil, other) }
                await #expect(throws: refusal) { try await tasks.cancel(id, metadata: nil, other) }
                await #expect(throws: refusal) { try await tasks.follow(id, after: nil, other) }
                await #expect(throws: refusal) { try await tasks.follow(id, after: 0, other) }
                await #expect(throws: refusal) { try await tasks.settled(id, other) }
                await #expect(throws: refusal) { try await tasks.sent(SendMessageRequest("complete", task: id), other) }
                let list = try await tasks.list(ListTasksRequest(contextID: made.task.contextID), other)
                #expect(list.tasks.isEmpty && list.totalSize == 0)
            }
            #expect(try await tasks.get(id, historyLength: nil, ann) == before)
        }
    }

    @Test func `an idempotency key stands for one task of one user`() async throws {
        try await TaskHarness.run { harness in
            let acme = try await harness.makeTenant("acme")
            let (ann, bob) = (try await harness.context(acme, "ann"), try await harness.context(acme, "bob"))
            let digest = [UInt8](repeating: 7, count: 32)
            let request = SendMessageRequest("complete")
            let first = try await harness.tasks.sent(request, key: "k", digest: digest, ann)
            let again = try await harness.tasks.sent(request, key: "k", digest: digest, ann)
            #expect(again.task.id == first.task.id)
            await #expect(throws: ApplianceError.idempotencyKeyReused) {
                try await harness.tasks.sent(request, key: "k", digest: [UInt8](repeating: 8, count: 32), ann)
            }
            let others = try await harness.tasks.sent(request, key: "k", digest: digest, bob)
            #expect(others.task.id != first.task.id)
            #expect(try await harness.tasks.list(ListTasksRequest(), ann).totalSize == 1)
            // Twenty at once are one, too.
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await harness.tasks.sent(request, key: "n", digest: digest, ann).task.id }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `skills are chosen by name, and what does not fit is refused`() async throws {
        try await TaskHarness.run { harness in
            let ann = try await harness.context(harness.makeTenant("acme"), "ann")
            await #expect(throws: A2AError.self) {
                try await harness.tasks.sent(SendMessageRequest("x", skill: "nowhere"), ann)
            }
            var request = SendMessageRequest("x", skill: "hybrid-search")
            request.message.parts[0].mediaType = "application/pdf"
            await #expect(throws: A2AError.self) { try await harness.tasks.sent(request, ann) }
            request.message.parts[0].mediaType = "text/plain; charset=utf-8"
            request.acceptedOutputModes = ["image/png"]
            await #expect(throws: A2AError.self) { try await harness.tasks.sent(request, ann) }
            request.acceptedOutputModes = ["application/*"]
            let found = try await harness.tasks.settled(harness.tasks.sent(request, ann).task.id, ann)
            #expect(found.status.state == .completed)
            #expect(found.artifacts?.map(\.name) == ["search", "hits", "report.md"])

            // What is wrong is refused, what is missing is asked for.
            request.message.metadata = nil
            request.message.parts = [Part(.data(["skill": "hybrid-search", "input": ["limit": 0]]))]
            await #expect(throws: A2AError.self) { try await harness.tasks.sent(request, ann) }
            request.message.parts = [Part(.data(["skill": "hybrid-search", "input": ["limit": 3]]))]
            let asked = try await harness.tasks.settled(harness.tasks.sent(request, ann).task.id, ann)
            #expect(asked.status.state == .inputRequired)
            let answered = try await harness.tasks.sent(SendMessageRequest("retention", task: asked.id), ann)
            #expect(try await harness.tasks.settled(answered.task.id, ann).status.state == .completed)
        }
    }

    @Test func `a user's open tasks are bounded`() async throws {
        try await TaskHarness.run({ $0.taskLimits.openTasksPerUser = 2 }) { harness in
            let acme = try await harness.makeTenant("acme")
            let (ann, bob) = (try await harness.context(acme, "ann"), try await harness.context(acme, "bob"))
            let first = try await harness.tasks.sent(SendMessageRequest("hang"), ann)
            _ = try await harness.tasks.sent(SendMessageRequest("hang"), ann)
            await #expect(throws: ApplianceError.tooManyTasks(limit: 2)) {
                try await harness.tasks.sent(SendMessageRequest("hang"), ann)
            }
            _ = try await harness.tasks.sent(SendMessageRequest("hang"), bob)
            _ = try await harness.tasks.cancel(first.task.id, metadata: nil, ann)
            _ = try await harness.tasks.sent(SendMessageRequest("hang"), ann)
        }
    }
}
