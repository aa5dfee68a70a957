import JSON

extension AgentCardRoutes {
    static let about = RouteDescription(
        .agents, "The card of the agent", details: "A2A: what it does, where, and with which credential.",
        parameters: [.header("If-None-Match", "The `ETag` of the card you have")],
        answers: [
            .json(
                200, "The card", .inline(["type": "object", "required": ["name", "version", "skills"]]),
                example: ["name": "Carrel", "version": "0.1.0", "skills": []],
                headers: [("ETag", "Names what the card says")]),
            .notModified,
        ])
}

extension A2ARoutes {
    static let aboutRPC = RouteDescription.protocolEndpoint(
        .agents, "Agent2Agent over JSON-RPC, versions 1.0 and 0.3", specification: "https://a2a-protocol.org",
        statuses: [200, 400, 401, 403, 404, 408, 413, 415, 421, 429, 500, 503],
        parameters: [.header("A2A-Version", "The version the client speaks; a missing one is 0.3")],
        body: .json(
            .inline(["type": ["object", "array"]]),
            [("task", ["jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": ["id": "t-1"]])]),
        types: ["application/json", "application/problem+json", "text/event-stream"])

    static let aboutREST = RouteDescription.protocolEndpoint(
        .agents, "Agent2Agent over HTTP+JSON, versions 1.0 and 0.3", specification: "https://a2a-protocol.org",
        statuses: [200, 400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 429, 500, 503],
        parameters: [
            .path("path", "The protocol's own path, such as `tasks/t-1`; its slashes stay", example: "tasks"),
            .header("A2A-Version", "The version the client speaks; a missing one is 0.3"),
        ],
        body: .json(.inline(["type": "object"]), [("message", ["message": ["role": "ROLE_USER"]])]),
        types: [
            "application/json", "application/a2a+json", "application/problem+json", "text/event-stream",
        ], methods: ["GET", "POST", "DELETE"])
}
