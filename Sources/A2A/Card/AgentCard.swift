public import JSON

/// What an agent says about itself: where it is reached, what it can, what a caller must show.
public struct AgentCard: Sendable, Hashable {
    /// One way to reach the agent; the first is preferred.
    public struct Interface: Sendable, Hashable {
        /// Absolute.
        public var url: String
        /// `JSONRPC` or `HTTP+JSON`.
        public var binding: String
        /// The version spoken there.
        public var version: A2AVersion

        /// Makes an interface.
        public init(url: String, binding: String, version: A2AVersion) {
            self.url = url
            self.binding = binding
            self.version = version
        }
    }

    /// Who runs the agent.
    public struct Provider: Sendable, Hashable {
        /// Name.
        public var organization: String
        /// Its home.
        public var url: String

        /// Makes a provider.
        public init(organization: String, url: String) {
            self.organization = organization
            self.url = url
        }
    }

    /// An extension of the protocol that the agent knows.
    public struct Extension: Sendable, Hashable {
        /// Its name.
        public var uri: String
        /// What it is for.
        public var description: String?
        /// Whether calls that do not name it are refused.
        public var isRequired: Bool
        /// Its own settings.
        public var parameters: JSONObject?

        /// Makes an extension.
        public init(uri: String, description: String? = nil, isRequired: Bool = false, parameters: JSONObject? = nil) {
            self.uri = uri
            self.description = description
            self.isRequired = isRequired
            self.parameters = parameters
        }
    }

    /// What may be asked for beyond single calls.
    public struct Capabilities: Sendable, Hashable {
        /// Streams of events.
        public var streaming: Bool
        /// Events sent to the client's own server.
        public var pushNotifications: Bool
        /// A card with more in it for who shows a credential.
        public var extendedAgentCard: Bool
        /// Extensions of the protocol.
        public var extensions: [Extension]

        /// Makes capabilities.
        public init(
            streaming: Bool, pushNotifications: Bool, extendedAgentCard: Bool, extensions: [Extension] = []
        ) {
            self.streaming = streaming
            self.pushNotifications = pushNotifications
            self.extendedAgentCard = extendedAgentCard
            self.extensions = extensions
        }
    }

    /// One thing the agent does.
    public struct Skill: Sendable, Hashable {
        /// What a message names in `skillId`.
        public var id: String
        /// Name for people.
        public var name: String
        /// What it does, for people and models.
        public var description: String
        /// Words to find it by.
        public var tags: [String]
        /// Messages that it is good for.
        public var examples: [String]
        /// Media types it takes; empty = the card's.
        public var inputModes: [String]
        /// Media types it gives; empty = the card's.
        public var outputModes: [String]

        /// Makes a skill.
        public init(
            id: String, name: String, description: String, tags: [String], examples: [String] = [],
            inputModes: [String] = [], outputModes: [String] = []
        ) {
            self.id = id
            self.name = name
            self.description = description
            self.tags = tags
            self.examples = examples
            self.inputModes = inputModes
            self.outputModes = outputModes
        }
    }

    /// A credential in `Authorization: Bearer`, the one scheme there is.
    public struct Bearer: Sendable, Hashable {
        /// The name under which requirements mean it.
        public var name: String
        /// The form of the token.
        public var format: String
        /// Scopes that the credential needs.
        public var scopes: [String]

        /// Makes a scheme.
        public init(name: String = "bearer", format: String = "JWT", scopes: [String]) {
            self.name = name
            self.format = format
            self.scopes = scopes
        }
    }

    /// Name of the agent.
    public var name: String
    /// What it is for.
    public var description: String
    /// Of the agent, not of the protocol.
    public var version: String
    /// At least one.
    public var interfaces: [Interface]
    /// Who runs it.
    public var provider: Provider?
    /// Where there is more to read.
    public var documentationURL: String?
    /// What may be asked for.
    public var capabilities: Capabilities
    /// What a caller must show.
    public var security: Bearer?
    /// Media types taken.
    public var inputModes: [String]
    /// Media types given.
    public var outputModes: [String]
    /// What it does.
    public var skills: [Skill]

    /// Makes a card.
    public init(
        name: String, description: String, version: String, interfaces: [Interface], provider: Provider? = nil,
        documentationURL: String? = nil, capabilities: Capabilities, security: Bearer? = nil, inputModes: [String],
        outputModes: [String], skills: [Skill]
    ) {
        self.name = name
        self.description = description
        self.version = version
        self.interfaces = interfaces
        self.provider = provider
        self.documentationURL = documentationURL
        self.capabilities = capabilities
        self.security = security
        self.inputModes = inputModes
        self.outputModes = outputModes
        self.skills = skills
    }
}
