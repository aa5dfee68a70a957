package import MCP

/// What an appliance offers to agents beside its fixed routes; open, so that another executable can compose the same server
/// with offers of its own.
package struct Composition: Sendable {
    /// Tools of MCP, in the order of their list.
    package var tools: [MCPTool]
    /// Prompts of MCP, in the order of their list.
    package var prompts: [MCPPrompt]
    /// Resources of MCP: the first provider that knows an address answers for it.
    package var resources: [MCPResourceProvider]
    /// Lists of MCP that change while clients watch: ``ChangeHub`` is told when they do.
    package var changingLists: Set<ServerCapabilities.Family>

    /// Makes a composition.
    package init(
        tools: [MCPTool], prompts: [MCPPrompt] = [], resources: [MCPResourceProvider] = [],
        changingLists: Set<ServerCapabilities.Family> = [.tools, .resources]
    ) {
        self.tools = tools
        self.prompts = prompts
        self.resources = resources
        self.changingLists = changingLists
    }

    /// What the product ships.
    package static let standard = Composition(
        tools: MCPTool.all, prompts: MCPPrompt.all, resources: [.documents])
}
