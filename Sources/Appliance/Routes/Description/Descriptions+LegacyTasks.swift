import JSON
import MCP

extension LegacyTaskRoutes {
    static let aboutAgent = RouteDescription(
        .agents, "The agent", details: deprecated,
        answers: [
            .json(
                200, "Its id, and the skills that can be named as capability",
                .inline(ToolSchema.object(["id": ["type": "string"]], required: ["id"])),
                example: ["id": "carrel", "name": "Carrel", "version": "0.1.0", "capabilities": ["rag"]])
        ])

    static let aboutCreate = RouteDescription(
        .agents, "Begin a task", details: deprecated,
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "user_id": ["type": "string"], "agent_id": ["type": "string"],
                        "capability": ["type": "string"], "input": ["type": "object"],
                    ], required: ["capability"], closed: true)),
            [("question", ["capability": "rag", "input": ["query": "data retention"]])]),
        answers: [.json(201, "It was made", task, example: example)],
        refusals: [
            RouteDescription.Refusal(400, "invalid_params", "content_type_not_supported"),
            RouteDescription.Refusal(429, "too_many_tasks"),
        ])

    static let aboutList = RouteDescription(
        .agents, "List your tasks", details: deprecated,
        parameters: [
            .query("agent_id", "Another than `carrel` has none", example: "carrel"),
            .query("limit", "At most so many (default 50)", schema: ["type": "integer", "minimum": 1, "maximum": 100]),
            .query(
                "offset", "Passes over so many (default 0)",
                schema: ["type": "integer", "minimum": 0, "maximum": 10_000]),
        ],
        answers: [
            .json(
                200, "Newest status first", .inline(["type": "array", "items": ["type": "object"]]),
                example: [example])
        ])

    static let aboutShow = RouteDescription(
        .agents, "One task", details: deprecated, parameters: [id],
        answers: [.json(200, "The task", task, example: example)],
        refusals: [RouteDescription.Refusal(404, "task_not_found")])

    static let aboutCancel = RouteDescription(
        .agents, "End a task", details: deprecated, parameters: [id],
        answers: [.json(200, "It was ended", task, example: example)],
        refusals: [
            RouteDescription.Refusal(404, "task_not_found"), RouteDescription.Refusal(409, "task_not_cancelable"),
        ])

    static let aboutEvents = RouteDescription(
        .agents, "Follow a task", details: deprecated,
        parameters: [id, .header("Last-Event-ID", "The `id` of the last event seen")],
        answers: [
            RouteDescription.Answer(
                200, "Events `task_update` until the task is over",
                contents: [RouteDescription.Content("text/event-stream")])
        ], refusals: [RouteDescription.Refusal(404, "task_not_found")])

    private static let deprecated = "Deprecated: use A2A. There only with `legacy_tasks_api`."
    private static let id = RouteDescription.Parameter.path("id", "The task's id", example: "t-1")
    private static let task = RouteDescription.Schema.named(
        "LegacyTask",
        ToolSchema.object(
            [
                "id": ["type": "string"], "agent_id": ["type": "string"], "capability": ["type": "string"],
                "state": ["type": "string", "enum": ["pending", "running", "completed", "failed", "cancelled"]],
                "error": ["type": ["string", "null"]], "created_at": ["type": "string"],
                "updated_at": ["type": "string"], "completed_at": ["type": ["string", "null"]],
            ], required: ["id", "agent_id", "capability", "input", "state", "result", "error"]))
    private static let example: JSONValue = [
        "id": "t-1", "agent_id": "carrel", "capability": "rag", "input": ["query": "data retention"],
        "state": "pending", "result": nil, "error": nil, "created_at": "2026-11-21T08:15:43.410Z",
        "updated_at": "2026-11-21T08:15:43.410Z", "completed_at": nil,
    ]
}
