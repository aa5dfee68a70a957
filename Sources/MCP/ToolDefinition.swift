public import JSON

/// One tool as `tools/list` shows it.
public struct ToolDefinition: Sendable, Hashable {
    /// Unique name, `[a-z_]{1,64}`.
    public let name: String
    /// Name for people.
    public let title: String
    /// What it does, for a model that decides whether to call it.
    public let description: String
    /// JSON Schema of the arguments; its root is `type: object`.
    public let inputSchema: JSONValue
    /// JSON Schema of the structured result, its root `type: object`; nil for a tool that gives none.
    public let outputSchema: JSONValue?
    /// What a call does to the world.
    public let annotations: ToolAnnotations
    /// The entry of the list, made once.
    public let entry: ListEntry
    /// Arguments that header fields repeat, found once.
    let markedParameters: [MarkedParameter]

    /// Makes a definition.
    public init(
        name: String, title: String, description: String, inputSchema: JSONValue, outputSchema: JSONValue?,
        annotations: ToolAnnotations
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.annotations = annotations
        markedParameters = MarkedParameter.all(in: inputSchema)
        var writer = JSONWriter(reservingCapacity: 2048)
        writer.beginObject()
        writer.member("name", name)
        writer.member("title", title)
        writer.member("description", description)
        writer.member("inputSchema", inputSchema)
        if let outputSchema { writer.member("outputSchema", outputSchema) }
        writer.key("annotations")
        annotations.write(to: &writer)
        writer.endObject()
        entry = ListEntry(id: name, encoded: writer.bytes)
    }
}

/// Hints about a tool's effects; every one is sent, since clients take an absent hint for the worst.
public struct ToolAnnotations: Sendable, Hashable {
    /// Changes nothing.
    public var isReadOnly: Bool
    /// May remove or overwrite what was there.
    public var isDestructive: Bool
    /// A repeated call changes nothing more.
    public var isIdempotent: Bool
    /// Reaches beyond this appliance.
    public var isOpenWorld: Bool

    /// Makes the hints.
    public init(isReadOnly: Bool, isDestructive: Bool = false, isIdempotent: Bool = true, isOpenWorld: Bool = false) {
        self.isReadOnly = isReadOnly
        self.isDestructive = isDestructive
        self.isIdempotent = isIdempotent
        self.isOpenWorld = isOpenWorld
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("readOnlyHint", isReadOnly)
        // The next two mean something only for tools that change things.
        if !isReadOnly {
            writer.member("destructiveHint", isDestructive)
            writer.member("idempotentHint", isIdempotent)
        }
        writer.member("openWorldHint", isOpenWorld)
        writer.endObject()
    }
}
