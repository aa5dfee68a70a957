import HTTPServer

/// Sends one event stream: events when there are any, pings when there are none, and an end when the caller may no longer listen.
struct EventStream {
    private let writer: any BodyWriter
    private let operation: Gate.OpenOperation
    private let signal: StreamSignal
    private let ticksPerPing: Int
    private var silentTicks = 0

    /// Sends what was encoded before; suspends while the client is slow.
    mutating func send(_ bytes: [UInt8]) async throws {
        silentTicks = 0
        try await writer.write(bytes)
    }

    /// Looks at credential and tenant again, before something is told.
    /// - Throws: What refused them.
    func checkStillAllowed() async throws {
        try await operation.checkStillAllowed(includingAge: true)
    }

    /// Waits until the signal is raised.
    ///
    /// Meanwhile pings, and every few seconds looks at credential and tenant again.
    /// - Throws: What refused the credential; ``ApplianceError/shuttingDown`` when the server goes down; `CancellationError` when the
    ///   client is gone.
    mutating func wait() async throws {
        while true {
            switch try await signal.wait() {
            case .raised: return
            case .ending: throw ApplianceError.shuttingDown
            case .tick: break
            }
            try await operation.checkStillAllowed(includingAge: true)
            silentTicks += 1
            guard silentTicks >= ticksPerPing else { continue }
            silentTicks = 0
            try await writer.write(ServerSentEvent.ping)
        }
    }

    /// The answer of an operation that was let in: status 200 and events until `body` returns or throws.
    ///
    /// How the body ended is the operation's outcome; the stream itself always ends properly.
    /// - Parameters:
    ///   - signal: Raised by whoever has something to send.
    ///   - pingTicks: A ping after this many ticks of ``StreamPulse/interval`` without an event.
    static func response(
        _ appliance: SearchAppliance, _ operation: Gate.OpenOperation, signal: StreamSignal, cacheControl: String,
        pingTicks: Int = 1, body: @escaping @Sendable (inout EventStream, RequestContext) async throws -> Void
    ) -> HTTPResponse {
        HTTPResponse(
            headers: [
                "Content-Type": "text/event-stream", "Cache-Control": cacheControl, "X-Accel-Buffering": "no",
            ],
            body: .stream { writer in
                let id = appliance.pulse.add(signal)
                defer { appliance.pulse.remove(id) }
                var stream = EventStream(
                    writer: writer, operation: operation, signal: signal, ticksPerPing: pingTicks)
                try? await operation.run { context in try await body(&stream, context) }
            })
    }
}
