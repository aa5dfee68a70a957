extension AgentSkill {
    /// What the product ships, in the order of the cards.
    package static let all: [AgentSkill] = [rag, hybridSearch]
}
