import JSON

extension PageRoutes {
    static let aboutPage = RouteDescription(
        .page, "The search page", parameters: [knownTag],
        answers: [
            RouteDescription.Answer(
                200, "HTML", contents: [RouteDescription.Content("text/html", .inline(["type": "string"]))],
                headers: [("ETag", "Names the content")]),
            .notModified,
        ])

    static let aboutFile = RouteDescription(
        .page, "A file of the search page",
        parameters: [.path("file", "The file's name", example: "main.js"), knownTag],
        answers: [
            RouteDescription.Answer(
                200, "The file",
                contents: ["text/javascript", "text/css", "image/svg+xml"].map { RouteDescription.Content($0) },
                headers: [("ETag", "Names the content")]),
            .notModified,
        ], refusals: [RouteDescription.Refusal(404, "route_not_found")])

    private static let knownTag = RouteDescription.Parameter.header("If-None-Match", "`ETag` values of what you have")
}

extension HealthRoutes {
    static let aboutSummary = RouteDescription(
        .operator, "Whether it works, and what works less well than it could",
        answers: [
            .json(
                200, "It works",
                .inline(
                    ToolSchema.object(
                        [
                            "status": ["type": "string", "enum": ["ok"]], "version": ToolSchema.text("Of the program"),
                            "embeds": ["type": "boolean", "description": "Whether a model is there to make vectors"],
                            "degraded": ["type": "boolean"], "warnings": ToolSchema.warnings,
                        ], required: ["status", "version", "embeds", "degraded", "warnings"])),
                example: ["status": "ok", "version": "0.1.0", "embeds": true, "degraded": false, "warnings": []])
        ], refusals: notReady)

    static let aboutLive = RouteDescription(
        .operator, "Whether the process answers", answers: [status("live", "It answers")])

    static let aboutReady = RouteDescription(
        .operator, "Whether it can take work", answers: [status("ready", "It can")], refusals: notReady)

    private static let notReady = [RouteDescription.Refusal(503, "shutting_down", "busy")]

    private static func status(_ word: String, _ description: String) -> RouteDescription.Answer {
        .json(
            200, description,
            .inline(ToolSchema.object(["status": ["type": "string", "enum": [.string(word)]]], required: ["status"])),
            example: ["status": .string(word)])
    }
}

extension WellKnownRoutes {
    static let aboutResource = RouteDescription(
        .access, "Where clients get a credential", details: "RFC 9728.",
        answers: [
            .json(
                200, "Metadata of the resource `/mcp`",
                .inline(["type": "object", "required": ["resource", "authorization_servers"]]),
                example: [
                    "resource": "http://127.0.0.1:8080/mcp", "authorization_servers": ["http://127.0.0.1:8080"],
                    "scopes_supported": ["search"], "bearer_methods_supported": ["header"],
                    "resource_name": "Carrel search",
                ])
        ])

    static let aboutIssuer = RouteDescription(
        .access, "The authorization server's metadata", details: "RFC 8414.",
        answers: [
            .json(
                200, "Metadata", .inline(["type": "object", "required": ["issuer"]]),
                example: [
                    "issuer": "http://127.0.0.1:8080", "token_endpoint": "http://127.0.0.1:8080/oauth/token",
                    "jwks_uri": "http://127.0.0.1:8080/.well-known/jwks.json",
                ])
        ])

    static let aboutKeys = RouteDescription(
        .access, "The public keys of tokens", details: "RFC 7517.",
        answers: [
            .json(
                200, "A JSON Web Key Set",
                .inline([
                    "type": "object", "required": ["keys"],
                    "properties": [
                        "keys": ["type": "array", "items": ["type": "object", "required": ["kty", "kid"]]]
                    ],
                ]),
                example: ["keys": [["kty": "RSA", "kid": "b3f1", "alg": "RS256", "use": "sig", "n": "…", "e": "AQAB"]]])
        ])
}

extension OAuthRoutes {
    static let aboutAuthorizePage = RouteDescription(
        .access, "Says that there is no login page",
        answers: [
            RouteDescription.Answer(
                200, "HTML", contents: [RouteDescription.Content("text/html", .inline(["type": "string"]))])
        ])

    static let aboutToken = RouteDescription.protocolEndpoint(
        .access, "A token for a registered client", specification: "RFC 6749, client credentials",
        statuses: [200, 400, 401, 403, 408, 413, 421, 429, 500, 503],
        body: RouteDescription.Body(
            description: "The secret may be sent as `Authorization: Basic` instead",
            contents: [
                RouteDescription.Content(
                    "application/x-www-form-urlencoded",
                    .inline(
                        ToolSchema.object(
                            [
                                "grant_type": ["type": "string", "enum": ["client_credentials"]],
                                "client_id": ["type": "string"], "client_secret": ["type": "string"],
                                "scope": ToolSchema.text("Scopes between spaces; left out: all of the client's"),
                                "resource": ToolSchema.text("What the token is for: this server's `/mcp`"),
                            ], required: ["grant_type"])),
                    examples: [
                        (
                            "client",
                            [
                                "grant_type": "client_credentials", "client_id": "crawler", "client_secret": "…",
                                "scope": "search",
                            ]
                        )
                    ])
            ]), types: ["application/json", "application/problem+json"])
}

extension MetricsRoute {
    static let about = RouteDescription(
        .operator, "Numbers for Prometheus",
        answers: [
            RouteDescription.Answer(
                200, "Text format 0.0.4",
                contents: [RouteDescription.Content("text/plain", .inline(["type": "string"]))])
        ])
}

extension MCPRoute {
    static let about = RouteDescription.protocolEndpoint(
        .agents, "Model Context Protocol",
        specification: "https://modelcontextprotocol.io/specification",
        statuses: [200, 202, 400, 401, 403, 404, 406, 408, 413, 415, 421, 429, 500, 503],
        parameters: [
            .header("MCP-Protocol-Version", "The revision the client speaks; a missing one is 2025-03-26"),
            .header("Mcp-Method", "The method, from 2026-07-28 on"),
            .header("Mcp-Name", "The tool or resource, from 2026-07-28 on"),
        ],
        body: .json(
            .inline(["type": ["object", "array"]]), [("ping", ["jsonrpc": "2.0", "id": 1, "method": "ping"])]),
        types: ["application/json", "application/problem+json", "text/event-stream"])
}
