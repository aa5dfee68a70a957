import Access
import HTTPServer
import JSON
import JSONRPC
import MCP

/// `POST /mcp`: both eras of MCP; every method and tool is an operation of its own at the gate.
///
/// The order of checks is the protocol brief's: size, host, origin and method before; then the credential; then media types,
/// JSON, envelope and the era's ladder; then scope, then rate.
enum MCPRoute {
    static let bodyLimit = 4 << 20
    /// How much of a stranger's body is read, only to find the id to echo.
    static let strangersLimit = 64 << 10

    static func answer(_ exchange: Exchange) async -> HTTPResponse {
        let (appliance, request) = (exchange.appliance, exchange.request)
        var exchange = exchange
        do {
            if let length = request.body.contentLength, length > bodyLimit {
                throw ApplianceError.payloadTooLarge(limit: bodyLimit)
            }
            do {
                exchange = exchange.with(try await appliance.gate.admit(Operations.mcp, exchange.call))
            } catch {
                return await refuse(exchange, Problem(error))
            }
            let body = try await request.body.collect(upTo: bodyLimit)
            switch await appliance.endpoint.admit(fields(of: request), body) {
            case .reply(let reply): return await plain(reply, exchange)
            case .accepted: return await plain(.accepted, exchange)
            case .cancel(let id):
                await cancel(id, exchange)
                return await plain(.accepted, exchange)
            case .call(let call):
                if let stream = await stream(call, exchange) { return stream }
                let (reply, problem) = await answer(call, exchange)
                return response(reply, problem, exchange)
            case .batch(let entries): return await answer(entries, exchange)
            }
        } catch {
            // Too large, or cut off on its way: no operation had begun.
            await appliance.gate.note(error, of: Operations.mcp, exchange.call)
            return Problem(error).response(requestID: exchange.call.requestID, metadataURL: appliance.metadataURL)
        }
    }

    /// The entries one after the other, each through the gate and its bucket.
    private static func answer(_ entries: [MCPBatchEntry], _ exchange: Exchange) async -> HTTPResponse {
        var replies: [MCPReply] = []
        for entry in entries {
            switch entry {
            case .reply(let reply): replies.append(reply)
            case .accepted: replies.append(.accepted)
            case .cancel(let id): await cancel(id, exchange)
            case .call(let call): replies.append(await answer(call, exchange).reply)
            }
        }
        return response(.joining(replies), nil, exchange)
    }

    /// Takes back a handshake client's call; it runs through the gate so that only who made a call can.
    private static func cancel(_ id: RequestID, _ exchange: Exchange) async {
        let calls = exchange.appliance.legacyCalls
        do {
            try await exchange.appliance.gate.perform(Operations.mcp, exchange.call) { context in
                calls.cancel(LegacyCalls.Name(id, context))
            }
        } catch {
            // The gate has recorded it; a notification is answered in any case.
        }
    }

    /// The answer to a call that is answered by a stream; nil for all others.
    private static func stream(_ call: MCPCall, _ exchange: Exchange) async -> HTTPResponse? {
        do {
            switch call.method {
            case .listen(let filter): return try await listen(filter, call, exchange)
            case .toolsCall(let name, let arguments, let round):
                guard let messages = call.progress, let tool = exchange.tool(name), tool.tellsProgress(arguments) else {
                    return nil
                }
                try exchange.appliance.endpoint.checkParameterHeaders(of: call, tool.definition)
                return try await progress(tool, arguments, round, messages, call, exchange)
            default: return nil
            }
        } catch {
            let (reply, problem) = exchange.failure(of: call, error)
            return response(reply, problem, exchange)
        }
    }

    /// One call; the problem is given beside the reply for its header fields.
    private static func answer(_ call: MCPCall, _ exchange: Exchange) async -> (reply: MCPReply, problem: Problem?) {
        guard !call.isModern, call.method.worksLong else { return await answer(call, exchange, nil) }
        let outcome = await exchange.appliance.legacyCalls.run { handle in await answer(call, exchange, handle) }
        // Taken back: its client waits for nothing any more.
        return outcome ?? (.accepted, nil)
    }

    private static func answer(
        _ call: MCPCall, _ exchange: Exchange, _ handle: LegacyCalls.Handle?
    ) async -> (reply: MCPReply, problem: Problem?) {
        do {
            return (try await reply(to: call, exchange, handle), nil)
        } catch {
            return exchange.failure(of: call, error)
        }
    }

    private static func reply(
        to call: MCPCall, _ exchange: Exchange, _ handle: LegacyCalls.Handle?
    ) async throws -> MCPReply {
        switch call.method {
        case .discover: return try await handshake(Operations.mcpDiscover, call, exchange)
        case .initialize: return try await handshake(Operations.mcpInitialize, call, exchange)
        case .ping: return try await handshake(Operations.mcpPing, call, exchange)
        case .toolsList: return try await tools(call, exchange)
        case .promptsList: return try await prompts(call, exchange)
        case .resourcesList: return try await resources(call, exchange)
        case .resourceTemplatesList: return try await templates(call, exchange)
        case .complete(let request): return try await complete(request, call, exchange)
        case .toolsCall(let name, let arguments, let round):
            let endpoint = exchange.appliance.endpoint
            guard let tool = exchange.tool(name) else {
                return try await exchange.note(endpoint.errorReply(to: call, .unknownTool(name)))
            }
            do throws(RPCError) {
                try endpoint.checkParameterHeaders(of: call, tool.definition)
            } catch {
                return try await exchange.note(endpoint.errorReply(to: call, error))
            }
            return try await run(tool, arguments, round, call, exchange, handle)
        case .promptsGet(let name, let arguments, let round):
            return try await prompt(name, arguments, round, call, exchange, handle)
        case .resourcesRead(let uri, let round): return try await resource(uri, round, call, exchange, handle)
        case .tasksGet(let id): return try await taskMethod(Operations.mcpTasksGet, id, call, exchange)
        case .tasksUpdate(let id): return try await taskMethod(Operations.mcpTasksUpdate, id, call, exchange)
        case .tasksCancel(let id): return try await taskMethod(Operations.mcpTasksCancel, id, call, exchange)
        case .listen: throw ApplianceError.internalFault("a stream is no reply")
        }
    }

    private static func handshake(_ operation: Operation, _ call: MCPCall, _ exchange: Exchange) async throws
        -> MCPReply
    {
        let endpoint = exchange.appliance.endpoint
        return try await exchange.appliance.gate.perform(operation, exchange.call) { _ in
            guard let reply = endpoint.handshakeReply(to: call) else {
                throw ApplianceError.internalFault("\(operation.name) is no handshake")
            }
            return reply
        }
    }

    // MARK: Replies

    /// An answer that needed no operation: what the protocol itself refuses or takes note of.
    private static func plain(_ reply: MCPReply, _ exchange: Exchange) async -> HTTPResponse {
        do {
            return response(try await exchange.note(reply), nil, exchange)
        } catch {
            return await refuse(exchange, Problem(error))
        }
    }

    /// Refuses a request whose credential does not hold, echoing its id, without which clients hide the message.
    private static func refuse(_ exchange: Exchange, _ problem: Problem) async -> HTTPResponse {
        var id = JSONValue.null
        var isRead = false
        if let body = try? await exchange.request.body.collect(upTo: strangersLimit) {
            id = requestID(in: body)
            isRead = true
        }
        var reply = MCPReply(
            status: problem.status, body: RPCEnvelope.error(id: RequestID(id), exchange.rpcError(problem)))
        if problem.status == 429 { reply.retryAfterSeconds = problem.retryAfter?.retryAfterSeconds }
        var response = response(reply, problem, exchange)
        if !isRead { response.headers.set("Connection", "close") }
        return response
    }

    private static func response(_ reply: MCPReply, _ problem: Problem?, _ exchange: Exchange) -> HTTPResponse {
        var headers = HTTPHeaders()
        for (name, value) in reply.headers { headers.set(name, value) }
        if let problem, reply.status >= 400 {
            problem.addHeaders(to: &headers, metadataURL: exchange.appliance.metadataURL)
        }
        return HTTPResponse(status: reply.status, headers: headers, body: .bytes(reply.body))
    }

    private static func fields(of request: HTTPRequest) -> MCPHTTPFields {
        MCPHTTPFields(
            contentType: request.headers.values("Content-Type"), accept: request.headers.values("Accept"),
            protocolVersion: request.headers.values("MCP-Protocol-Version"),
            method: request.headers.values("Mcp-Method"), name: request.headers.values("Mcp-Name"),
            parameters: request.headers.fields(withPrefix: "Mcp-Param-").map { field in
                MCPHTTPFields.Parameter(name: field.name, value: field.value)
            })
    }
}

extension MCPMethod {
    /// Whether it may be worth taking back.
    fileprivate var worksLong: Bool {
        switch self {
        case .toolsCall, .promptsGet, .resourcesRead: true
        default: false
        }
    }
}

extension Exchange {
    /// Runs the operation behind an answer that the protocol gives by itself, so that it too ends in an outcome.
    fileprivate func note(_ reply: MCPReply) async throws -> MCPReply {
        try await appliance.gate.perform(Operations.mcp, call) { context in
            context.tally.update { $0.status = reply.status }
            return reply
        }
    }

    /// The tool of this name.
    fileprivate func tool(_ name: String) -> MCPTool? {
        appliance.composition.tools.first { $0.operation.name == name }
    }

    /// The reply to a call that ended by an error, in the era of the call; the problem is there for header fields.
    func failure(of call: MCPCall, _ error: any Error) -> (reply: MCPReply, problem: Problem?) {
        if case ApplianceError.invalidArguments(let problems) = error {
            return (appliance.endpoint.toolReply(to: call, .invalidArguments(problems)), nil)
        }
        if let error = error as? RPCError { return (appliance.endpoint.errorReply(to: call, error), nil) }
        let problem = Problem(error)
        return (refusal(of: call, problem), problem)
    }

    /// The gate's refusal in the era of the call.
    fileprivate func refusal(of call: MCPCall, _ problem: Problem) -> MCPReply {
        switch problem.code {
        case "insufficient_scope":
            let scope = problem.neededScope.map { [$0.rawValue] } ?? []
            return appliance.endpoint.refusalReply(
                to: call, .forbidden(neededScopes: scope), requestID: self.call.requestID)
        case "rate_limit_exceeded":
            return appliance.endpoint.refusalReply(
                to: call, .rateLimited(retryAfter: problem.retryAfter ?? .seconds(1)), requestID: self.call.requestID)
        default: return appliance.endpoint.errorReply(to: call, rpcError(problem))
        }
    }

    /// The problem as JSON-RPC tells it.
    fileprivate func rpcError(_ problem: Problem) -> RPCError {
        switch problem.code {
        case "authentication_required": return MCPRefusal.unauthenticated().error(requestID: call.requestID)
        case "invalid_token":
            return MCPRefusal.unauthenticated(reason: problem.detail).error(requestID: call.requestID)
        default:
            var data: JSONObject = ["kind": .string(problem.code)]
            if let wait = problem.retryAfter { data["retryAfterMs"] = .integer(wait.wholeMilliseconds) }
            data["requestId"] = .string(call.requestID)
            return RPCError(code: problem.rpcCode, message: "\(problem.title): \(problem.detail)", data: data)
        }
    }
}

extension MCPEndpoint {
    /// A body above this is parsed away from the event loop.
    private static let inlineLimit = 32 << 10

    /// Checks one POST, on the loop if it is small.
    fileprivate func admit(_ fields: MCPHTTPFields, _ body: [UInt8]) async -> MCPAdmission {
        body.count <= Self.inlineLimit ? accept(fields: fields, body: body) : await admitElsewhere(fields, body)
    }

    @concurrent private func admitElsewhere(_ fields: MCPHTTPFields, _ body: [UInt8]) async -> MCPAdmission {
        accept(fields: fields, body: body)
    }
}
