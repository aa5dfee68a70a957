import Access
import JSONRPC
import MCP

/// Methods that name what there is.
extension MCPRoute {
    static func tools(_ call: MCPCall, _ exchange: Exchange) async throws -> MCPReply {
        let appliance = exchange.appliance
        return try await appliance.gate.perform(Operations.mcpToolsList, exchange.call) { context in
            let tools = appliance.composition.tools.filter { tool in
                tool.operation.authority.isGranted(to: context.scopes, ofTenant: context.tenant != nil)
            }
            return appliance.endpoint.listReply(
                to: call, .tools, entries: tools.map(\.definition.entry), owner: context.listOwner)
        }
    }

    static func prompts(_ call: MCPCall, _ exchange: Exchange) async throws -> MCPReply {
        let appliance = exchange.appliance
        return try await appliance.gate.perform(Operations.mcpPromptsList, exchange.call) { context in
            let prompts = context.mayRead ? appliance.composition.prompts : []
            return appliance.endpoint.listReply(
                to: call, .prompts, entries: prompts.map(\.definition.entry), owner: context.listOwner)
        }
    }

    static func resources(_ call: MCPCall, _ exchange: Exchange) async throws -> MCPReply {
        let appliance = exchange.appliance
        return try await appliance.gate.perform(Operations.mcpResourcesList, exchange.call) { context in
            var entries: [ListEntry] = []
            for provider in appliance.composition.resources where context.mayRead {
                entries += try await provider.list(appliance, context).map(\.entry)
            }
            return appliance.endpoint.listReply(to: call, .resources, entries: entries, owner: context.listOwner)
        }
    }

    static func templates(_ call: MCPCall, _ exchange: Exchange) async throws -> MCPReply {
        let appliance = exchange.appliance
        return try await appliance.gate.perform(Operations.mcpTemplatesList, exchange.call) { context in
            let templates = context.mayRead ? appliance.composition.resources.flatMap(\.templates) : []
            return appliance.endpoint.listReply(
                to: call, .resourceTemplates, entries: templates.map(\.entry), owner: context.listOwner)
        }
    }

    static func complete(
        _ request: CompletionRequest, _ call: MCPCall, _ exchange: Exchange
    ) async throws -> MCPReply {
        let appliance = exchange.appliance
        return try await appliance.gate.perform(Operations.mcpComplete, exchange.call) { context in
            let completion = try await completion(request, appliance, context)
            context.tally.update { $0.resultCount = completion.values.count }
            return appliance.endpoint.completionReply(to: call, completion)
        }
    }

    private static func completion(
        _ request: CompletionRequest, _ appliance: SearchAppliance, _ context: RequestContext
    ) async throws -> Completion {
        switch request.reference {
        case .prompt(let name):
            guard let prompt = appliance.composition.prompts.first(where: { $0.definition.name == name }) else {
                throw RPCError.unknownPrompt(name)
            }
            guard prompt.definition.arguments.contains(where: { $0.name == request.argument }) else {
                throw RPCError.invalidParams("Prompt \(name) has no argument of that name")
            }
            return try await prompt.complete(appliance, context, request)
        case .resource(let uri):
            for provider in appliance.composition.resources {
                guard let template = provider.templates.first(where: { $0.uriTemplate == uri }) else { continue }
                guard template.variables.contains(request.argument) else {
                    throw RPCError.invalidParams("\(uri) has no variable of that name")
                }
                return try await provider.complete(appliance, context, template, request)
            }
            throw RPCError.invalidParams("Unknown template; resources/templates/list names those that exist")
        }
    }
}

extension RequestContext {
    /// Whether the caller may see what a tenant holds.
    var mayRead: Bool { Authority.scope(.search).isGranted(to: scopes, ofTenant: tenant != nil) }

    /// Whose lists these are: a cursor names entries, so it is good inside its tenant alone.
    fileprivate var listOwner: String { tenant?.uid ?? "box" }
}
