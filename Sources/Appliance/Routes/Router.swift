import HTTPServer

/// From a request to the route that answers it, and from an error to its answer.
struct Router: Sendable {
    /// What was found for a path.
    private enum Match {
        case route(Route, parameters: [String: String])
        case otherMethods([String])
        case nothing

        /// Whether pages from anywhere may read the answer: the agent's public cards, which hold no secret.
        var isForEverybody: Bool {
            if case .route(let route, _) = self { route.operation == Operations.agentCard } else { false }
        }
    }

    /// Answers one request; never throws, never without an answer.
    func answer(_ request: HTTPRequest, of appliance: SearchAppliance) async -> HTTPResponse {
        let call = Call(request)
        var response: HTTPResponse
        var isRouted = false
        var isOpenAI = false
        var isLegacy = false
        do {
            let match = match(request, of: appliance)
            try appliance.hosts.check(request, takesAnyOrigin: match.isForEverybody)
            switch match {
            case .route(let route, let parameters):
                isRouted = true
                isLegacy = LegacyTaskRoutes.patterns.contains(route.pattern)
                isOpenAI = Operations.inOpenAIsShape.contains(route.operation)
                response = try await route.handle(
                    Exchange(appliance: appliance, request: request, call: call, parameters: parameters))
            case .otherMethods(let allowed): throw ApplianceError.methodNotAllowed(allowed: allowed)
            case .nothing: throw ApplianceError.routeNotFound
            }
        } catch {
            // What a route throws the gate has recorded.
            if !isRouted { await appliance.gate.note(error, of: Operations.unrouted, call) }
            response = Problem(error).response(
                requestID: call.requestID, metadataURL: appliance.metadataURL, forOpenAIClients: isOpenAI)
        }
        if isLegacy { LegacyTaskRoutes.mark(&response.headers) }
        response.headers.set("X-Request-Id", call.requestID)
        response.headers.set("traceparent", call.trace.traceparent)
        response.headers.set("X-Content-Type-Options", "nosniff")
        return response
    }

    /// One slash behind a path is as good as none.
    private func match(_ request: HTTPRequest, of appliance: SearchAppliance) -> Match {
        if let route = Routes.literal(request.method, request.path) { return .route(route, parameters: [:]) }
        guard var path = request.pathSegments else { return .nothing }
        if path.count > 1, path.last == "" { path.removeLast() }
        let found = match(path, request.method, in: Routes.all)
        guard case .nothing = found, appliance.configuration.legacyTasksAPI else { return found }
        return match(path, request.method, in: LegacyTaskRoutes.all)
    }

    private func match(_ path: [String], _ method: String, in routes: [Route]) -> Match {
        var allowed: [String] = []
        // `{name}` takes `x:verb`, too, but has no say where there is such a verb.
        var allowedByVerb: [String] = []
        for route in routes {
            guard let parameters = route.match(path) else { continue }
            if route.method == method || route.method == "*" { return .route(route, parameters: parameters) }
            if route.hasVerb { allowedByVerb.append(route.method) } else { allowed.append(route.method) }
        }
        if !allowedByVerb.isEmpty { return .otherMethods(allowedByVerb) }
        return allowed.isEmpty ? .nothing : .otherMethods(allowed)
    }
}
