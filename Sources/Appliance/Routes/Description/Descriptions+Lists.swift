import JSON
import MCP

extension CollectionRoutes {
    static let aboutList = RouteDescription(
        .collections, "List collections",
        parameters: [Described.limit(listLimit, default: listLimit.upperBound), Described.cursor],
        answers: [
            .json(
                200, "By name",
                .named(
                    "CollectionList",
                    Described.schema(
                        MCPTool.listCollections.answerSchema,
                        with: [
                            "tenant_id": ToolSchema.text("Whose collections these are"),
                            "collections": ToolSchema.list(of: collection.value, "By name"),
                            "next_cursor": ToolSchema.nextCursor, "warnings": ToolSchema.warnings,
                        ], required: ["tenant_id", "warnings"])),
                example: ["tenant_id": "acme", "collections": [collectionExample], "warnings": []])
        ], refusals: [RouteDescription.Refusal(400, "invalid_cursor")])

    static let aboutShow = RouteDescription(
        .collections, "One collection", parameters: [named],
        answers: [.json(200, "The collection", collection, example: collectionExample)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutCreate = RouteDescription(
        .collections, "Make a collection", details: "One that exists with the same `passages` is left as it is.",
        body: .json(
            .inline(
                ToolSchema.object(
                    ["name": Described.name, "passages": Described.mode], required: ["name"], closed: true)),
            [("notes", ["name": "notes", "passages": "whole"])]),
        answers: [made(200, "It was there already"), made(201, "It was made")],
        refusals: [
            RouteDescription.Refusal(409, "collection_settings_conflict", "too_many")
        ])

    static let aboutDelete = RouteDescription(
        .collections, "Delete a collection with all its documents",
        parameters: [
            named,
            .query(
                "confirm", "The name once more", schema: ["type": "string"], example: "notes", isRequired: true),
        ],
        answers: [
            .json(
                200, "It is gone",
                .inline(
                    ToolSchema.object(
                        ["deleted": ["type": "string"], "documents": Described.count("Documents it held")],
                        required: ["deleted", "documents"])), example: ["deleted": "notes", "documents": 412])
        ], refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")

    private static func made(_ status: Int, _ description: String) -> RouteDescription.Answer {
        .json(
            status, description,
            .named(
                "CollectionSettings",
                ToolSchema.object(
                    ["name": ["type": "string"], "passages": Described.mode], required: ["name", "passages"])),
            example: ["name": "notes", "passages": "whole"])
    }

    private static let collection = RouteDescription.Schema.named(
        "Collection",
        ToolSchema.object(
            [
                "name": ["type": "string"], "documents": Described.count("Documents in it"),
                "passages": Described.count("Passages they were cut into"),
                "waiting": Described.count("Passages not yet searchable by meaning"),
                "parked": Described.count("Passages that never will be: the model refused them"),
                "texts_cut": Described.count("Passages longer than the model reads, since the tenant was opened"),
                "passage_mode": Described.mode, "index_bytes": Described.count("Memory of its indexes"),
                "spaces": MCPTool.spaces, "legs": MCPTool.legs,
                "reindexing": CollectionSettingsRoutes.reindexing,
            ],
            required: [
                "name", "documents", "passages", "waiting", "parked", "texts_cut", "passage_mode", "index_bytes",
                "spaces", "legs",
            ]))
    private static let collectionExample: JSONValue = [
        "name": "notes", "documents": 412, "passages": 1620, "waiting": 0, "parked": 0, "texts_cut": 0,
        "passage_mode": "auto", "index_bytes": 4_718_592,
        "spaces": [["name": "minilm-l6-v2/q8/0123abcd", "dimension": 384, "vectors": 1620, "is_default": true]],
        "legs": ["bm25": "on", "vector": "on"],
    ]
}

extension JobRoutes {
    static let aboutList = RouteDescription(
        .jobs, "List your named uploads", details: "The one that went on last comes first.",
        parameters: [Described.limit(listLimit, default: 50), Described.cursor],
        answers: [
            .json(
                200, "One page",
                .named(
                    "JobList",
                    ToolSchema.object(
                        [
                            "jobs": ToolSchema.list(of: job.value, "The latest first"),
                            "next_cursor": ToolSchema.nextCursor, "warnings": ToolSchema.warnings,
                        ], required: ["jobs", "warnings"])), example: ["jobs": [jobExample], "warnings": []])
        ], refusals: [RouteDescription.Refusal(400, "invalid_cursor")])

    static let aboutShow = RouteDescription(
        .jobs, "One named upload, and how far it has come",
        parameters: [.path("id", "The upload's name", example: "nightly")],
        answers: [.json(200, "The upload", job, example: jobExample)],
        refusals: [RouteDescription.Refusal(404, "job_not_found")])

    private static let job = RouteDescription.Schema.named(
        "Job",
        ToolSchema.object(
            [
                "id": ["type": "string"], "kind": ["type": "string", "enum": ["bulk"]],
                "state": ["type": "string", "enum": ["open", "complete"]],
                "collection": ToolSchema.text("Where it was sent to, if it said so"),
                "committed_lines": Described.count("Every line up to here is durable, or was reported"),
                "added": Described.count("New documents"), "updated": Described.count("Documents replaced"),
                "unchanged": Described.count("Documents that were there already"),
                "failed": Described.count("Lines that did not go in"), "started_at": Described.time,
                "updated_at": Described.time,
            ],
            required: [
                "id", "kind", "state", "committed_lines", "added", "updated", "unchanged", "failed", "started_at",
                "updated_at",
            ]))
    private static let jobExample: JSONValue = [
        "id": "nightly", "kind": "bulk", "state": "open", "collection": "notes", "committed_lines": 52_000,
        "added": 51_988, "updated": 0, "unchanged": 0, "failed": 12, "started_at": "2026-11-21T09:00:00.000Z",
        "updated_at": "2026-11-21T09:30:00.000Z",
    ]
}

extension TenantRoutes {
    static let aboutList = RouteDescription(
        .operator, "List tenants",
        answers: [
            .json(
                200, "By name",
                .inline(
                    ToolSchema.object(
                        ["tenants": ToolSchema.list(of: tenant.value, "By name")], required: ["tenants"])),
                example: ["tenants": [tenantExample]])
        ])

    static let aboutCreate = RouteDescription(
        .operator, "Make a tenant",
        body: .json(
            .inline(
                ToolSchema.object(
                    [
                        "name": Described.name,
                        "tier": [
                            "type": "string", "enum": ["local", "free", "pro", "enterprise"], "default": "local",
                        ],
                        "rate_per_minute": ["type": "number", "minimum": 0.001, "maximum": 60_000_000],
                        "burst": Described.whole(1...1_000_000),
                    ], required: ["name"], closed: true)), [("acme", ["name": "acme", "tier": "pro"])]),
        answers: [.json(201, "It is there", tenant, example: tenantExample)],
        refusals: [
            RouteDescription.Refusal(409, "tenant_exists")
        ])

    static let aboutShow = one("One tenant")
    static let aboutSuspend = one("Suspend a tenant: its credentials are refused")
    static let aboutResume = one("Let a suspended tenant in again")

    static let aboutDelete = RouteDescription(
        .operator, "Delete a tenant with all its documents", parameters: [named],
        answers: [
            .json(
                200, "It is gone",
                .inline(ToolSchema.object(["deleted": ["type": "string"]], required: ["deleted"])),
                example: ["deleted": "acme"])
        ], refusals: [RouteDescription.Refusal(404, "tenant_not_found")])

    private static func one(_ summary: String) -> RouteDescription {
        RouteDescription(
            .operator, summary, parameters: [named],
            answers: [.json(200, "The tenant", tenant, example: tenantExample)],
            refusals: [RouteDescription.Refusal(404, "tenant_not_found")])
    }

    private static let named = RouteDescription.Parameter.path("name", "The tenant's name", example: "acme")

    private static let tenant = RouteDescription.Schema.named(
        "Tenant",
        ToolSchema.object(
            [
                "name": Described.name, "uid": ToolSchema.text("Outlives no deletion"), "tier": ["type": "string"],
                "rate_per_minute": ["type": "number"], "burst": ["type": "number"],
                "state": ["type": "string", "enum": ["active", "suspended"]], "created_at": Described.time,
            ], required: ["name", "uid", "tier", "state", "created_at"]))
    private static let tenantExample: JSONValue = [
        "name": "acme", "uid": "5f1c09a2b7d3e846", "tier": "pro", "state": "active",
        "created_at": "2026-11-21T09:00:00.000Z",
    ]
}
