import A2A
import Appliance
import MCP

extension Composition {
    /// What the product ships, and behind it the fixtures of the protocols' suites.
    static func conformance(_ options: ConformanceOptions) -> Composition {
        let (hooks, profile) = (options.hooks, options.profile)
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
        if options.pushesFast {
            composition.pushPace = PushBreaker.Pace(
                pauses: [.milliseconds(50)], rests: [.milliseconds(400), .milliseconds(800), .milliseconds(1_600)])
        }
        return composition
    }
}
