import JSON
import MCP

extension IndexFileRoutes {
    static let aboutShow = RouteDescription(
        .collections, "The index files of a collection",
        details: "A small collection has none: its indexes are made from its rows when it is opened.",
        parameters: [named], answers: [.json(200, "The files", shown, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    static let aboutCompact = RouteDescription(
        .collections, "Write a collection's index files anew",
        details:
            "Keywords become one file without deleted passages; vectors are written in the order of their ids, with a "
            + "newly trained quantiser and the graph that follows from them alone: equal rows under equal ids give equal "
            + "files, whatever came before. The work goes on behind the answer until `is_compacting` is false; searches "
            + "and writes go on meanwhile.",
        parameters: [named], answers: [.json(202, "It has begun", shown, example: example)],
        refusals: [RouteDescription.Refusal(404, "unknown_collection")])

    private static let named = RouteDescription.Parameter.path("name", "The collection's name", example: "notes")

    private static let file = ToolSchema.object(
        [
            "name": ToolSchema.text("Its name in the collection's index folder: SHA-256 of its bytes, and what it is"),
            "kind": ["type": "string", "enum": ["bm25", "vec", "hnsw"]],
            "space": ToolSchema.text("The vector space it belongs to"),
            "bytes": Described.count("Its size"),
            "passages": Described.count("Passages in it, deleted ones included"),
        ], required: ["name", "kind", "bytes", "passages"])

    private static let shown = RouteDescription.Schema.named(
        "IndexFiles",
        ToolSchema.object(
            [
                "collection": ["type": "string"],
                "files": ToolSchema.list(of: file, "Keywords first, then each vector space"),
                "is_compacting": ["type": "boolean", "description": "Whether they are being written anew"],
                "merge_progress": [
                    "type": "number", "minimum": 0, "maximum": 1,
                    "description": "What share of a graph of vectors is built, while one is being built",
                ],
                "compaction_failure": ToolSchema.text("Why the last attempt came to nothing"),
            ], required: ["collection", "files", "is_compacting"]))

    private static let example: JSONValue = [
        "collection": "notes",
        "files": [
            [
                "name": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.bm25", "kind": "bm25",
                "bytes": 1_310_720, "passages": 5_120,
            ]
        ], "is_compacting": true,
    ]
}
