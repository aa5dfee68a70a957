import A2A
import HTTPServer
import Synchronization

/// Streams of A2A: a snapshot of the task, then its events in the order of their commits, each with its place in the log.
///
/// What goes wrong before the first event is an ordinary answer; afterwards it is an event `error`, and the end.
extension A2ADoor {
    /// Where a stream closes.
    private enum Ending {
        /// With the task, or where it waits for its owner's answer; one that waits for a credential stays open.
        case ofSend
        /// With the task alone: who watches a task that waits is there when it goes on.
        case ofSubscription
        /// The same for clients of 0.3, who leave at an event that says `final`, which one that asks for input does.
        case ofOldSubscription

        func isReached(with snapshot: TaskState) -> Bool {
            self == .ofSend ? snapshot.endsStream : snapshot.isTerminal
        }

        func isReached(by change: TaskState) -> Bool {
            self == .ofSubscription ? change.isTerminal : change.endsStream
        }
    }

    /// What a stream begins with.
    private enum Beginning {
        /// The task, if the follower has not seen it, and what comes behind.
        case task(TaskSnapshot?, TaskFeed)
        /// A bare answer and nothing more.
        case message(Message)
    }

    /// The first event, held until it is sent and no longer: thousands may watch one task for hours.
    private final class Opening: Sendable {
        /// What follows; nil behind a bare answer.
        let feed: TaskFeed?
        /// Whether the first event is the last.
        let isWhole: Bool
        private let bytes: Mutex<[UInt8]>

        init(_ beginning: Beginning, _ framing: A2AFraming, historyLength: Int?, _ ending: Ending) {
            switch beginning {
            case .message(let message):
                feed = nil
                isWhole = true
                bytes = Mutex(ServerSentEvent(data: framing.eventData(.message(message))).encoded)
            case .task(nil, let feed):
                self.feed = feed
                isWhole = false
                bytes = Mutex([])
            case .task(let snapshot?, let feed):
                self.feed = feed
                let task = snapshot.task.trimmed(historyLength: historyLength)
                let place = EventPlace.text(snapshot.sequence, of: task.id)
                isWhole = ending.isReached(with: task.status.state)
                bytes = Mutex(ServerSentEvent(id: place, data: framing.eventData(.task(task))).encoded)
                feed.forgetSnapshot()
            }
        }

        func takeBytes() -> [UInt8] {
            bytes.withLock { bytes in
                defer { bytes = [] }
                return bytes
            }
        }
    }

    /// `SendStreamingMessage`.
    func stream(_ request: SendMessageRequest, _ call: A2ACall, _ body: [UInt8]) async throws -> HTTPResponse {
        try await stream(call, historyLength: request.historyLength, .ofSend) { context in
            switch try await appliance.tasks.send(request, options: options(call, body), context) {
            case .message(let message): return .message(message)
            case .task(let snapshot):
                let feed = try await appliance.tasks.follow(snapshot.task.id, after: snapshot.sequence, context)
                return .task(snapshot, feed)
            }
        }
    }

    /// `SubscribeToTask`.
    func stream(_ id: String, _ call: A2ACall) async throws -> HTTPResponse {
        let ending = call.framing.version == .v0_3 ? Ending.ofOldSubscription : .ofSubscription
        return try await stream(call, historyLength: nil, ending) { context in
            let after = exchange.request.headers["Last-Event-ID"].flatMap { EventPlace.sequence($0, of: id) }
            let feed = try await appliance.tasks.follow(id, after: after, context)
            return .task(feed.snapshot, feed)
        }
    }

    private func stream(
        _ call: A2ACall, historyLength: Int?, _ ending: Ending,
        _ begin: (RequestContext) async throws -> Beginning
    ) async throws -> HTTPResponse {
        let (operation, _) = try await appliance.gate.open(call.method.operation, exchange.call) {}
        let beginning = try await operation.begin { context in
            try check(call, context)
            guard appliance.composition.agent.streams else {
                throw A2AError.unsupportedOperation("this agent does not stream; its card says so")
            }
            return try await begin(context)
        }
        let framing = call.framing
        let opening = Opening(beginning, framing, historyLength: historyLength, ending)
        let feed = opening.feed
        var response = EventStream.response(
            appliance, operation, signal: feed?.signal ?? StreamSignal(), cacheControl: "no-store"
        ) { stream, _ in
            defer { feed?.close() }
            do {
                try await stream.send(opening.takeBytes())
                guard let feed, !opening.isWhole else { return }
                try await Self.send(feed, to: &stream, framing, ending)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try await stream.send(Self.encoded(error, framing))
                throw error
            }
        }
        for (name, value) in framing.headers { response.headers.set(name, value) }
        return response
    }

    private static func send(
        _ feed: TaskFeed, to stream: inout EventStream, _ framing: A2AFraming, _ ending: Ending
    ) async throws {
        while !feed.isEnded {
            let events = try await feed.next()
            if events.isEmpty, !feed.isEnded { try await stream.wait() }
            for event in events {
                try await stream.send(encoded(event, framing))
                if let state = event.state, ending.isReached(by: state) { return }
            }
        }
    }

    // Not inlined: what is put together here would have its room in every stream that waits.

    @inline(never)
    private static func encoded(_ event: LoggedEvent, _ framing: A2AFraming) -> [UInt8] {
        ServerSentEvent(
            id: EventPlace.text(event.sequence, of: event.taskID),
            data: framing.eventData(event.item, encoded: event.payload)
        ).encoded
    }

    @inline(never)
    private static func encoded(_ error: any Error, _ framing: A2AFraming) -> [UInt8] {
        ServerSentEvent(name: "error", data: framing.errorData(A2AFailure(error, Problem(error)))).encoded
    }
}

/// Where an event stands, as clients send it back: `<task>:<sequence>`.
enum EventPlace {
    static func text(_ sequence: Int64, of task: String) -> String { "\(task):\(sequence)" }

    /// The sequence, if the place is one of this task.
    static func sequence(_ text: String, of task: String) -> Int64? {
        guard text.hasPrefix(task + ":") else { return nil }
        return Int64(text.dropFirst(task.count + 1)).flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension LoggedEvent {
    /// The task that the event is of.
    fileprivate var taskID: String {
        switch item {
        case .task(let task): task.id
        case .message(let message): message.taskID ?? ""
        case .statusUpdate(let update): update.taskID
        case .artifactUpdate(let update): update.taskID
        }
    }
}
