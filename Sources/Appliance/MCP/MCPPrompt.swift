package import MCP

/// A prompt: what clients see of it, and how its messages are made.
package struct MCPPrompt: Sendable {
    package typealias Get =
        @Sendable (SearchAppliance, RequestContext, [String: String], MCPRequest) async throws ->
        MCPOutcome<PromptResult>
    package typealias Complete =
        @Sendable (SearchAppliance, RequestContext, CompletionRequest) async throws ->
        Completion

    package let definition: PromptDefinition
    let get: Get
    let complete: Complete

    /// - Parameters:
    ///   - get: Makes the messages; runs as `prompts/get`, with arguments that hold what is required.
    ///   - complete: Suggests values for one of the arguments.
    package init(
        _ definition: PromptDefinition, complete: @escaping Complete = { _, _, _ in .none }, get: @escaping Get
    ) {
        self.definition = definition
        self.complete = complete
        self.get = get
    }
}

/// A family of resources: which there are, and what they hold.
package struct MCPResourceProvider: Sendable {
    package typealias List = @Sendable (SearchAppliance, RequestContext) async throws -> [ResourceDefinition]
    package typealias Read =
        @Sendable (SearchAppliance, RequestContext, String, MCPRequest) async throws ->
        MCPOutcome<[ResourceContents]>?
    package typealias Complete =
        @Sendable (
            SearchAppliance, RequestContext, ResourceTemplate, CompletionRequest
        ) async throws -> Completion

    package let templates: [ResourceTemplate]
    let list: List
    let read: Read
    let complete: Complete
    let watched: @Sendable (String) -> WatchedResource?

    /// - Parameters:
    ///   - list: In an order that is always the same.
    ///   - read: Nil for an address that holds nothing for this caller, whatever the reason.
    ///   - complete: Suggests values for a variable of one of the templates.
    ///   - watched: What an address stands for; nil for one that is not of this family.
    package init(
        templates: [ResourceTemplate], list: @escaping List, read: @escaping Read,
        complete: @escaping Complete = { _, _, _, _ in .none },
        watched: @escaping @Sendable (String) -> WatchedResource?
    ) {
        self.templates = templates
        self.list = list
        self.read = read
        self.complete = complete
        self.watched = watched
    }
}
