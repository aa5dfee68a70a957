public import JSON

/// Whom a card is written for.
public enum CardForm: Sendable, Hashable, CaseIterable {
    /// Both versions at once: readers of 1.0 pass over what they do not know, readers of 0.3 find what they need.
    case hybrid
    /// 1.0 and nothing else.
    case current
    /// 0.3 and nothing else.
    case old
}

/// Cards on the wire.
extension AgentCard {
    /// The card with its signature, which covers the members of 1.0 alone and so stands in the forms that have them.
    public func json(_ form: CardForm, signature: CardSignature? = nil) -> JSONObject {
        var json = form == .old ? JSONObject() : current
        if form != .old, let signature { json["signatures"] = [.object(signature.json)] }
        guard form != .current else { return json }
        for member in oldMembers.members where json[member.key] == nil { json[member.key] = member.value }
        if form == .hybrid, let security {
            var scheme = Self.currentScheme(security)
            for member in Self.oldScheme(security).members { scheme[member.key] = member.value }
            json["securitySchemes"] = .object([security.name: .object(scheme)])
        }
        return json
    }

    /// Exactly what 1.0 knows; no empty text, list or object anywhere and no `false` beside the capabilities, about which
    /// readers disagree when they check a signature.
    var current: JSONObject {
        var json: JSONObject = [
            "name": .string(name), "description": .string(description), "version": .string(version),
            "supportedInterfaces": .array(
                interfaces.map { interface in
                    [
                        "url": .string(interface.url), "protocolBinding": .string(interface.binding),
                        "protocolVersion": .string(interface.version.rawValue),
                    ]
                }),
        ]
        addCommonMembers(to: &json)
        json["capabilities"] = .object(capabilities.current)
        if let security {
            json["securitySchemes"] = .object([security.name: .object(Self.currentScheme(security))])
            let scopes: JSONObject = security.scopes.isEmpty ? [:] : ["list": Self.list(security.scopes)]
            json["securityRequirements"] = [["schemes": .object([security.name: .object(scopes)])]]
        }
        addOffers(to: &json)
        return json
    }

    /// What 0.3 knows.
    private var oldMembers: JSONObject {
        var json: JSONObject = [
            "name": .string(name), "description": .string(description), "version": .string(version),
        ]
        addCommonMembers(to: &json)
        let spoken = interfaces.filter { $0.version == .v0_3 }
        if let preferred = spoken.first {
            json["url"] = .string(preferred.url)
            json["preferredTransport"] = .string(preferred.binding)
            json["additionalInterfaces"] = .array(
                spoken.dropFirst().map { ["url": .string($0.url), "transport": .string($0.binding)] })
        }
        json["protocolVersion"] = "0.3.0"
        json["capabilities"] = .object(capabilities.old)
        json["supportsAuthenticatedExtendedCard"] = .bool(capabilities.extendedAgentCard)
        if let security {
            json["securitySchemes"] = .object([security.name: .object(Self.oldScheme(security))])
            json["security"] = [.object([security.name: Self.list(security.scopes)])]
        }
        addOffers(to: &json)
        return json
    }

    private func addCommonMembers(to json: inout JSONObject) {
        if let provider {
            json["provider"] = ["organization": .string(provider.organization), "url": .string(provider.url)]
        }
        if let documentationURL { json["documentationUrl"] = .string(documentationURL) }
    }

    private func addOffers(to json: inout JSONObject) {
        json["defaultInputModes"] = Self.list(inputModes)
        json["defaultOutputModes"] = Self.list(outputModes)
        json["skills"] = .array(skills.map { .object($0.json) })
    }

    private static func currentScheme(_ security: Bearer) -> JSONObject {
        ["httpAuthSecurityScheme": ["scheme": "Bearer", "bearerFormat": .string(security.format)]]
    }

    private static func oldScheme(_ security: Bearer) -> JSONObject {
        ["type": "http", "scheme": "Bearer", "bearerFormat": .string(security.format)]
    }

    fileprivate static func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}

extension AgentCard.Capabilities {
    fileprivate var current: JSONObject {
        var json: JSONObject = [
            "streaming": .bool(streaming), "pushNotifications": .bool(pushNotifications),
            "extendedAgentCard": .bool(extendedAgentCard),
        ]
        addExtensions(to: &json)
        return json
    }

    fileprivate var old: JSONObject {
        var json: JSONObject = ["streaming": .bool(streaming), "pushNotifications": .bool(pushNotifications)]
        addExtensions(to: &json)
        return json
    }

    private func addExtensions(to json: inout JSONObject) {
        guard !extensions.isEmpty else { return }
        json["extensions"] = .array(
            extensions.map { known in
                var entry: JSONObject = ["uri": .string(known.uri)]
                if let description = known.description { entry["description"] = .string(description) }
                if known.isRequired { entry["required"] = true }
                if let parameters = known.parameters { entry["params"] = .object(parameters) }
                return .object(entry)
            })
    }
}

extension AgentCard.Skill {
    fileprivate var json: JSONObject {
        var json: JSONObject = [
            "id": .string(id), "name": .string(name), "description": .string(description), "tags": AgentCard.list(tags),
        ]
        if !examples.isEmpty { json["examples"] = AgentCard.list(examples) }
        if !inputModes.isEmpty { json["inputModes"] = AgentCard.list(inputModes) }
        if !outputModes.isEmpty { json["outputModes"] = AgentCard.list(outputModes) }
        return json
    }
}
