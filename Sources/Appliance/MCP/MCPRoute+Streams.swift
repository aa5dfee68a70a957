import HTTPServer
import JSON
import JSONRPC
import MCP

/// Answers that are streams: progress of one call, and changes.
extension MCPRoute {
    private static let cacheControl = "no-cache, no-transform"

    private static func event(_ message: [UInt8]) -> [UInt8] {
        ServerSentEvent(name: "message", id: nil, data: message).encoded
    }

    /// A tool that tells how far it is: its answer is the last event.
    ///
    /// A modern client that closes the stream takes the call back; a handshake client's call goes on.
    static func progress(
        _ tool: MCPTool, _ arguments: JSONObject, _ round: InputRound, _ messages: ProgressMessages, _ call: MCPCall,
        _ exchange: Exchange
    ) async throws -> HTTPResponse {
        let (open, arguments) = try await exchange.appliance.gate.open(tool.operation, exchange.call) {
            try tool.checked(arguments)
        }
        var response = HTTPResponse(
            headers: [
                "Content-Type": "text/event-stream", "Cache-Control": cacheControl, "X-Accel-Buffering": "no",
            ],
            body: .stream { writer in
                let stream = ProgressStream()
                let reporter = ProgressReporter(messages) { message in
                    // Whoever is gone has taken a modern call back.
                    if call.isModern { try Task.checkCancellation() }
                    stream.tell(event(message))
                }
                async let work: Void = {
                    defer { stream.end() }
                    guard !call.isModern else {
                        let reply = await finish(tool, arguments, round, reporter, call, exchange, open, nil)
                        stream.tell(event(reply.body))
                        return
                    }
                    let reply = await exchange.appliance.legacyCalls.run { handle in
                        await finish(tool, arguments, round, reporter, call, exchange, open, handle)
                    }
                    if let reply { stream.tell(event(reply.body)) }
                }()
                do {
                    try await stream.write(to: writer, exchange.appliance.pulse)
                    await work
                } catch {
                    // Cancelled with its task, a modern call ends now; that of a handshake client is done all the same.
                    await work
                    await stream.writeRest(to: writer)
                }
            })
        response.endsByItself = true
        return response
    }

    private static func finish(
        _ tool: MCPTool, _ arguments: JSONObject, _ round: InputRound, _ reporter: ProgressReporter, _ call: MCPCall,
        _ exchange: Exchange, _ open: Gate.OpenOperation, _ handle: LegacyCalls.Handle?
    ) async -> MCPReply {
        var reply: MCPReply?
        do {
            try await open.run { context in
                if let handle {
                    exchange.appliance.legacyCalls.enter(handle, LegacyCalls.Name(call.id, context))
                }
                var request = MCPRequest(client: call.clientCapabilities, round: round)
                request.progress = reporter
                let made = try await work(tool, arguments, request, call, exchange, context)
                context.tally.update { $0.responseBytes = made.body.count }
                reply = made
            }
            if let reply { return reply }
            throw ApplianceError.internalFault("\(tool.operation.name) gave nothing")
        } catch {
            do {
                return try toolFailure(error, call, exchange)
            } catch {
                return exchange.failure(of: call, error).reply
            }
        }
    }

    /// `subscriptions/listen`: changes of the caller's tenant until the client, the credential or the server ends it.
    static func listen(
        _ filter: SubscriptionFilter, _ call: MCPCall, _ exchange: Exchange
    ) async throws -> HTTPResponse {
        let appliance = exchange.appliance
        let (open, _) = try await appliance.gate.open(Operations.mcpListen, exchange.call) {}
        let subscription = try await open.begin { context in try subscribe(filter, appliance, context) }
        let listener = subscription.listener
        let messages = appliance.endpoint.subscriptionMessages(of: call)
        return EventStream.response(
            appliance, open, signal: listener.signal, cacheControl: cacheControl, pingTicks: 3
        ) { stream, _ in
            defer { withExtendedLifetime(subscription) {} }
            do {
                try await stream.send(event(messages.acknowledged(listener.filter)))
                while !appliance.changes.isClosed {
                    let due = listener.take()
                    if due.isEmpty {
                        try await stream.wait()
                        continue
                    }
                    try await stream.checkStillAllowed()
                    for list in due.lists { try await stream.send(event(messages.listChanged(list))) }
                    for uri in due.resources { try await stream.send(event(messages.updated(uri))) }
                }
                try await stream.send(event(messages.ended()))
            } catch {
                // Whoever still reads is told that this was the end; whoever is gone is not there to fail.
                try? await stream.send(event(messages.ended()))
                throw error
            }
        }
    }

    /// What of the filter this caller is told.
    ///
    /// Resources need the scope that reads them, and an address that is none is left out. Whether there is such a resource
    /// does not matter, so that nothing shows.
    private static func subscribe(
        _ filter: SubscriptionFilter, _ appliance: SearchAppliance, _ context: RequestContext
    ) throws(ApplianceError) -> ChangeSubscription {
        var honored = filter.honored(by: appliance.endpoint.capabilities)
        var watched: [WatchedResource] = []
        if context.mayRead {
            let known = honored.resources.compactMap { uri in
                appliance.composition.resources.lazy.compactMap { $0.watched(uri) }.first.map { (uri, $0) }
            }
            honored.resources = known.map(\.0)
            watched = known.map(\.1)
        } else {
            honored.resources = []
            honored.resourcesListChanged = false
        }
        return try appliance.changes.listen(
            ChangeListener(honored, watched: watched), tenant: context.tenant?.uid,
            credential: "\(context.tenant?.uid ?? "") \(context.credentialID)",
            limit: appliance.configuration.streamsPerCredential)
    }
}
