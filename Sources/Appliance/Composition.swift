/// What an appliance offers to agents beside its fixed routes; open, so that another executable can compose the same server
/// with offers of its own.
package struct Composition: Sendable {
    /// Tools of MCP, in the order of their list.
    package var tools: [MCPTool]

    /// Makes a composition.
    package init(tools: [MCPTool]) {
        self.tools = tools
    }

    /// What the product ships.
    package static let standard = Composition(tools: MCPTool.all)
}
