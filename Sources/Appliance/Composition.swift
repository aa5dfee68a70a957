import A2A
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
    /// Skills of A2A, in the order of the cards.
    package var skills: [AgentSkill]
    /// The skill of a message that names none and that none claims.
    package var defaultSkill = "rag"
    /// What the agent's card says beside its skills.
    package var agent = AgentProfile()
    /// How much of everything there can be of tasks.
    package var taskLimits = TaskLimits()
    /// How long deliveries to failing receivers wait.
    package var pushPace = PushBreaker.Pace.standard

    /// Makes a composition.
    package init(
        tools: [MCPTool], prompts: [MCPPrompt] = [], resources: [MCPResourceProvider] = [],
        changingLists: Set<ServerCapabilities.Family> = [.tools, .resources], skills: [AgentSkill] = AgentSkill.all
    ) {
        self.tools = tools
        self.prompts = prompts
        self.resources = resources
        self.changingLists = changingLists
        self.skills = skills
    }

    /// The skill of this id.
    func skill(_ id: String) -> AgentSkill? { skills.first { $0.card.id == id } }

    /// What the product ships.
    package static let standard = Composition(
        tools: MCPTool.all, prompts: MCPPrompt.all, resources: [.documents])
}
