import A2A
import Appliance
import MCP

extension Composition {
    /// What the product ships, and behind it the fixtures of the protocols' suites.
    /// - Parameters:
    ///   - hooks: Which suite's messages the agent's fixtures know.
    ///   - profile: What the card says that the agent can.
    static func conformance(hooks: A2AFixtures.Hooks, profile: ConformanceOptions.Profile) -> Composition {
        var composition = Composition.standard
        composition.tools += MCPFixtures.contentTools + MCPFixtures.behaviourTools + MCPFixtures.inputTools
        composition.prompts += MCPFixtures.prompts
        composition.resources.append(MCPFixtures.resources)
        composition.changingLists.insert(.prompts)
        composition.skills += A2AFixtures.skills(hooks)
        // The suite of 0.3 asks for it without a credential and wants to be refused, where everybody is given one.
        composition.agent.hasExtendedCard = hooks == .v1_0 && profile != .bare
        composition.agent.streams = profile != .bare
        if profile == .extension {
            composition.agent.extensions = [
                AgentCard.Extension(uri: "urn:a2a:tck:required-extension", isRequired: true)
            ]
        }
        return composition
    }
}
