import A2A

/// What an appliance offers to agents beside its fixed routes; open, so that another executable can compose the same server
/// with offers of its own.
package struct Composition: Sendable {
    /// Tools of MCP, in the order of their list.
    package var tools: [MCPTool]
    /// Skills of A2A, in the order of the cards.
    package var skills: [AgentSkill]
    /// The skill of a message that names none and that none claims.
    package var defaultSkill = "rag"
    /// What the agent's card says beside its skills.
    package var agent = AgentProfile()
    /// How much of everything there can be of tasks.
    package var taskLimits = TaskLimits()

    /// Makes a composition.
    package init(tools: [MCPTool], skills: [AgentSkill] = AgentSkill.all) {
        self.tools = tools
        self.skills = skills
    }

    /// The skill of this id.
    func skill(_ id: String) -> AgentSkill? { skills.first { $0.card.id == id } }

    /// What the product ships.
    package static let standard = Composition(tools: MCPTool.all)
}
