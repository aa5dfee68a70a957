import HTTPServer
import JSON
import JSONRPC
import MCP

/// `tools/call`, `prompts/get` and `resources/read`: methods that may ask back before they answer.
extension MCPRoute {
    // MARK: Tools

    /// One tool: what the gate refuses is an error of the protocol, what the tool cannot do is a result a model can read.
    static func run(
        _ tool: MCPTool, _ arguments: JSONObject, _ round: InputRound, _ call: MCPCall, _ exchange: Exchange,
        _ handle: LegacyCalls.Handle?
    ) async throws -> MCPReply {
        do {
            return try await exchange.appliance.gate.perform(
                tool.operation, exchange.call, validate: { try tool.checked(arguments) },
                work: { context, arguments in
                    exchange.enter(handle, call, context)
                    let request = MCPRequest(client: call.clientCapabilities, round: round)
                    let reply = try await work(tool, arguments, request, call, exchange, context)
                    context.tally.update { $0.responseBytes = reply.body.count }
                    return reply
                })
        } catch {
            return try toolFailure(error, call, exchange)
        }
    }

    /// The tool at work, once the gate has let it in.
    static func work(
        _ tool: MCPTool, _ arguments: JSONObject, _ request: MCPRequest, _ call: MCPCall, _ exchange: Exchange,
        _ context: RequestContext
    ) async throws -> MCPReply {
        let (appliance, endpoint) = (exchange.appliance, exchange.appliance.endpoint)
        let binding = RequestStates.Binding(method: "tools/call", target: tool.operation.name, arguments: arguments)
        var request = request
        request.arguments = arguments
        request.state = try appliance.requestStates.open(request.round.requestState, binding, of: context.principal)
        switch try await tool.run(appliance, context, request) {
        case .result(let result): return endpoint.toolReply(to: call, result)
        case .inputRequired(let demand): return try ask(demand, binding, call, exchange, context)
        case .task(let work):
            guard call.isModern, request.client.takesTasks else {
                return endpoint.toolReply(to: call, try await work(request.progress))
            }
            let task = appliance.mcpTasks.start(context) { progress in
                endpoint.encoded(try await Self.result(of: work, progress))
            }
            if let task { return endpoint.taskCreatedReply(to: call, task) }
            return endpoint.toolReply(to: call, try await work(request.progress))
        }
    }

    /// What a tool's work came to; what it cannot do is a result too.
    private static func result(
        of work: @Sendable (ProgressReporter) async throws -> ToolResult, _ progress: ProgressReporter
    ) async throws -> ToolResult {
        do {
            return try await work(progress)
        } catch let error as ApplianceError where error != .cancelled && error != .shuttingDown {
            let problem = Problem(error)
            guard problem.isCallersToMend else { throw error }
            return .failure("\(problem.title): \(problem.detail)")
        }
    }

    /// The reply to a tool call that ended by an error.
    /// - Throws: What is an error of the protocol.
    static func toolFailure(_ error: any Error, _ call: MCPCall, _ exchange: Exchange) throws -> MCPReply {
        let endpoint = exchange.appliance.endpoint
        if case ApplianceError.invalidArguments(let problems) = error {
            return endpoint.toolReply(to: call, .invalidArguments(problems))
        }
        if error is RPCError { throw error }
        let problem = Problem(error)
        // Nor can a model do anything about a box that stops: its client comes again.
        guard ![401, 403, 429].contains(problem.status), problem.code != "shutting_down" else { throw error }
        return endpoint.toolReply(to: call, .failure("\(problem.title): \(problem.detail)"))
    }

    // MARK: Prompts and resources

    static func prompt(
        _ name: String, _ arguments: [String: String], _ round: InputRound, _ call: MCPCall, _ exchange: Exchange,
        _ handle: LegacyCalls.Handle?
    ) async throws -> MCPReply {
        let (appliance, endpoint) = (exchange.appliance, exchange.appliance.endpoint)
        return try await appliance.gate.perform(Operations.mcpPromptsGet, exchange.call) { context in
            exchange.enter(handle, call, context)
            context.tally.update { $0.target = name }
            guard let prompt = appliance.composition.prompts.first(where: { $0.definition.name == name }) else {
                throw RPCError.unknownPrompt(name)
            }
            if let problem = prompt.definition.problem(in: arguments) { throw RPCError.invalidParams(problem) }
            let bound = JSONObject(arguments.map { ($0.key, JSONValue.string($0.value)) })
            let binding = RequestStates.Binding(method: "prompts/get", target: name, arguments: bound)
            var request = MCPRequest(client: call.clientCapabilities, round: round)
            request.state = try appliance.requestStates.open(round.requestState, binding, of: context.principal)
            switch try await prompt.get(appliance, context, arguments, request) {
            case .given(let result): return endpoint.promptReply(to: call, result)
            case .inputRequired(let demand): return try ask(demand, binding, call, exchange, context)
            }
        }
    }

    static func resource(
        _ uri: String, _ round: InputRound, _ call: MCPCall, _ exchange: Exchange, _ handle: LegacyCalls.Handle?
    ) async throws -> MCPReply {
        let (appliance, endpoint) = (exchange.appliance, exchange.appliance.endpoint)
        return try await appliance.gate.perform(Operations.mcpResourcesRead, exchange.call) { context in
            exchange.enter(handle, call, context)
            let binding = RequestStates.Binding(method: "resources/read", target: uri)
            var request = MCPRequest(client: call.clientCapabilities, round: round)
            request.state = try appliance.requestStates.open(round.requestState, binding, of: context.principal)
            for provider in appliance.composition.resources {
                switch try await provider.read(appliance, context, uri, request) {
                case .given(let contents): return endpoint.resourceReply(to: call, contents)
                case .inputRequired(let demand): return try ask(demand, binding, call, exchange, context)
                case nil: continue
                }
            }
            throw RPCError.resourceNotFound(uri, in: call.era)
        }
    }

    /// Asks the client to ask; handshake clients cannot be asked.
    private static func ask(
        _ demand: InputRequired, _ binding: RequestStates.Binding, _ call: MCPCall, _ exchange: Exchange,
        _ context: RequestContext
    ) throws(RPCError) -> MCPReply {
        guard call.isModern else {
            throw .invalidParams("This asks its user back, which needs a client of revision 2026-07-28")
        }
        let state = demand.state.map { exchange.appliance.requestStates.close($0, binding, of: context.principal) }
        return exchange.appliance.endpoint.inputRequiredReply(to: call, requests: demand.requests, state: state)
    }

    // MARK: Tasks

    static func taskMethod(_ operation: Operation, _ id: String, _ call: MCPCall, _ exchange: Exchange) async throws
        -> MCPReply
    {
        let (appliance, endpoint) = (exchange.appliance, exchange.appliance.endpoint)
        return try await appliance.gate.perform(operation, exchange.call) { context in
            switch call.method {
            case .tasksCancel: try appliance.mcpTasks.cancel(id, context)
            case .tasksGet: return endpoint.taskReply(to: call, try appliance.mcpTasks.task(id, context))
            default: _ = try appliance.mcpTasks.task(id, context)
            }
            return endpoint.emptyReply(to: call)
        }
    }
}

extension Exchange {
    /// Makes a handshake client's call known by who makes it.
    fileprivate func enter(_ handle: LegacyCalls.Handle?, _ call: MCPCall, _ context: RequestContext) {
        if let handle { appliance.legacyCalls.enter(handle, LegacyCalls.Name(call.id, context)) }
    }
}
