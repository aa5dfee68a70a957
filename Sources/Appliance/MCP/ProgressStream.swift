import HTTPServer
import Synchronization

/// Sends what one call tells while it runs, and its answer last; pings when it has long had nothing to tell.
///
/// The call only puts messages here, so that one task alone writes. There are as many as the call has steps.
final class ProgressStream: Sendable {
    private struct State {
        var events: [[UInt8]] = []
        var isOver = false
    }
    private let state = Mutex(State())
    private let signal = StreamSignal()

    /// Sends one event, soon.
    func tell(_ event: [UInt8]) {
        state.withLock { $0.events.append(event) }
        signal.raise()
    }

    /// Ends the stream behind what was told.
    func end() {
        state.withLock { $0.isOver = true }
        signal.raise()
    }

    /// Writes until ``end()``.
    /// - Throws: What writing throws; `CancellationError` in a cancelled task.
    func write(to writer: any BodyWriter, _ pulse: StreamPulse) async throws {
        // A server that stops waits for calls under way, and breaks them off by their own means.
        let id = pulse.add(signal, endsWithServer: false)
        defer { pulse.remove(id) }
        while true {
            let (events, isOver) = state.withLock { state in
                defer { state.events = [] }
                return (state.events, state.isOver)
            }
            for event in events { try await writer.write(event) }
            if isOver { return }
            if events.isEmpty, try await signal.wait() == .tick { try await writer.write(ServerSentEvent.ping) }
        }
    }

    /// Writes what was told since writing was broken off: to a client that is gone in vain, to that of a stopping server the
    /// answer.
    func writeRest(to writer: any BodyWriter) async {
        let events = state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
        // In a task of its own: this one is cancelled, and could write nothing.
        let last = Task { for event in events { try await writer.write(event) } }
        _ = await last.result
    }
}
