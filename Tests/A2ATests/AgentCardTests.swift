import A2A
import JSON
import Testing

/// Cards, and what their signature covers.
@Suite struct AgentCardTests {
    /// The card of `Fixtures/card_signature_vector.json`, whose canonical form and signature were made by a2a-sdk 1.3.0.
    private static let card = AgentCard(
        name: "Search Appliance", description: "Hybrid search agent: über-relevance € \"quoted\" \\ back\u{2028}slash",
        version: "1.2.0",
        interfaces: [
            AgentCard.Interface(url: "https://h.example/a2a/v1", binding: "JSONRPC", version: .v1_0),
            AgentCard.Interface(url: "https://h.example/a2a/v1", binding: "JSONRPC", version: .v0_3),
        ], provider: AgentCard.Provider(organization: "Example", url: "https://example.com"),
        capabilities: AgentCard.Capabilities(
            streaming: true, pushNotifications: false, extendedAgentCard: true,
            extensions: [
                AgentCard.Extension(
                    uri: "https://h.example/ext/x/v1", description: "x", parameters: ["n": 5, "f": 0.25, "big": 1e21])
            ]), security: AgentCard.Bearer(scopes: []), inputModes: ["text/plain", "application/json"],
        outputModes: ["text/plain"],
        skills: [AgentCard.Skill(id: "rag", name: "RAG", description: "d", tags: ["rag"])])

    private static func vector() throws -> JSONValue {
        try JSONValue(parsing: bytes(ofFixture: "card_signature_vector.json"))
    }

    @Test func `the signed form is that of the official client, byte for byte`() throws {
        let signed = try #require(Self.card.signedBytes)
        #expect(try Wire.text(signed) == Self.vector()["canonical_utf8"]?.stringValue)
    }

    @Test func `the protected header is that of the official client`() throws {
        let header = CardSignature.header(keyID: "k1", keySet: "https://h.example/.well-known/jwks.json")
        #expect(
            Wire.text(header)
                == #"{"alg":"ES256","jku":"https://h.example/.well-known/jwks.json","kid":"k1","typ":"JOSE"}"#)
    }

    @Test func `the hybrid card of the vector`() throws {
        let vector = try #require(try Self.vector()["hybrid"]?.objectValue)
        let hybrid = Self.card.json(.hybrid)
        for name in ["url", "preferredTransport", "protocolVersion", "supportsAuthenticatedExtendedCard", "security"] {
            #expect(hybrid[name] == vector[name], "\(name)")
        }
        #expect(hybrid["additionalInterfaces"] == [])
        #expect(
            hybrid["securitySchemes"] == [
                "bearer": [
                    "httpAuthSecurityScheme": ["scheme": "Bearer", "bearerFormat": "JWT"], "type": "http",
                    "scheme": "Bearer", "bearerFormat": "JWT",
                ]
            ])
    }

    @Test func `each pure form knows nothing of the other version`() {
        let current = Set(Self.card.json(.current, signature: CardSignature(protected: "p", signature: "s")).keys)
        #expect(
            current == [
                "name", "description", "version", "supportedInterfaces", "provider", "capabilities", "securitySchemes",
                "securityRequirements", "defaultInputModes", "defaultOutputModes", "skills", "signatures",
            ])
        let old = Self.card.json(.old, signature: CardSignature(protected: "p", signature: "s"))
        #expect(
            Set(old.keys) == [
                "name", "description", "version", "url", "preferredTransport", "additionalInterfaces",
                "protocolVersion", "provider", "capabilities", "securitySchemes", "security", "defaultInputModes",
                "defaultOutputModes", "skills", "supportsAuthenticatedExtendedCard",
            ])
        #expect(old["capabilities"]?["extendedAgentCard"] == nil)
    }

    @Test func `requirements and scopes in both versions`() {
        var card = Self.card
        card.security = AgentCard.Bearer(scopes: ["search"])
        #expect(card.json(.current)["securityRequirements"] == [["schemes": ["bearer": ["list": ["search"]]]]])
        #expect(card.json(.old)["security"] == [["bearer": ["search"]]])
    }

    @Test func `any change of what a card says changes what is signed`() throws {
        let original = try #require(Self.card.signedBytes)
        var card = Self.card
        card.skills[0].description += "."
        #expect(card.signedBytes != original)
        card = Self.card
        card.capabilities.pushNotifications = true
        #expect(card.signedBytes != original)
        card = Self.card
        card.interfaces.swapAt(0, 1)
        #expect(card.signedBytes != original)
    }
}
