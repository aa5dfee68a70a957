package import JSON
package import MCP
import Synchronization

/// What an agent's call brings to a tool, a prompt or a resource, beside who calls.
package struct MCPRequest: Sendable {
    /// Arguments of a tool, checked against its schema; empty for others.
    package var arguments: JSONObject = [:]
    /// What the client declares it can do.
    package var client: ClientCapabilities
    /// Answers to what was asked in the round before.
    package var round: InputRound
    /// What was given the client to carry in the round before; nil on a first call.
    package var state: [UInt8]?
    /// Where to tell how far the call is.
    package var progress = ProgressReporter()

    /// Makes a request.
    package init(client: ClientCapabilities, round: InputRound = .first) {
        self.client = client
        self.round = round
    }
}

/// What a call came to, or what it needs first.
package enum MCPOutcome<Value: Sendable>: Sendable {
    case given(Value)
    /// The client asks its user or its model, then calls again.
    case inputRequired(InputRequired)
}

/// What a tool came to.
package enum ToolOutcome: Sendable {
    case result(ToolResult)
    /// The client asks its user or its model, then calls again.
    case inputRequired(InputRequired)
    /// It takes long and the client can wait: the work goes on behind the answer.
    case task(@Sendable (ProgressReporter) async throws -> ToolResult)
}

/// Tells one caller how far a call is; does nothing where nobody wants to know.
package final class ProgressReporter: Sendable {
    private enum Sink {
        case none
        case stream(ProgressMessages)
        case words(@Sendable (String) -> Void)
    }
    private let sink: Mutex<Sink>
    private let send: @Sendable ([UInt8]) async throws -> Void

    /// A reporter that nobody listens to.
    package init() {
        sink = Mutex(.none)
        send = { _ in }
    }

    /// - Parameter send: Sends one message; suspends while the client is slow.
    init(_ messages: ProgressMessages, send: @escaping @Sendable ([UInt8]) async throws -> Void) {
        sink = Mutex(.stream(messages))
        self.send = send
    }

    /// A reporter whose words are looked up later, as those of a task.
    init(words: @escaping @Sendable (String) -> Void) {
        sink = Mutex(.words(words))
        send = { _ in }
    }

    /// Whether anybody wants to know.
    package var isHeard: Bool {
        sink.withLock { sink in if case .none = sink { false } else { true } }
    }

    /// Tells a step.
    /// - Throws: What sending throws when the client is gone.
    package func report(_ progress: Double, of total: Double?, _ message: String? = nil) async throws {
        let step = sink.withLock { sink -> [UInt8]? in
            switch sink {
            case .none: return nil
            case .words(let note):
                if let message { note(message) }
                return nil
            case .stream(var messages):
                let step = messages.step(progress, of: total, message: message)
                sink = .stream(messages)
                return step
            }
        }
        if let step { try await send(step) }
    }
}
