import Appliance
import MCP

extension Composition {
    /// What the product ships, and behind it the fixtures of the protocols' suites.
    static var conformance: Composition {
        var composition = Composition.standard
        composition.tools += MCPFixtures.contentTools + MCPFixtures.behaviourTools + MCPFixtures.inputTools
        composition.prompts += MCPFixtures.prompts
        composition.resources.append(MCPFixtures.resources)
        composition.changingLists.insert(.prompts)
        return composition
    }
}
